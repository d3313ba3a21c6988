"""What a folder says about settings, written into our file: only what it does not say yet."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from arenabridge.importing.step import Step
from arenabridge.importing.target import Target
from arenabridge.settings import FILE_NAME, Settings, SettingsError, file_values, with_changes
from arenabridge.settings_file import NotEditable, with_setting
from arenabridge.settings_rules import reached_by_others
from arenabridge.settings_writing import rewrite


class OurSettings:
    """The settings of one data directory."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._path = target.folder / FILE_NAME
        self._wanted: dict[str, tuple[Any, str]] = {}
        try:
            self._has = file_values(target.folder)
            self._trouble = ""
        except SettingsError as error:
            self._has, self._trouble = {}, str(error)

    def want(self, name: str, value: Any, theirs: str) -> None:
        """A setting as `theirs` calls it."""
        self._wanted[name] = value, theirs

    def let_everybody_in(self, because: str) -> Step:
        """Without keys, as before, on this computer alone, and only where nobody has any yet."""
        why = keys_are_needed(self._target, self._target.settings)
        if why and "require_api_key" not in self._has:
            words = f"{because}, but here they stay required: {why}. `arenabridge keys create` makes one for programs."
            return Step("declined", "API keys", words)
        self.want("require_api_key", False, "no keys")
        if self._has.get("require_api_key") is True:
            return Step("note", "API keys", "")
        words = f"{because}, so none is required: by programs on this computer, and of nobody else."
        return Step("note", "API keys", f"{words} Set require_api_key to true to change that.")

    def steps(self) -> Iterator[Step]:
        """What is new, and what stands there with another value and stays."""
        if self._trouble and self._wanted:
            yield Step("broken", FILE_NAME, f"settings can't be added to it: {self._trouble}")
            return
        new: dict[str, Any] = {}
        for name, (value, theirs) in self._wanted.items():
            if name not in self._has:
                new[name] = value
            elif self._has[name] == value:
                yield Step("there", "Setting", f"{name} is {_shown(name, value)}.")
            else:
                words = f"{name} stays {_shown(name, self._has[name])}; {theirs} said {_shown(name, value)}."
                yield Step("declined", "Setting", words)
        for name, why in refused(self._target.settings, new).items():
            del new[name]
            yield Step("broken", "Setting", f"{name}: {why}")
        if new:
            said = ", ".join(f"{name} = {_shown(name, value)}" for name, value in new.items())
            yield Step("comes", "Settings", said, lambda: self._write(new))

    def _write(self, new: dict[str, Any]) -> None:
        def changed(text: str) -> str:
            for name, value in new.items():
                text = with_setting(text, name, value)
            return text

        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            rewrite(self._path, changed)
        except NotEditable as error:
            raise SettingsError(f"{self._path}: {error}") from error


def keys_are_needed(target: Target, settings: Settings) -> str:
    """Why the gateway must not be opened to programs without a key, in words; empty if it may be."""
    return has_owners(target) or reached_by_others(settings)


def has_owners(target: Target) -> str:
    """The same, as far as it depends on the people who are there already."""
    if target.settings.api_key or target.keys.all():
        return "there are keys already"
    return "there are people already" if target.people.all() else ""


def refused(settings: Settings, values: Mapping[str, Any]) -> dict[str, str]:
    """Which of these values contradict those that are there, and why."""
    left, wrong = dict(values), dict[str, str]()
    while left:
        try:
            with_changes(settings, left)
        except SettingsError as error:
            why = str(error).removeprefix("the change: ")
            places = {name: found.start() for name in left if (found := re.search(rf"\b{name}\b", why))}
            name = min(places, key=places.__getitem__, default=next(iter(left)))
            wrong[name] = why.removeprefix(f"{name}: ")
            del left[name]
        else:
            break
    return wrong


def _shown(name: str, value: Any) -> str:
    """Keys and tokens are not."""
    if isinstance(value, bool):
        return str(value).lower()
    is_secret = any(word in name for word in ("key", "token", "secret", "url"))
    return "(not shown)" if is_secret and value else str(value)
