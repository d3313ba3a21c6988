"""
Does a version start? It is run on a free port with a copy of the data directory, and has to become ready in time.

Whatever it does to the database (migrations above all) it does to the copy. A database on a server is not copied: the
trial then begins with an empty one of its own.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import httpx

from arenabridge.accounts.secrets import FILE_NAME as SECRET_FILE
from arenabridge.settings import FILE_NAME as SETTINGS_FILE
from arenabridge.settings_file import NotEditable, without_setting
from arenabridge.storage.database import FILE_NAME as DATABASE_FILE
from arenabridge.updates.index import DISTRIBUTION, UpdateError

READY_SECONDS = 60.0
STOP_SECONDS = 15.0
LOOK_SECONDS = 0.1
MAX_SHOWN = 1500
"""Characters of its output at the end of a message."""

NOT_THE_TRIALS = ("database_url", "redis_url", "alerts_url", "files_dir", "also_listen_on")
"""Settings by which a trial would reach what is real, or want what the gateway in use has."""

NOT_THE_TRIALS_ROWS = ("site_sessions",)
"""Tables emptied for the same reason: renewing a person's session at the site would end the real one."""

_PROCESSES = "WEB_CONCURRENCY"
"""How many processes a host wants; without Redis to join them there can be only one."""

_ALONE = ("-I", "-m")
"""Run it with only what is installed there, whatever `PYTHONPATH` says."""

_OVERRULED = {
    "ENABLE_AUTO_UPDATE": "false",
    "MANAGED_BROWSER": "false",
    "DEPLOYMENT_MODE": "local",
    "LOG_LEVEL": "info",
}


def check_version(python: Path, expected: str) -> None:
    """Raises `UpdateError`."""
    command = [str(python), *_ALONE, DISTRIBUTION, "version"]
    try:
        said = subprocess.run(  # noqa: S603 - what was just installed
            command, capture_output=True, text=True, check=False, timeout=READY_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise UpdateError(f"it did not say its version within {READY_SECONDS:g} s.") from error
    if said.returncode or said.stdout.strip() != expected:
        raise UpdateError(f"it does not run: {_end_of(said.stdout + said.stderr)}")


def copy_data(data_dir: Path, copy: Path) -> None:
    """What a gateway starts with: database, secret and settings, without those that lead elsewhere."""
    copy.mkdir(mode=0o700, parents=True)
    if (data_dir / DATABASE_FILE).exists():
        _copy_database(data_dir / DATABASE_FILE, copy / DATABASE_FILE)
    if (data_dir / SECRET_FILE).exists():
        shutil.copy2(data_dir / SECRET_FILE, copy / SECRET_FILE)
    if (data_dir / SETTINGS_FILE).exists():
        text = (data_dir / SETTINGS_FILE).read_text(encoding="utf-8")
        for name in NOT_THE_TRIALS:
            try:
                text = without_setting(text, name)
            except NotEditable as error:
                raise UpdateError(f"{SETTINGS_FILE} can't be copied without {name}: {error}") from error
        (copy / SETTINGS_FILE).write_text(text, encoding="utf-8")


def _copy_database(source: Path, target: Path) -> None:
    """Copy it, even while a gateway is writing to it."""
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
        there = {name for (name,) in writing.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in there.intersection(NOT_THE_TRIALS_ROWS):
            writing.execute(f"DELETE FROM {table}")  # noqa: S608 - one of our own names
        writing.commit()


def try_out(
    python: Path, data_dir: Path, environment: Mapping[str, str] = os.environ, now: Callable[[], float] = time.monotonic
) -> None:
    """Raises `UpdateError` if it ends, or is not ready in time; says why."""
    port = _free_port()
    address = ["--host", "127.0.0.1", "--port", str(port), "--data-dir", str(data_dir)]
    output = data_dir / "trial.log"
    with output.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - what was just installed
            [python, *_ALONE, DISTRIBUTION, "serve", *address], env=_apart(environment), stdout=log, stderr=log
        )
        try:
            until = now() + READY_SECONDS
            while not _is_ready(port):
                if process.poll() is not None or now() > until:
                    why = "ended" if process.poll() is not None else f"was not ready within {READY_SECONDS:g} s"
                    raise UpdateError(f"it {why}: {_end_of(output.read_text(encoding='utf-8', errors='replace'))}")
                time.sleep(LOOK_SECONDS)
        finally:
            _end(process)


def _apart(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what leads to anything real."""
    names = {_PROCESSES, *(name.upper() for name in NOT_THE_TRIALS)}
    kept = {name: value for name, value in environment.items() if name.removeprefix("ARENABRIDGE_") not in names}
    return kept | {f"ARENABRIDGE_{name}": value for name, value in _OVERRULED.items()}


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(text: str) -> str:
    """The last line, which says why, then those before it."""
    *before, last = text.strip().splitlines() or ["it said nothing"]
    shown = "\n".join(before)[-MAX_SHOWN:].partition("\n")[2]
    return f"{last}\n{shown}" if shown else last


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
