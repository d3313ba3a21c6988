"""
A real PostgreSQL of the distribution, started on a free port.

A test gets a database with our tables and nothing in them. To copy one takes the server 200 ms, to empty one 8, so it
is emptied; who breaks things gets one of their own.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from arenabridge.storage.database import open_database
from arenabridge.storage.tables import metadata

START_SECONDS = 30.0
WITH_TABLES = "with_tables"
NOT_FOR_ROOT = "postgres"
"""The system's user whom the server runs as where the tests run as root, whom it refuses."""


def programs() -> Path:
    """Where the server's programs are, or the test is skipped; with CI=true it fails."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        message = "PostgreSQL is not installed: scripts/ensure-servers installs it"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found[-1].parent if found else Path(str(on_path)).parent


class Postgres:
    """A server, and what is in it; it can be killed, and started again with all it had."""

    def __init__(self, bin_: Path, folder: Path) -> None:
        self._bin = bin_
        self._folder = folder
        self._data = folder / "data"
        self._databases = 0
        self._has_tables = False
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._run("initdb", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", "--username=postgres")

    def start(self) -> None:
        """Returns when it can be asked."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "32MB",
            "autovacuum": "off",
        }
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(  # noqa: S603 - the server, with our own words
            [self._bin / "postgres", "-D", self._data, "-p", str(self.port), *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=_user(),
            cwd=self._folder,
        )
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                if time.monotonic() > until or self._process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def end(self, signal_: int = signal.SIGQUIT) -> None:
        """At once; `SIGKILL` is a crash, after which its children end by themselves."""
        if self._process is not None:
            self._process.send_signal(signal_)
            self._process.wait(START_SECONDS)
            self._process = None

    def url(self, database: str) -> str:
        return f"postgresql://postgres:s3cret@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """For the server itself."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextlib.contextmanager
    def empty_database(self) -> Iterator[str]:
        """The address of a new database, without tables."""
        self._databases += 1
        name = f"test_{self._databases}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """The address of a database with our tables in it, that one test after the other has for itself."""
        if not self._has_tables:
            self.execute(f"CREATE DATABASE {WITH_TABLES} TEMPLATE template0")
            open_database(self.url(WITH_TABLES)).dispose()
            self._has_tables = True
        try:
            yield self.url(WITH_TABLES)
        finally:
            self._empty(WITH_TABLES)

    def _empty(self, database: str) -> None:
        """Whatever triggers and references say."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(f"SET lock_timeout = '{START_SECONDS}s'".encode())
            connection.execute("SET session_replication_role = replica")
            connection.execute("; ".join(f"DELETE FROM {table}" for table in metadata.tables).encode())  # noqa: S608 - ours

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(  # noqa: S603 - the server's own programs
            [self._bin / program, "-D", self._data, *words],
            check=True,
            stdout=subprocess.DEVNULL,
            user=_user(),
            cwd=self._folder,
        )


@contextlib.contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server in a folder of its own, that leaves nothing behind."""
    bin_ = programs()
    with tempfile.TemporaryDirectory(prefix="arenabridge-postgres-", ignore_cleanup_errors=True) as name:
        if (user := _user()) is not None:
            shutil.chown(name, user)
        server = Postgres(bin_, Path(name))
        try:
            server.start()
            yield server
        finally:
            server.end()


def _user() -> str | None:
    return NOT_FOR_ROOT if os.geteuid() == 0 else None


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
