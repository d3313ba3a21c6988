"""Before a database is changed to another form it is copied, whole; a few copies stay."""

import os
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from arenabridge.storage.backup import FOLDER, MAX_KEPT, back_up
from arenabridge.storage.database import open_database
from unit.storage.test_database import older_version


def revision_in(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
def test_what_root_copies_belongs_to_whose_database_it_is(tmp_path: Path) -> None:
    """Or the gateway, which runs as somebody else, could put no copies there any more."""
    path = tmp_path / "arenabridge.sqlite3"
    open_database(path).dispose()
    os.chown(path, 65534, 65534)
    copy = back_up(path, "before-an-update")
    assert copy is not None
    assert {each.stat().st_uid for each in (copy, copy.parent)} == {65534}


def test_a_database_of_an_earlier_version_is_copied_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "arenabridge.sqlite3"
    open_database(path).dispose()
    assert not (tmp_path / FOLDER).exists(), "nothing to lose in a new one"
    newest = revision_in(path)
    older_version(path, "0011").dispose()
    open_database(path).dispose()
    (copy,) = (tmp_path / FOLDER).iterdir()
    assert (revision_in(copy), copy.stat().st_mode & 0o777) == ("0011", 0o600)
    assert revision_in(path) == newest
    open_database(path).dispose()
    assert [*(tmp_path / FOLDER).iterdir()] == [copy], "an up to date one is not copied"


def test_a_copy_has_what_was_written_a_moment_ago_and_the_oldest_make_way(tmp_path: Path) -> None:
    path = tmp_path / "arenabridge.sqlite3"
    assert back_up(path, "there-is-none") is None
    seconds = count(1_000_000_000)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE a (b)")
        copies = [back_up(path, "test", lambda: next(seconds)) for _ in range(MAX_KEPT + 2)]
    assert sorted((tmp_path / FOLDER).iterdir()) == copies[2:]
    newest = copies[-1]
    assert newest is not None
    with closing(sqlite3.connect(newest)) as copy:
        assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("a",)]
