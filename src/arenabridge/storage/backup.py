"""
Copies of the database file, made before it is changed in a way that can't be undone.

A database on a server is not copied: that is for those who look after the server (`pg_dump`).
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from arenabridge.storage.owner import give_to_owner_of

FOLDER = "backups"
MAX_KEPT = 5
"""Copies; the oldest make way."""


def back_up(database: Path, why: str, unix: Callable[[], float] = time.time) -> Path | None:
    """Copy a database that may be in use, whole; None if there is none. `why` becomes part of the name."""
    if not database.exists():
        return None
    folder = database.parent / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    give_to_owner_of(database, folder)
    at = time.strftime("%Y%m%d-%H%M%S", time.gmtime(unix()))
    copy = folder / f"{database.stem}-{at}-{why}{database.suffix}"
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as reading, closing(sqlite3.connect(unfinished)) as writing:
        reading.backup(writing)
    unfinished.chmod(0o600)
    give_to_owner_of(database, unfinished)
    unfinished.replace(copy)
    for old in sorted(folder.glob(f"{database.stem}-*{database.suffix}"))[:-MAX_KEPT]:
        old.unlink(missing_ok=True)
    return copy
