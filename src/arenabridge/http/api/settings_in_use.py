"""
The settings of the running gateway: what they are, where each is from, and how they are changed.

Changes go into the file, where a person's comments and order stay as they are, or into the database that several
gateways share. A few work at once; the others when the gateway is started again, unless a flag or the environment says
otherwise, which are stronger.
"""

import ast
import inspect
import logging
import textwrap
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from arenabridge.earlier.settings import Note, Place
from arenabridge.errors import InvalidRequest
from arenabridge.settings import (
    FILE_NAME,
    OF_ONE_GATEWAY,
    Settings,
    SettingsError,
    Source,
    default_of,
    file_values,
    in_our_names,
    sources_of,
    with_changes,
)
from arenabridge.settings_file import (
    NotEditable,
    with_inner_setting,
    with_setting,
    without_inner_setting,
    without_setting,
)
from arenabridge.settings_writing import rewrite
from arenabridge.storage.saved_settings import SavedSettings

_log = logging.getLogger(__name__)

SECRET = frozenset(
    {
        "alerts_secret",
        "alerts_url",
        "api_key",
        "database_url",
        "file_bed_api_key",
        "metrics_token",
        "redis_url",
        "worker_tokens",
    }
)
"""Their values are never shown."""

_BY_HAND = "says what runs on this computer: it is set there, in the file, the environment or by a flag."

FIXED = {
    "data_dir": "can't be set in the file that lies in it.",
    "browser_program": _BY_HAND,
    "browser_without_sandbox": _BY_HAND,
}
"""What nobody may change from afar, and why."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, as plain JSON values."""

    name: str
    about: str
    kind: str
    """`text`, `number`, `boolean`, `list`, `object` or `choice`."""
    choices: tuple[str, ...]
    value: Any
    """What is in use; also None for secrets."""
    default: Any
    source: Source
    in_file: Any
    """What the file says now; None if it says nothing."""
    saved: Any
    """What the database says now, that several gateways share; None if it says nothing."""
    is_fixed: bool
    """Whether it can't be changed here, whatever it is set by."""
    is_secret: bool
    is_set: bool
    works_at_once: bool
    waits_for_restart: bool


