"""
Captured sessions as the earlier bridges' files have them.

There is one for all models in `config.jsonc`, and those of single models are in `model_endpoint_map.json`::

    {"gpt": {"session_id": "…", "message_id": "…", "mode": "battle", "battle_target": "B"},
     "claude": [{"session_id": "…", "message_id": "…"}, …]}

Without `mode` and `battle_target` an entry has those of `id_updater_last_mode` and `id_updater_battle_target`.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from arenabridge.wire.arena.captured import CapturedMode, CapturedSession
from arenabridge.wire.reply import Participant

MAX_ENTRIES = 1000
"""Entries of a map: all are held in memory and looked through for each request."""

CONFIG_LABEL = "config.jsonc"
MAP_LABEL = "model_endpoint_map.json"

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Broken(ValueError):
    """An entry is invalid. The message says why."""


@dataclass(frozen=True, slots=True)
class Global:
    """What `config.jsonc` says about captured sessions."""

    session: CapturedSession | None = None
    """For models that have none of their own; None if none is filled in."""
    mode: CapturedMode = "direct"
    target: Participant = "a"
    serves_unmapped: bool = True
    """`use_default_ids_if_mapping_not_found`: false refuses models that are not in the map."""
    broken: str = ""


@dataclass(frozen=True, slots=True)
class EndpointMap:
    """`sessions` of the models in `models`, folded names; `broken` says what is wrong with those left out."""

    sessions: tuple[CapturedSession, ...] = ()
    models: frozenset[str] = frozenset()
    broken: tuple[str, ...] = ()


def is_placeholder(text: str) -> bool:
    """Whether it is the example value, meant to be replaced."""
    return re.search(r"YOUR[_-]|<.*>|…", text, re.IGNORECASE) is not None


def read_global(config: Mapping[str, Any]) -> Global:
    """From the settings' file."""
    serves_unmapped = str(config.get("use_default_ids_if_mapping_not_found", True)).lower() not in {"false", "0"}
    try:
        mode = _mode(config.get("id_updater_last_mode"), "direct")
        target = _target(config.get("id_updater_battle_target"), "a")
        usual = Global(None, mode, target, serves_unmapped)
        if not config.get("session_id") and not config.get("message_id"):
            return usual
        session = _session(config, None, usual, CONFIG_LABEL)
    except Broken as error:
        return Global(serves_unmapped=serves_unmapped, broken=str(error))
    return Global(session, mode, target, serves_unmapped)


def read_map(content: Any, usual: Global) -> EndpointMap:
    """From the map's parsed content."""
    if not isinstance(content, Mapping):
        return EndpointMap(broken=("It must hold one object, with entries by the model's name.",))
    found: dict[str, CapturedSession] = {}
    entries = list(_entries(content))
    broken = [f"only the first {MAX_ENTRIES} entries are used"] if len(entries) > MAX_ENTRIES else []
    for model, where, entry in entries[:MAX_ENTRIES]:
        try:
            session = _session(entry, str(model), usual, MAP_LABEL)
        except Broken as error:
            broken.append(f"{where}: {error}")
        else:
            found[session.id] = session
    return EndpointMap(tuple(found.values()), frozenset(str(model).casefold() for model in content), tuple(broken))


def _entries(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Each with its model's name and where it stands. An empty list stands for the session of all models."""
    for model, value in content.items():
        if isinstance(value, list):
            yield from ((model, f"{model}, entry {number}", each) for number, each in enumerate(value, start=1))
        else:
            yield model, model, value


def _session(entry: Any, model: str | None, usual: Global, label: str) -> CapturedSession:
    if not isinstance(entry, Mapping):
        raise Broken(f"expected an object with session_id and message_id, got {str(entry)[:40]!r}")
    session, message = (_id(entry, name) for name in ("session_id", "message_id"))
    mode, target = _mode(entry.get("mode"), usual.mode), _target(entry.get("battle_target"), usual.target)
    return CapturedSession(
        id=hashlib.sha256(f"{label} {session} {message} {model} {mode} {target}".encode()).hexdigest()[:8],
        session=session,
        message=message,
        mode=mode,
        target=target if mode == "battle" else "a",
        model=model,
        label=label,
    )


def _id(entry: Mapping[str, Any], name: str) -> str:
    text = entry.get(name)
    if text is None or text == "":
        raise Broken(f"{name} is missing")
    if isinstance(text, str) and is_placeholder(text):
        raise Broken(f"{name} was never filled in")
    found = _UUID.search(text) if isinstance(text, str) else None
    if found is None:
        raise Broken(f"{name} is no id of the site: {str(text)[:40]!r}")
    return found[0].lower()


def _mode(value: Any, usual: CapturedMode) -> CapturedMode:
    """In the earlier bridges anything but `battle` was direct."""
    if value is None or value == "":
        return usual
    return "battle" if str(value).strip().lower() == "battle" else "direct"


def _target(value: Any, usual: Participant) -> Participant:
    if value is None or value == "":
        return usual
    match str(value).strip().lower():
        case "a":
            return "a"
        case "b":
            return "b"
    raise Broken(f"battle_target is {str(value)[:20]!r}: expected A or B")
