"""
Copies of the database file, made before it is changed in a way that can't be undone.

A database on a server is not copied: that is for those who look after the server (`pg_dump`).
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

FOLDER = "backups"
MAX_KEPT = 5
"""Copies; the oldest make way."""


def back_up(database: Path, why: str, unix: Callable[[], float] = time.time) -> Path | None:
    """Copy a database that may be in use, whole; None if there is none. `why` becomes part of the name."""
    if not database.exists():
        return None
    folder = database.parent / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _give_to_owner(folder, database)
    at = time.strftime("%Y%m%d-%H%M%S", time.gmtime(unix()))
    copy = folder / f"{database.stem}-{at}-{why}{database.suffix}"
    unfinished = copy.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as reading, closing(sqlite3.connect(unfinished)) as writing:
        reading.backup(writing)
    unfinished.chmod(0o600)
    _give_to_owner(unfinished, database)
    unfinished.replace(copy)
    for old in sorted(folder.glob(f"{database.stem}-*{database.suffix}"))[:-MAX_KEPT]:
        old.unlink(missing_ok=True)
    return copy


def _give_to_owner(path: Path, database: Path) -> None:
    """Done also where root makes the copy: the gateway runs as somebody else, and has to put copies there too."""
    if os.name != "nt" and os.geteuid() == 0:
        owner = database.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
