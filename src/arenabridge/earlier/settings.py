"""
The earlier bridges' names of settings, in ours: their `config.jsonc` (to version 2.7.6, Jan 2026) and their variables.

Where a name of ours and one of theirs say the same thing, ours wins. What has no counterpart is named, with the reason.
"""

import difflib
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from arenabridge.earlier.captured import is_placeholder

Path = tuple[str, ...]
"""Where a setting stands in their file: a name, or two where it is in an object."""

_SIGNS = frozenset(
    {
        "bypass_enabled",
        "cloud_settings",
        "id_updater_battle_target",
        "id_updater_last_mode",
        "message_id",
        "queue_settings",
        "session_id",
        "tavern_mode_enabled",
        "use_dashboard_tokens",
        "use_default_ids_if_mapping_not_found",
        "version",
        "worker_settings",
    }
)
"""Names that only their files have."""

_OF_THE_LAST_VERSION = frozenset({"cloud_settings", "deployment_mode", "queue_settings", "use_dashboard_tokens"})
"""From then on a missing header was refused unless `use_dashboard_tokens` was false."""

_RENAMED: Mapping[Path, str] = {
    ("queue_settings", "max_wait_seconds"): "max_wait_seconds",
    ("queue_settings", "reject_when_no_workers"): "reject_when_no_workers",
    ("worker_settings", "require_authentication"): "require_worker_authentication",
    ("worker_settings", "heartbeat_interval_seconds"): "worker_heartbeat_seconds",
    ("worker_settings", "worker_timeout_seconds"): "worker_timeout_seconds",
    ("worker_settings", "max_workers"): "max_workers",
    ("worker_settings", "valid_tokens"): "worker_tokens",
    ("cloud_settings", "public_ws_url"): "public_ws_url",
    ("cloud_settings", "cors_allowed_origins"): "cors_allowed_origins",
}

_SWITCHES: Mapping[Path, tuple[str, Mapping[bool, str]]] = {
    ("bypass_enabled",): ("trailing_user_message", {True: "always", False: "when_needed"}),
    ("tavern_mode_enabled",): ("role_mode", {True: "merge_system", False: "labelled"}),
}

_KEPT_APART = frozenset(
    {
        "id_updater_battle_target",
        "id_updater_last_mode",
        "message_id",
        "session_id",
        "use_dashboard_tokens",
        "use_default_ids_if_mapping_not_found",
        "version",
    }
)
"""Read by `earlier.captured`, or below, or of no use to anybody but their own update."""

ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "BYPASS_ENABLED": "trailing_user_message",
        "CHROME_PATH": "browser_program",
        "ENABLE_AUTO_UPDATE": "enable_auto_update",
        "FILE_BED_API_KEY": "file_bed_api_key",
        "FILE_BED_ENABLED": "file_bed_enabled",
        "FILE_BED_UPLOAD_URL": "file_bed_upload_url",
        "TAVERN_MODE_ENABLED": "role_mode",
        "WORKER_TOKENS": "worker_tokens",
    }
)
"""Their variables, and the settings that they stand for."""

_VARIABLES_IN_VAIN: Mapping[str, str] = {
    "LM_BRIDGE_DISABLE_USERSCRIPT_PROXY": "A tab without the userscript does nothing. It has no effect.",
    "LM_BRIDGE_PROXY_DEBUG": "Use log_level. It has no effect.",
}

_TIMEOUT_SECONDS = 120
"""After which their code took a worker for lost, whatever was set."""

_POSITIVE = frozenset(
    {
        "max_wait_seconds",
        "max_workers",
        "stream_response_timeout_seconds",
        "worker_heartbeat_seconds",
        "worker_timeout_seconds",
    }
)
_SWITCHED = frozenset(
    {
        "enable_auto_update",
        "enable_idle_restart",
        "file_bed_enabled",
        "reject_when_no_workers",
        "require_worker_authentication",
    }
)
_TEXTS = frozenset({"api_key", "file_bed_api_key"})
_BEAT_SECONDS = 15
"""How often ours asks by default, where their file says nothing."""

_ANY_ORIGIN = "`*` is not needed: any page may use the API with a key, and none without one but those you name."

_LOG_LEVELS = {"trace": "debug", "warn": "warning", "critical": "error", "fatal": "error"}
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")

_BYPASS = "bypass_enabled: Only a minimal user turn is put last, as before; nothing is disguised from moderation."


