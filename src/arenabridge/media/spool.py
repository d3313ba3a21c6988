"""What arrives slowly, in a file that nobody else sees, until it is there; small things stay in memory."""

import asyncio
import tempfile
from pathlib import Path
from typing import IO, Final, Self

from arenabridge.media.contents import named_if_full

MEMORY_BYTES: Final = 256 * 1024
"""Bytes of one body in memory: what is more goes to the disk, in pieces of this size."""


class Spool:
    """A context: what was written is gone at its end, and with the process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._gathered: list[bytes] = []
        self._gathered_size = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._file is not None:
            await asyncio.to_thread(self._file.close)

    async def write(self, piece: bytes) -> None:
        """Raises `StorageFull`."""
        self._gathered.append(piece)
        self._gathered_size += len(piece)
        if self._gathered_size >= MEMORY_BYTES:
            await asyncio.to_thread(self._flush)

    def read(self) -> bytes:
        """All of it, in memory. Waits for the disk."""
        if self._file is None:
            return b"".join(self._gathered)
        self._flush()
        self._file.seek(0)
        return self._file.read()

    def _flush(self) -> None:
        gathered, self._gathered, self._gathered_size = b"".join(self._gathered), [], 0
        with named_if_full():
            if self._file is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed with the spool
            self._file.write(gathered)
