"""
What is written in PDF files, read by a process of its own for each (`media.pdf_program`).

A document is somebody else's work and may be made to cost time and memory: 64 KB can hold hours of work for the
library. A process can be ended, and holds up nobody else's work; a thread can't, and does. Pages, characters, time and
memory are bounded, and each owner of documents has one read at a time, so that theirs delay only their own.
"""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from arenabridge.errors import AttachmentTooLarge, AttachmentUnsupported, GatewayError
from arenabridge.media import pdf_program
from arenabridge.wire.chat import Attachment

LIBRARY: Final = "pypdf"

MAX_PAGES: Final = 500
"""Pages of one file; the text of more would not fit into a message anyway."""

SECONDS: Final = 15.0
"""For one file. The library reads some 50 pages of a book in a second."""

MEMORY_BYTES: Final = 2**30
"""Memory addresses of one process, which are more than what is used, where the system can bound them."""

AT_ONCE: Final = 2
"""Processes; other files wait."""

MAX_REMEMBERED: Final = 256
MAX_REMEMBERED_CHARACTERS: Final = 8_000_000
"""Characters of texts kept in memory: a chat brings its documents again with every turn."""

_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "HOME", "APPDATA", "SYSTEMROOT", "TEMP")
"""What Python needs to find its libraries, and none of the gateway's secrets."""

_TOO_MUCH: Final = "is a PDF file that takes too much time or memory to be read."


class _Said(msgspec.Struct, frozen=True):
    """What the program says: one of these fields."""

    text: str | None = None
    pages: int = 0
    long: int = 0
    memory: int = 0
    broken: str = ""


Found = str | GatewayError
"""A file's text, or why there is none."""


class PdfTexts:
    """Reads them, and remembers what it read. `max_characters` is of one file's text."""

    def __init__(self, *, max_characters: int, library: str = LIBRARY, seconds: float = SECONDS) -> None:
        self._max_characters = max_characters
        self._library = library
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._turns_of: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}
        self._known: OrderedDict[str, Found] = OrderedDict()
        self._known_characters = 0

    async def text(self, file: Attachment, owner: str) -> str:
        """
        Raises `AttachmentUnsupported` for a file that can't be read, `AttachmentTooLarge` for one that is too much.

        `owner` is who is to wait for it.
        """
        found = self._known.get(file.digest)
        if found is None:
            async with self._turn_of(owner):
                found = self._known.get(file.digest) or await self._read(file)
        if isinstance(found, GatewayError):
            raise type(found)(f"{file.name} {found}")
        return found

    @contextlib.asynccontextmanager
    async def _turn_of(self, owner: str) -> AsyncIterator[None]:
        """One at a time for each owner, and only so many in all, which are not held while waiting for the owner's."""
        lock = self._turns_of.setdefault(owner, asyncio.Lock())
        self._waiting[owner] = self._waiting.get(owner, 0) + 1
        try:
            async with lock, self._turns:
                yield
        finally:
            self._waiting[owner] -= 1
            if not self._waiting[owner]:
                del self._waiting[owner], self._turns_of[owner]

    async def _read(self, file: Attachment) -> Found:
        """Only what the program says of a file is remembered: time, memory and libraries may be there the next time."""
        if find_spec(self._library) is None:
            return AttachmentUnsupported(
                "is a PDF file: reading its text needs pypdf at the gateway (pip install 'arenabridge[documents]')."
            )
        try:
            async with asyncio.timeout(self._seconds), self._program() as process:
                said, _ = await process.communicate(file.content)
        except TimeoutError:
            return AttachmentTooLarge(f"is a PDF file that takes longer than {self._seconds:g} seconds to be read.")
        try:
            found = self._told(msgspec.json.decode(said, type=_Said))
        except msgspec.DecodeError:  # ended by the system: too much time or memory
            return AttachmentTooLarge(_TOO_MUCH)
        self._remember(file.digest, found)
        return found

    @contextlib.asynccontextmanager
    async def _program(self) -> AsyncIterator[Process]:
        """Running, and ended with the block."""
        bounds = (MEMORY_BYTES, int(self._seconds) + 1, MAX_PAGES, self._max_characters)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            str(Path(pdf_program.__file__)),
            *map(str, bounds),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    def _told(self, said: _Said) -> Found:
        if said.pages:
            return AttachmentTooLarge(f"has {said.pages} pages: of a PDF file {MAX_PAGES} are read.")
        if said.long:
            return AttachmentTooLarge(f"has a text of more than {self._max_characters} characters.")
        if said.memory:
            return AttachmentTooLarge(_TOO_MUCH)
        if said.text is None:
            return AttachmentUnsupported("can't be read as a PDF file: it is damaged or encrypted.")
        if not said.text.strip():
            return AttachmentUnsupported("is a PDF file without text in it: its pages may be pictures.")
        return said.text

    def _remember(self, digest: str, found: Found) -> None:
        self._known_characters -= _length(self._known.pop(digest, ""))
        self._known[digest] = found
        self._known_characters += _length(found)
        while len(self._known) > MAX_REMEMBERED or self._known_characters > MAX_REMEMBERED_CHARACTERS:
            _, forgotten = self._known.popitem(last=False)
            self._known_characters -= _length(forgotten)


def _length(found: Found) -> int:
    return len(found) if isinstance(found, str) else 0
