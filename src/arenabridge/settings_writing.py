"""A file of settings, written anew whole: whoever reads it sees what was there before, or what is there now."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

_one_at_a_time = threading.Lock()
"""Of this process: what one has changed is there when the next reads."""


def rewrite(path: Path, change: Callable[[str], str]) -> None:
    """Readable by its owner alone if it is new, else by whom it was. Raises what `change` does, and changes nothing."""
    with _one_at_a_time:
        text = change(path.read_bytes().decode("utf-8") if path.exists() else "")
        new = path.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_bytes(text.encode())
        if path.exists():
            new.chmod(path.stat().st_mode)
        os.replace(new, path)  # noqa: PTH105 - the same, and it replaces on Windows too
