"""What a folder says about settings, written into our file: only what it does not say yet."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from arenabridge.importing.step import Step
from arenabridge.settings import FILE_NAME, Settings, SettingsError, file_values, with_changes
from arenabridge.settings_file import NotEditable, with_setting


class OurSettings:
    """Of one data directory."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME
        self._wanted: dict[str, tuple[Any, str]] = {}
        try:
            self._has = file_values(folder)
            self._trouble = ""
        except SettingsError as error:
            self._has, self._trouble = {}, str(error)

    def want(self, name: str, value: Any, theirs: str) -> None:
        """A setting as `theirs` calls it."""
        self._wanted[name] = value, theirs

    def let_everybody_in(self, because: str) -> Step:
        """Without keys, as before, on this computer alone."""
        self.want("require_api_key", False, "no keys")
        words = f"{because}, so none is required: by programs on this computer, and of nobody else."
        return Step("note", "API keys", f"{words} Set require_api_key to true to change that.")

    def steps(self) -> Iterator[Step]:
        """What is new, and what stands there otherwise and stays."""
        if self._trouble and self._wanted:
            yield Step("broken", FILE_NAME, f"settings can't be added to it: {self._trouble}")
            return
        new = {}
        for name, (value, theirs) in self._wanted.items():
            if name not in self._has:
                new[name] = value
            elif self._has[name] == value:
                yield Step("there", "Setting", f"{name} is {_shown(name, value)}.")
            else:
                words = f"{name} stays {_shown(name, self._has[name])}; {theirs} said {_shown(name, value)}."
                yield Step("declined", "Setting", words)
        if new:
            try:
                with_changes(Settings(data_dir=self._path.parent), new)
            except SettingsError as error:
                yield Step("broken", "Settings", str(error))
                return
            said = ", ".join(f"{name} = {_shown(name, value)}" for name, value in new.items())
            yield Step("comes", "Settings", said, lambda: self._write(new))

    def _write(self, new: dict[str, Any]) -> None:
        text = self._path.read_bytes().decode("utf-8") if self._path.exists() else ""
        try:
            for name, value in new.items():
                text = with_setting(text, name, value)
        except NotEditable as error:
            raise SettingsError(f"{self._path}: {error}") from error
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_bytes(text.encode())


def _shown(name: str, value: Any) -> str:
    """Keys and tokens are not."""
    if isinstance(value, bool):
        return str(value).lower()
    is_secret = any(word in name for word in ("key", "token", "secret", "url"))
    return "(not shown)" if is_secret and value else str(value)
