"""
Three files of the data directory, as the earlier bridges had them, read again when they change.

They are `config.jsonc` (its captured session), `models.json` and `model_endpoint_map.json`.
A file that can't be read counts as it was before: somebody may be in the middle of an edit.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from arenabridge.earlier.captured import read_global, read_map
from arenabridge.earlier.captured_into import with_captured
from arenabridge.earlier.files import CONFIG, ENDPOINT_MAP, MODELS, EarlierFiles
from arenabridge.earlier.models import read_models
from arenabridge.earlier.reading import MAX_BYTES, Unreadable, parse
from arenabridge.settings_file import NotEditable
from arenabridge.settings_writing import rewrite
from arenabridge.storage.captured_sessions import NotCaptured
from arenabridge.wire.arena.captured import CapturedSession

_log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 1.0
"""How long a change may go unnoticed."""

_Stamp = tuple[int, int] | None
"""When a file was changed, and its length; None if it is not there."""


class GivenFiles:
    """`now` is what the files say; listeners hear it at once, and again whenever it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stamps: Mapping[str, _Stamp] = {}
        self._contents: dict[str, Any] = {name: {} for name in (CONFIG, MODELS, ENDPOINT_MAP)}
        self._unreadable: dict[str, str] = {}
        self._listeners: list[Callable[[EarlierFiles], None]] = []
        self.now = EarlierFiles()
        self._use(self.read())

    def listen(self, listener: Callable[[EarlierFiles], None]) -> None:
        self._listeners.append(listener)
        listener(self.now)

    async def follow(self) -> None:
        """Look at them again and again; ends only with its task."""
        while True:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            try:
                self._use(await asyncio.to_thread(self.read))
            except Exception:  # noqa: BLE001 - one fault of ours must not let changes go unnoticed from then on
                _log.exception("the files of an earlier bridge could not be looked at")

    async def put_captured(self, captured: CapturedSession) -> CapturedSession | None:
        """
        In the place of the session that `config.jsonc` has for all models, as the file has it now.

        None if it has none that is used. Raises `NotCaptured` where it can't be written.
        """
        usual = self.now.usual
        if usual.session is None or not usual.serves_unmapped:
            return None
        try:
            await asyncio.to_thread(rewrite, self._folder / CONFIG, lambda text: with_captured(text, usual, captured))
        except (OSError, NotEditable) as error:
            raise NotCaptured(f"{self._folder / CONFIG} has another session, and can't be written: {error}") from error
        self._use(await asyncio.to_thread(self.read))
        return self.now.usual.session

    def read(self) -> EarlierFiles | None:
        """What they say, if they changed since. Waits for the disk."""
        stamps = {name: _stamp(self._folder / name) for name in self._contents}
        changed = [name for name in stamps if stamps[name] != self._stamps.get(name)]
        self._stamps = stamps
        for name in changed:
            self._read_one(name)
        return self._together() if changed else None

    def _read_one(self, name: str) -> None:
        self._unreadable.pop(name, None)
        try:
            self._contents[name] = _content(self._folder / name)
        except (OSError, Unreadable) as error:
            self._unreadable[name] = str(error)

    def _together(self) -> EarlierFiles:
        config = self._contents[CONFIG]
        usual = read_global(config if isinstance(config, dict) else {})
        problems = tuple(f"{name}: {why}" for name, why in self._unreadable.items())
        mapped = read_map(self._contents[ENDPOINT_MAP], usual)
        return EarlierFiles(usual, mapped, read_models(self._contents[MODELS]), problems)

    def _use(self, read: EarlierFiles | None) -> None:
        if read is None or read == self.now:
            return
        new = set(read.problems) - set(self.now.problems)
        self.now = read
        for file, why in sorted(new):
            _log.warning("%s: %s", self._folder / file, why)
        if read != replace(EarlierFiles(), unreadable=read.unreadable):
            _log.info(
                "%d names of models and %d captured sessions from files", len(read.given.models), len(read.sessions)
            )
        for listener in self._listeners:
            listener(read)


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _content(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            return parse(file.read(MAX_BYTES + 1))
    except FileNotFoundError:
        return {}
