"""Steps for a folder of the bridges with a userscript: their files are taken as they are, and understood."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from arenabridge.earlier.captured import Global, read_global, read_map
from arenabridge.earlier.files import CONFIG, ENDPOINT_MAP, MODELS
from arenabridge.earlier.models import read_models
from arenabridge.earlier.reading import Unreadable
from arenabridge.earlier.settings import Translated, is_earlier, translate
from arenabridge.importing.dashboard import dashboard_steps
from arenabridge.importing.folder import Folder
from arenabridge.importing.our_settings import OurSettings, has_owners, keys_are_needed, refused
from arenabridge.importing.site_models import site_models
from arenabridge.importing.step import Step, counted
from arenabridge.importing.target import Target
from arenabridge.settings import Settings, with_changes
from arenabridge.storage.captured_sessions import NotCaptured
from arenabridge.wire.arena.captured import CapturedSession

WORKER = "worker_config.jsonc"
AVAILABLE_MODELS = "available_models.json"
UPDATER = "id_updater.py"
FILE_HOST = "file_bed_server"

_SHIPPED_FILE_KEY = "your_secret_api_key"


def userscript_steps(folder: Folder, target: Target) -> Iterator[Step]:
    """In the order in which the report tells them."""
    config: dict[str, Any] = {}
    try:
        found = folder.parsed(CONFIG)
        config = found if isinstance(found, dict) else {}
        yield from _config(folder, target, found)
    except Unreadable as error:
        yield Step("broken", CONFIG, f"{error}. Mend it and run this again: it has most of the settings.")
    usual = read_global(config)
    yield from _file(folder, target, MODELS, _models)
    yield from _file(folder, target, ENDPOINT_MAP, lambda content: _sessions(content, usual))
    yield from _file(folder, target, WORKER, _worker, into="worker")
    yield from _captured_by_worker(folder, target)
    yield from site_models(folder, AVAILABLE_MODELS, target)
    yield from dashboard_steps(folder, target)
    words = "remove the old one from the userscript manager; `arenabridge serve` prints the address of ours."
    yield Step("note", "The userscript", words)
    if folder.has(UPDATER) and not _is_same(folder, "", target.folder):
        words = (
            f"writes into the folder that it is run in, so run it in {target.folder} from now on; or have sessions "
            "captured with `arenabridge capture` or in the dashboard, which need no script and no file."
        )
        yield Step("note", UPDATER, words)
    if (folder.path / FILE_HOST).is_dir():
        words = "is part of the gateway, or runs alone as `arenabridge files --port 5180`; its files lived ten minutes."
        yield Step("note", "The file host", words)


def _config(folder: Folder, target: Target, config: Any) -> Iterator[Step]:
    if config is None:
        yield Step("note", CONFIG, "is not there: all settings are as by default.")
        return
    if not isinstance(config, dict):
        yield Step("broken", CONFIG, "it must hold one object, with settings by name.")
        return
    usual = read_global(config)
    ours = target.folder / CONFIG
    translated = translate(config, Settings.__struct_fields__)
    plain = {name: value for name, value in translated.values.items() if name not in translated.assumed}
    wrong = refused(target.settings, plain)
    used = with_changes(target.settings, {name: value for name, value in plain.items() if name not in wrong})
    is_there = _is_same(folder, CONFIG, ours) or (ours.exists() and ours.read_bytes() == folder.content(CONFIG))
    if is_there or not (ours.exists() or wrong or (translated.assumed and has_owners(target))):
        yield from _file(folder, target, CONFIG, lambda _: (_about(config, usual), ()))
        yield from (Step("broken", f"{CONFIG}, {name}", why) for name, why in wrong.items())
    else:
        yield from _settings(target, translated, used)
        if usual.session is not None:
            yield _capture(target, usual.session)
    yield from _notes(translated, "" if is_there else keys_are_needed(target, used))
    yield from _about_ids(config, usual)


def _notes(translated: Translated, closed: str) -> Iterator[Step]:
    for note in translated.notes:
        if closed and note.name == "api_key":
            words = f"none were required, but here they are: {closed}. `arenabridge keys create` makes one."
            yield Step("declined", "API keys", words)
        else:
            yield Step("declined" if note.kind == "unknown" else "note", f"{CONFIG}, {note.name}", note.words)


def _about_ids(config: Mapping[str, Any], usual: Global) -> Iterator[Step]:
    if usual.session is not None:
        words = (
            "a chat goes on in a session of its own now. To send all into this one set session_strategy to captured."
        )
        yield Step("note", f"{CONFIG}, session_id", words)
    if usual.broken:
        yield Step("declined", f"{CONFIG}, the captured session", f"{usual.broken}. None is needed.")
    if config.get("file_bed_api_key") == _SHIPPED_FILE_KEY and config.get("file_bed_enabled"):
        yield Step(
            "note", f"{CONFIG}, file_bed_api_key", "is the one that it came with, which everybody knows: change it."
        )


def _about(config: Mapping[str, Any], usual: Global) -> str:
    words = "as it is, with its comments: its settings are understood" if is_earlier(config) else "as it is"
    return f"{words}, and its captured session is known" if usual.session else words


def _settings(target: Target, translated: Translated, used: Settings) -> Iterator[Step]:
    """Add to our file what it does not say: there is one already, or theirs can't be used as it is."""
    settings = OurSettings(target)
    closed = keys_are_needed(target, used)
    for name, value in translated.values.items():
        place = translated.places.get(name)
        if not (closed and name in translated.assumed):
            settings.want(name, value, ".".join(place.path) if place else f"{CONFIG}")
    yield from settings.steps()


