"""A file of settings, always replaced whole: a reader sees either what was there before, or what is there now."""

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

from arenabridge.storage.owner import give_to_owner_of

_one_at_a_time = threading.Lock()
"""Held by one writer of this process at a time: the next one reads what it has changed."""


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """
    A link stays one: what it leads to is replaced. A new file is readable by its owner alone, another as before.

    It belongs to whom it did, a new one to whom its folder does. Raises what `change` does, and changes nothing.
    """
    path = path.resolve()
    with _one_at_a_time:
        text = change(path.read_bytes().decode("utf-8") if path.exists() else "")
        new = _written_beside(path, text)
        try:
            if path.exists():
                new.chmod(path.stat().st_mode)
            give_to_owner_of(path if path.exists() else path.parent, new)
            os.replace(new, path)  # noqa: PTH105 - the same, and it replaces on Windows too
        except BaseException:
            new.unlink()
            raise


def _written_beside(path: Path, text: str) -> Path:
    """A file with a name of its own, for its owner alone: root must not follow a link that somebody has put there."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".new")
    with os.fdopen(handle, "wb") as file:
        file.write(text.encode())
    return Path(name)
