"""A trial has a copy of the data, and nothing by which it would reach what is real."""

import sqlite3
from contextlib import closing
from pathlib import Path

from arenabridge.settings import load_settings
from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.updates.trial import _apart, copy_data

FILE = """{
  // ours
  "database_url": "postgresql://real/db", "redis_url": "redis://real",
  "alerts_url": "https://real.example", "files_dir": "/mnt/real", "also_listen_on": [8000], "slots": 3,
}"""


def test_what_leads_to_what_is_real_is_left_out(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    open_database(data / FILE_NAME).dispose()
    (data / "config.jsonc").write_text(FILE)
    with closing(sqlite3.connect(data / FILE_NAME)) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        columns = [row[1] for row in database.execute("PRAGMA table_info(site_sessions)") if row[3] or row[5]]
        marks = ", ".join("1" for _ in columns)
        database.execute(f"INSERT INTO site_sessions ({', '.join(columns)}) VALUES ({marks})")  # noqa: S608 - our names
    copy_data(data, copy)
    real = {
        "DATABASE_URL": "postgresql://real/db",
        "ARENABRIDGE_REDIS_URL": "redis://real",
        "WEB_CONCURRENCY": "4",
        "ARENABRIDGE_ALSO_LISTEN_ON": "8000",
    }
    environment = _apart({**real, "PATH": "/bin"})
    settings = load_settings({"data_dir": copy}, environment)
    assert (settings.database_url, settings.redis_url, settings.alerts_url, settings.files_dir) == (None,) * 4
    assert settings.also_listen_on == (), "the gateway in use has those ports"
    assert (settings.slots, settings.enable_auto_update, environment["PATH"]) == (3, False, "/bin")
    assert "WEB_CONCURRENCY" not in environment
    for path, count in ((data, 1), (copy, 0)):
        with closing(sqlite3.connect(path / FILE_NAME)) as database:
            assert database.execute("SELECT count(*) FROM site_sessions").fetchone() == (count,)
