"""
Contents on disk, each under the SHA-256 of its bytes: `ab/cdef…`.

A content appears whole or not at all: it is written beside its place, forced to the disk, and then renamed. Every
method blocks and belongs into a thread.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from arenabridge.errors import StorageFull

HEAD_BYTES = 4096
"""The first bytes of what is written, kept to tell what the file is."""

ABANDONED_SECONDS = 3600.0
"""When a content that is still being written, or has no entry in the index, is given up: no upload takes so long."""


class Unfinished:
    """A content that is being written. A thread may still write when another gives up, so each step takes the lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self.head = b""
        self._digest = hashlib.sha256()
        self._lock = threading.Lock()
        self._file: BinaryIO | None = path.open("xb")

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    def write(self, piece: bytes) -> None:
        with self._lock, named_if_full():
            if self._file is not None:
                self._file.write(piece)
                self._digest.update(piece)
                self.size += len(piece)
                self.head += piece[: HEAD_BYTES - len(self.head)]

    def finish(self) -> None:
        """All of it is on the disk."""
        with self._lock, named_if_full():
            if self._file is not None:
                self._file.flush()
                os.fsync(self._file.fileno())
                self._file.close()
                self._file = None

    def discard(self) -> None:
        """Nothing is left of it, unless it was put into its place."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
            self.path.unlink(missing_ok=True)


class Contents:
    """A folder of contents."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.incoming = folder / "incoming"
        """The folder of what is being written."""

    def begin(self) -> Unfinished:
        with named_if_full():
            self.incoming.mkdir(parents=True, exist_ok=True)
            return Unfinished(self.incoming / secrets.token_hex(16))

    def place(self, unfinished: Unfinished) -> None:
        """Put it where its digest says; the same content again changes nothing."""
        unfinished.finish()
        target = self._path(unfinished.digest)
        with named_if_full():
            target.parent.mkdir(exist_ok=True)
            if not target.exists():
                unfinished.path.replace(target)
                _sync(target.parent)

    def open(self, digest: str) -> BinaryIO:
        """Raises `FileNotFoundError`."""
        return self._path(digest).open("rb")

    def remove(self, digest: str) -> None:
        """Delete it; where a reader prevents that (Windows) it stays until the next sweep."""
        with contextlib.suppress(PermissionError):
            self._path(digest).unlink(missing_ok=True)

    def old_digests(self) -> Iterator[str]:
        """The digests of all contents but the newest, which may not be in the index yet."""
        before = time.time() - ABANDONED_SECONDS
        for path in self._folder.glob("??/*"):
            digest = path.parent.name + path.name
            if re.fullmatch(r"[0-9a-f]{64}", digest) and path.stat().st_mtime < before:
                yield digest

    def clear_abandoned(self) -> None:
        before = time.time() - ABANDONED_SECONDS
        for path in self.incoming.glob("*"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest[2:]


def _sync(folder: Path) -> None:
    """A rename lasts once its folder is on the disk; Windows has no such thing."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def named_if_full() -> Iterator[None]:
    """Turn the error of a write to a full disk into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageFull from error
        raise
