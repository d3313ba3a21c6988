"""What a relay remembers from one start to the next: its gateway, its credential, and the port that its script has."""

import hashlib
import os
from pathlib import Path

import msgspec

FILE_NAME = "relay.json"


class MemoryUnusable(ValueError):
    """The file can't be used. The message says why, never what it holds."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """`gateway` is the address that the credential is for: it is shown to no other."""

    gateway: str = ""
    credential: str = ""
    name: str = ""
    port: int = 0
    instead_of: str = ""
    """The digest of a token that was set when the credential was made. While it still is, the credential goes first."""

    def goes_before(self, token: str) -> bool:
        """Whether the credential is newer than this token, which was left where it is set."""
        return bool(self.credential) and digest(token) == self.instead_of


def digest(token: str) -> str:
    """What may be kept of it: it is somebody's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def recall(folder: Path) -> Memory:
    """Nothing, if there is nothing yet; raises `MemoryUnusable`."""
    path = folder / FILE_NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        raise MemoryUnusable(f"{path} can't be read: {error.strerror or error}.") from error
    except (msgspec.DecodeError, UnicodeError):
        raise MemoryUnusable(f"{path} is damaged: remove it, and enrol this relay again.") from None


def remember(folder: Path, memory: Memory) -> None:
    """Write it readable by its owner alone, and whole or not at all; raises `MemoryUnusable`."""
    path = folder / FILE_NAME
    new = path.with_suffix(".new")
    try:
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(memory)) + b"\n")
        new.replace(path)
    except OSError as error:
        raise MemoryUnusable(f"{path} can't be written: {error.strerror or error}.") from error