@dataclass(frozen=True, slots=True)
class Note:
    """Something in their settings that people should know about."""

    name: str
    kind: Literal["changed", "declined", "unknown"]
    words: str

    def __str__(self) -> str:
        return f"{self.name}: {self.words}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a setting of ours stands under their name, and how a value is written there; None can't be."""

    path: Path
    written: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Translated:
    """A file of settings in our names. `assumed` are settings that hold only while nobody else reaches the gateway."""

    values: dict[str, Any]
    notes: tuple[Note, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()


def is_earlier(values: Mapping[str, Any]) -> bool:
    """Whether a file with these names is one of theirs."""
    return not _SIGNS.isdisjoint(values)


def translate(values: Mapping[str, Any], known: Collection[str]) -> Translated:
    """A file's settings in our names, of which there are those that are `known`; a file of ours is as it was."""
    return _Translation(values, known).done() if is_earlier(values) else Translated(dict(values))


def from_variables(environment: Mapping[str, str], known: Collection[str]) -> dict[str, str]:
    """The settings that their variables give, as text in our names and words."""
    found = {}
    for variable, name in ENVIRONMENT.items():
        text = environment.get(variable, "").strip()
        if text and name in known and (said := _in_our_words(variable, text)) is not None:
            found[name] = said
    return found


def about_variables(environment: Mapping[str, str]) -> Iterator[Note]:
    """Those of theirs that have no effect."""
    for variable, why in _VARIABLES_IN_VAIN.items():
        if environment.get(variable):
            yield Note(variable, "declined", why)
    for variable in ENVIRONMENT:
        text = environment.get(variable, "").strip()
        if text and _in_our_words(variable, text) is None:
            yield Note(variable, "declined", f"Expected true or false, got {text[:40]!r}. It has no effect.")


def _in_our_words(variable: str, text: str) -> str | None:
    """None for what means nothing."""
    switch = _SWITCHES.get((variable.lower(),))
    truth = _truth(text)
    if switch is not None:
        return None if truth is None else switch[1][truth]
    if variable.endswith(("_ENABLED", "_UPDATE")) and truth is not None:
        return str(truth).lower()
    return text


class _Translation:
    """Of one file."""

    def __init__(self, values: Mapping[str, Any], known: Collection[str]) -> None:
        self._theirs = values
        self._known = known
        self._values: dict[str, Any] = {}
        self._notes: list[Note] = []
        self._places: dict[str, Place] = {}
        self._assumed: set[str] = set()

    def done(self) -> Translated:
        self._take_common()
        for path, value in self._leaves():
            self._take(path, value)
        self._values = dict(self._possible())
        self._take_mode()
        self._take_heartbeat()
        self._take_keys()
        self._take_credentials()
        self._take_logging()
        return Translated(self._values, tuple(self._notes), self._places, frozenset(self._assumed))

    def _take_common(self) -> None:
        """Names that both have, first: ours win."""
        self._values |= {name: value for name, value in self._theirs.items() if self._is_ours(name)}

    def _is_ours(self, name: str) -> bool:
        return name in self._known or name == "data_dir"

    def _leaves(self) -> Iterator[tuple[Path, Any]]:
        for name, value in self._theirs.items():
            if name.endswith("_settings") and isinstance(value, Mapping):
                yield from (((name, inner), each) for inner, each in value.items())
            elif not self._is_ours(name) and name not in _KEPT_APART and name != "enable_logging":
                yield (name,), value

    def _take(self, path: Path, value: Any) -> None:
        if path in _SWITCHES:
            self._switch(path, value, *_SWITCHES[path])
        elif path in _RENAMED:
            self._rename(path, value, _RENAMED[path])
        else:
            self._note(path, "unknown", f"There is no such setting.{self._near(path[-1])} It has no effect.")

    def _switch(self, path: Path, value: Any, name: str, meanings: Mapping[bool, str]) -> None:
        truth = _truth(value)
        if truth is None:
            self._note(path, "declined", f"Expected true or false, got {value!r:.40}. It has no effect.")
            return
        back = {meaning: truth for truth, meaning in meanings.items()}
        self._set(path, name, meanings[truth], back.get)
        if truth and path == ("bypass_enabled",):
            name, _, words = _BYPASS.partition(": ")
            self._notes.append(Note(name, "changed", words))

    def _rename(self, path: Path, value: Any, name: str) -> None:
        if name not in self._known:
            self._note(path, "unknown", "This version has no counterpart. It has no effect.")
        elif isinstance(value, str) and is_placeholder(value):
            self._note(path, "declined", f"{value[:60]} is an example and was never filled in. It has no effect.")
        else:
            self._set(path, name, value, _itself)

    def _set(self, path: Path, name: str, value: Any, written: Callable[[Any], Any]) -> None:
        if name not in self._values:
            self._values[name] = value
            self._places[name] = Place(path, written)

    def _possible(self) -> Iterator[tuple[str, Any]]:
        """Their code took, or never read, what can't be here: the default is used instead."""
        for name, value in self._values.items():
            path = self._places[name].path if name in self._places else (name,)
            if value is None:
                self._note(path, "changed", "It is null, so the default is used.")
            elif name in _POSITIVE and not (_is_number(value) and float(value) > 0):
                self._note(path, "changed", f"Expected a number above 0, got {value!r:.40}. The default is used.")
            elif name in _SWITCHED and _truth(value) is None:
                self._note(path, "changed", f"Expected true or false, got {value!r:.40}. The default is used.")
            elif name == "file_bed_upload_url" and value and not str(value).startswith(("http://", "https://")):
                words = "is no address like http://127.0.0.1:5180/upload. The gateway's own file host is used."
                self._note(path, "declined", f"{value!r:.60} {words}")
            else:
                yield name, self._as_ours(path, name, value)

    def _as_ours(self, path: Path, name: str, value: Any) -> Any:
        if name == "cors_allowed_origins" and isinstance(value, list) and "*" in value:
            self._note(path, "changed", _ANY_ORIGIN)
            return [origin for origin in value if origin != "*"]
        if name in _SWITCHED:
            return _truth(value)
        if name in _TEXTS and isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        return max(1, int(float(value))) if name == "max_workers" else value

    def _take_credentials(self) -> None:
        """As they had it relays came in without, from anywhere: that is for this computer alone."""
        if self._values.get("require_worker_authentication") is False:
            self._assumed.add("require_worker_authentication")

    def _take_mode(self) -> None:
        """Nothing ever read it, and their last version came with `cloud`, also for those who used it at home."""
        if self._values.get("deployment_mode") == "cloud" and not {"public_url", "public_ws_url"} & self._values.keys():
            del self._values["deployment_mode"]
            words = (
                "`cloud` needs the address at which the gateway is reached: set public_url. Until then it is `local`."
            )
            self._note(("deployment_mode",), "declined", words)

    def _take_heartbeat(self) -> None:
        """Nothing ever read theirs: a time-out of ours has room for two."""
        beat, silence = "worker_heartbeat_seconds", "worker_timeout_seconds"
        if silence in self._known and isinstance(each := self._values.get(beat), int | float):
            self._values.setdefault(silence, max(_TIMEOUT_SECONDS, 2 * each))
            longest = self._values[silence]
            if isinstance(longest, int | float) and each > longest / 2:
                self._values[beat] = longest / 2
                words = f"It is at most half of worker_timeout_seconds here, so {longest / 2:g}."
                self._note(("worker_settings", "heartbeat_interval_seconds"), "changed", words)
            return
        most: Any = self._values.get(silence, _TIMEOUT_SECONDS)
        if _is_number(most) and float(most) < 2 * _BEAT_SECONDS:
            self._values[beat] = float(most) / 2
            words = f"A tab that is silent for half of it is asked for a sign of life, so after {float(most) / 2:g} s."
            self._note(("worker_settings", silence), "changed", words)

    def _take_keys(self) -> None:
        """Without keys everybody was let in; from the last version on only where the file said so."""
        says_nothing = "use_dashboard_tokens" not in self._theirs and not _OF_THE_LAST_VERSION & self._theirs.keys()
        is_off = self._theirs.get("use_dashboard_tokens") is False or says_nothing
        if not is_off:
            return
        if self._theirs.get("api_key"):
            if not says_nothing:
                words = "API keys of the dashboard are accepted too. Revoke those that should not be."
                self._note(("use_dashboard_tokens",), "changed", words)
        elif "require_api_key" in self._known and "require_api_key" not in self._values:
            self._values["require_api_key"] = False
            self._assumed.add("require_api_key")
            state = "empty" if "api_key" in self._theirs else "not there"
            words = f"It is {state}, so no API key is required, by programs on this computer and of nobody else."
            self._note(("api_key",), "changed", words)

    def _take_logging(self) -> None:
        level = self._values.get("log_level")
        if isinstance(level, str):
            self._values["log_level"] = _LOG_LEVELS.get(level.lower(), level.lower())
        elif _truth(self._theirs.get("enable_logging")) is False:
            self._values["log_level"] = "error"

    def _near(self, name: str) -> str:
        near = difflib.get_close_matches(name, [*self._known, *_SIGNS], n=1)
        return f" Did you mean {near[0]}?" if near else ""

    def _note(self, path: Path, kind: Literal["changed", "declined", "unknown"], words: str) -> None:
        self._notes.append(Note(".".join(path), kind, words))


def _itself(value: Any) -> Any:
    return value


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and math.isfinite(float(value))
    except (TypeError, ValueError, OverflowError):
        return False


def _truth(value: Any) -> bool | None:
    text = str(value).strip().lower()
    return True if text in _TRUE else False if text in _FALSE else None
