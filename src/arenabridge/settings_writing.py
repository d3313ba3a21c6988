"""A file of settings, always replaced whole: a reader sees either what was there before, or what is there now."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

_one_at_a_time = threading.Lock()
"""Held by one writer of this process at a time: the next one reads what it has changed."""


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """A new file is readable by its owner alone, another as before. Raises what `change` does, and changes nothing."""
    with _one_at_a_time:
        text = change(path.read_bytes().decode("utf-8") if path.exists() else "")
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_bytes(text.encode())
        if path.exists():
            new.chmod(path.stat().st_mode)
        os.replace(new, path)  # noqa: PTH105 - the same, and it replaces on Windows too