class SettingsInUse:
    """
    `apply` has, by name, what makes a change work at once. Methods that read and write wait for the disk.

    With `saved`, changes are kept in the database that several gateways share, and `changed` is told of them.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        apply: Mapping[str, Callable[[Settings], None]],
        notes: Callable[[], Iterable[Note]] = tuple,
        *,
        saved: SavedSettings | None = None,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._notes = notes
        self._saved = saved
        self._changed = changed
        self._settings = settings
        self._apply = apply
        file, kept = _file(settings.data_dir), self._in_database()
        self._at_start = file | kept
        self._sources = sources_of(settings, environment, file, kept)
        self._writing = threading.Lock()

    @property
    def current(self) -> Settings:
        """With what was changed since the start and works at once."""
        return self._settings

    @property
    def path(self) -> Path:
        return self._settings.data_dir / FILE_NAME

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is to be said of settings, and of files beside theirs, that are the earlier bridges'."""
        return tuple(self._notes())

    @property
    def is_shared(self) -> bool:
        """Whether changes are kept in the database, for all gateways."""
        return self._saved is not None

    def all(self) -> list[Setting]:
        """In their order."""
        file, saved = _file(self._settings.data_dir), self._in_database()
        return [self._setting(field, file, saved) for field in msgspec.structs.fields(Settings)]

    def change(self, changes: Mapping[str, Any]) -> None:
        """Keep the changes, null takes one out; raises `InvalidRequest` and changes nothing."""
        with self._writing:
            self._change(changes)
        self._changed()

    def revise(self, name: str, revised: Callable[[Any], Any]) -> None:
        """Change one by what it is now, with nobody's change in between; raises as `change` does."""
        with self._writing:
            self._change({name: revised(getattr(self._settings, name))})
        self._changed()

    def _change(self, changes: Mapping[str, Any]) -> None:
        for name in changes:
            self._refuse_what_is_set_elsewhere(name)
        try:
            with_changes(self._settings, changes)
            self._write(changes) if self._saved is None else self._saved.write(changes)
        except (SettingsError, NotEditable) as error:
            raise InvalidRequest(str(error)) from None
        self._take_up(changes)
        _log.info("settings changed: %s", ", ".join(changes))

    def _refuse_what_is_set_elsewhere(self, name: str) -> None:
        if name in FIXED:
            raise InvalidRequest(f"{name} {FIXED[name]}", param=name)
        if self._saved and name in OF_ONE_GATEWAY:
            message = f"{name} is set for each gateway by itself: by a flag, the environment or its file."
            raise InvalidRequest(message, param=name)
        if self._sources.get(name) in {"flag", "environment"}:
            message = f"{name} is set by a flag or the environment, which are stronger than the file."
            raise InvalidRequest(message, param=name)

    def read_again(self) -> None:
        """Another gateway has changed some: take up those that work at once."""
        with self._writing:
            self._take_up(Settings.__struct_fields__)

    def _write(self, changes: Mapping[str, Any]) -> None:
        def changed(text: str) -> str:
            places = in_our_names(self._settings.data_dir).places
            for name, value in changes.items():
                text = _changed(text, name, value, places.get(name))
            return text

        rewrite(self.path, changed)

    def _in_database(self) -> dict[str, Any]:
        return self._saved.all() if self._saved else {}

    def _take_up(self, names: Iterable[str]) -> None:
        """Of these, what works at once and is not what it was."""
        file, saved = _file(self._settings.data_dir), self._in_database()
        for name in names:
            if name in self._apply and self._sources[name] not in {"flag", "environment"}:
                kept = saved.get(name, file.get(name))
                source: Source = "saved" if name in saved else "default" if kept is None else "file"
                if (kept, source) != (self._at_start.get(name), self._sources[name]):
                    self._use(name, kept, source)

    def _use(self, name: str, kept: Any, source: Source) -> None:
        try:
            self._settings = with_changes(self._settings, {name: kept})
        except SettingsError as error:
            _log.warning("the saved setting %s is left out: %s", name, error)
            return
        self._sources[name] = source
        self._at_start[name] = kept
        self._apply[name](self._settings)

    def _setting(self, field: msgspec.structs.FieldInfo, file: Mapping[str, Any], saved: Mapping[str, Any]) -> Setting:
        name, value = field.name, getattr(self._settings, field.name)
        secret = name in SECRET
        differs = saved.get(name, file.get(name)) != self._at_start.get(name)
        kind, choices = _kind(field)
        return Setting(
            name=name,
            about=_descriptions().get(name, ""),
            kind=kind,
            choices=choices,
            value=None if secret else msgspec.to_builtins(value, enc_hook=str),
            default=None if secret else msgspec.to_builtins(default_of(name), enc_hook=str),
            source=self._sources[name],
            in_file=None if secret else file.get(name),
            saved=None if secret else saved.get(name),
            is_fixed=name in FIXED or (self._saved is not None and name in OF_ONE_GATEWAY),
            is_secret=secret,
            is_set=value is not None and value != (),
            works_at_once=name in self._apply,
            waits_for_restart=differs and self._sources[name] in {"saved", "file", "default"},
        )


def _changed(text: str, name: str, value: Any, theirs: Place | None) -> str:
    """A setting that stands under an earlier bridge's name is changed there, if its value can be said there."""
    if theirs is None:
        return without_setting(text, name) if value is None else with_setting(text, name, value)
    if value is None:
        return without_inner_setting(text, theirs.path)
    said = theirs.written(value)
    return with_setting(text, name, value) if said is None else with_inner_setting(text, theirs.path, said)


def _file(data_dir: Path) -> dict[str, Any]:
    try:
        return file_values(data_dir)
    except SettingsError as error:  # it was in order when the gateway started; a person may be in the middle of it
        _log.warning("%s", error)
        return {}


def _kind(field: msgspec.structs.FieldInfo) -> tuple[str, tuple[str, ...]]:
    """For the input that suits it."""
    schema: dict[str, Any] = {"type": "string"} if field.name == "data_dir" else msgspec.json.schema(field.type)
    options: list[dict[str, Any]] = schema.get("anyOf", [schema])
    chosen = next(each for each in options if each.get("type") != "null")
    if "enum" in chosen:
        return "choice", tuple(chosen["enum"])
    if field.name == "log_level":
        return "choice", ("debug", "info", "warning", "error")
    kinds = {"integer": "number", "number": "number", "boolean": "boolean", "array": "list", "object": "object"}
    return kinds.get(chosen.get("type", ""), "text"), ()


@cache
def _descriptions() -> dict[str, str]:
    """What stands under each field, as one line."""
    (class_,) = ast.parse(textwrap.dedent(inspect.getsource(Settings))).body
    assert isinstance(class_, ast.ClassDef)  # noqa: S101 - for the type checker's sake
    found = {}
    for field, text in zip(class_.body, class_.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(text.value)).split())
    return found