def _models(content: Any) -> tuple[str, tuple[str, ...]]:
    given = read_models(content)
    return f"{counted(len(given.models), 'name')} of models, read again when it changes", given.broken


def _sessions(content: Any, usual: Global) -> tuple[str, tuple[str, ...]]:
    found = read_map(content, usual)
    sessions, models = counted(len(found.sessions), "captured session"), counted(len(found.models), "model")
    words = f"{sessions} for {models}, read again when it changes"
    return words, found.broken


def _worker(_content: Any) -> tuple[str, tuple[str, ...]]:
    return "for `arenabridge worker`, which connects this computer's tabs to a gateway elsewhere", ()


def _captured_by_worker(folder: Folder, target: Target) -> Iterator[Step]:
    try:
        content = folder.parsed(WORKER)
    except Unreadable:
        return
    usual = read_global(content) if isinstance(content, dict) else Global()
    if usual.session is not None:
        yield _capture(target, usual.session)


def _capture(target: Target, session: CapturedSession) -> Step:
    what, same = "Captured session", (session.session, session.message, None)
    if any((each.session, each.message, each.model) == same for each in target.captured.all()):
        return Step("there", what, f"{session.session} for all models.")

    def add() -> None:
        ids = session.session, session.message
        try:
            target.captured.add(*ids, mode=session.mode, target=session.target, label="of an earlier bridge")
        except NotCaptured:
            return  # there are as many as can be kept: the person has others

    return Step("comes", what, f"{session.session} for all models ({session.mode}).", add)


def _file(folder: Folder, target: Target, name: str, about: Any, into: str = "") -> Iterator[Step]:
    """A file that is used as it is, in a folder within ours."""
    try:
        content = folder.content(name)
        parsed = folder.parsed(name)
    except Unreadable as error:
        yield Step("broken", name, f"{error}.")
        return
    if content is None:
        return
    if not isinstance(parsed, dict):
        yield Step("broken", name, "it must hold one object, and is not used. Mend it and run this again.")
        return
    words, broken = about(parsed)
    for each in broken:
        yield Step("broken", name, f"{each}. The others are used.")
    ours = target.folder / into / name
    if _is_same(folder, name, ours):
        yield Step("there", name, f"is used where it is: {words}.")
    elif not ours.exists():
        yield Step("comes", name, f"{words}.", partial(_copy, content, ours))
    elif ours.read_bytes() == content:
        yield Step("there", name, f"{words}.")
    else:
        yield Step("declined", name, f"you have another one already, {ours}, which stays as it is.")


def _is_same(folder: Folder, name: str, ours: Path) -> bool:
    return ours.exists() and ours.samefile(folder.path / name)


def _copy(content: bytes, path: Path) -> None:
    """Readable by its owner alone: some hold keys."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(content)
