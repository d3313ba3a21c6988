"""
Install a release, with a way back.

1. The wheel is downloaded and compared with the digest that the index gave.
2. It is installed beside the environment in use, with what it was tested with, all by digest; there it has to say its
   version, and to become ready on a copy of the data. Until then nothing that is in use was touched.
3. The environment in use is copied away, whole, and the database with it, unless that is on a server.
4. The release is installed into the environment, and has to pass the same again. If it does not, the copy is put back.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import venv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
from filelock import FileLock, Timeout

from arenabridge.storage.backup import back_up
from arenabridge.storage.database import FILE_NAME as DATABASE_FILE
from arenabridge.updates.index import DISTRIBUTION, TIMEOUT_SECONDS, Release, UpdateError, fetch
from arenabridge.updates.installation import Installation
from arenabridge.updates.pins import pinned
from arenabridge.updates.trial import check_version, copy_data, try_out

FOLDER = "updates"
"""In the data directory."""
KEPT = "before"
"""The environment as it was before the last update, and what it held."""

MAX_WHEEL_BYTES = 64 * 2**20
INSTALL_SECONDS = 900

VERIFIED = ("--require-hashes", "--only-binary", ":all:", "-r")
"""Nothing without a digest, and nothing that would be built here: a build runs code before it is known to work."""

_PARTS = ("lib", "lib64", "Lib", "bin", "Scripts", "include", "pyvenv.cfg")
"""The parts of an environment's folder that an installer writes to."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Updating:
    """One update of one environment. `say` is told each step in words."""

    installation: Installation
    version: str
    """The version that is installed now."""
    data_dir: Path
    say: Say
    has_server: bool = False
    """The database is on a server: it is neither copied nor tried with."""

    @property
    def warning(self) -> str | None:
        """What to know before anything is installed."""
        if not self.has_server:
            return None
        return (
            "Your database is on a server, and is neither copied nor tried with here. Back it up with pg_dump before "
            f"you start the new version: it may change the tables so that {self.version} does not start on them again."
        )

    async def download(self, release: Release, folder: Path, client: httpx.AsyncClient) -> Path:
        """The wheel, verified; raises `UpdateError`."""
        self.say(f"Downloading {release.file_name}.")
        content, _, _ = await fetch(release.url, client, MAX_WHEEL_BYTES)
        found = hashlib.sha256(content).hexdigest()
        if found != release.sha256:
            raise UpdateError(
                f"What was downloaded is not what the index names: its SHA-256 is {found}, not {release.sha256}. "
                "Nothing was installed."
            )
        wheel = folder / release.file_name
        wheel.write_bytes(content)
        return wheel

    def install(self, release: Release, wheel: Path, folder: Path) -> None:
        """Try it, install it, and go back if it does not work; raises `UpdateError`, which says what holds now."""
        packages = installed_in(self.installation)
        requirements = folder / "requirements.txt"
        requirements.write_text(pinned(wheel, release.sha256, packages), encoding="utf-8")
        try:
            self._try_beside(release, requirements, folder)
        except UpdateError as error:
            raise UpdateError(f"{release.version} was not installed: {error}") from error
        try:
            self._keep(packages)
        except (OSError, shutil.Error, sqlite3.Error) as error:
            raise UpdateError(f"{release.version} was not installed: {self.version} can't be kept: {error}") from error
        try:
            self.say(f"Installing {release.version}.")
            _run([*self.installation.install, *VERIFIED, str(requirements)])
            self._check(self.installation.python, release, folder / "after")
        except UpdateError as error:
            put_back(self.installation, self.data_dir)
            raise UpdateError(f"{release.version} did not work here, {self.version} is back: {error}") from error
        except BaseException:  # a person who stops it, a full disk: whatever it is, no half of a version stays
            put_back(self.installation, self.data_dir)
            raise

    def _try_beside(self, release: Release, requirements: Path, folder: Path) -> None:
        data = "an empty database in place of yours" if self.has_server else "a copy of your data"
        self.say(f"Trying {release.version} beside {self.version}, with {data}.")
        beside = folder / "beside"
        venv.create(beside, with_pip=False, symlinks=os.name != "nt")
        python = beside / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        _run([*_into(self.installation, python), *VERIFIED, str(requirements)])
        self._check(python, release, folder / "data")

    def _check(self, python: Path, release: Release, copy: Path) -> None:
        check_version(python, str(release.version))
        copy_data(self.data_dir, copy)
        try_out(python, copy)

    def _keep(self, packages: dict[str, str]) -> None:
        """The environment and the database as they are now."""
        self.say(f"Keeping {self.version}, to go back to.")
        kept = self.data_dir / FOLDER / KEPT
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        for part in _PARTS:
            _copy(self.installation.prefix / part, kept / part)
        backup = back_up(self.data_dir / DATABASE_FILE, f"before-{self.version}-was-updated")
        about = {
            "version": self.version,
            "prefix": str(self.installation.prefix),
            "packages": packages,
            "database": str(backup) if backup else None,
        }
        (kept / "about.json").write_text(json.dumps(about, indent=2), encoding="utf-8")


def installed_in(installation: Installation) -> dict[str, str]:
    """Versions by package."""
    folders = [str(path) for path in installation.prefix.glob("[Ll]ib/**/site-packages")]
    found = importlib.metadata.distributions(path=folders)
    return dict(sorted((each.name, each.version) for each in found))


def kept_version(installation: Installation, data_dir: Path) -> str | None:
    """The version of this environment that can be gone back to."""
    about = data_dir / FOLDER / KEPT / "about.json"
    said = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    return str(said["version"]) if said.get("prefix") == str(installation.prefix) else None


def go_back(installation: Installation, data_dir: Path) -> str | None:
    """Put back the environment from before the last update; returns its version. Raises `UpdateError`."""
    (data_dir / FOLDER).mkdir(parents=True, exist_ok=True)
    with _alone(data_dir / FOLDER / "lock"):
        version = kept_version(installation, data_dir)
        put_back(installation, data_dir)
        return version


def put_back(installation: Installation, data_dir: Path) -> None:
    """
    The environment as it was kept. What is there now stays whole until its place is taken.

    The caller holds the lock of updates. Raises `UpdateError`.
    """
    kept = data_dir / FOLDER / KEPT
    if kept_version(installation, data_dir) is None:
        raise UpdateError("No earlier version is kept.")
    for part in _PARTS:
        if not (kept / part).exists() or (kept / part).is_symlink():
            continue
        place, new, old = (installation.prefix / f"{part}{end}" for end in ("", ".new", ".old"))
        for rest in (new, old):
            _remove(rest)
        _copy(kept / part, new)
        place.rename(old)
        new.rename(place)
        _remove(old)


@contextlib.contextmanager
def folder_of_one_update(data_dir: Path) -> Iterator[Path]:
    """Where one update puts what it needs; nothing of it stays. One at a time: raises `UpdateError`."""
    (data_dir / FOLDER).mkdir(parents=True, exist_ok=True)
    with (
        _alone(data_dir / FOLDER / "lock"),
        tempfile.TemporaryDirectory(dir=data_dir / FOLDER, ignore_cleanup_errors=True) as name,
    ):
        yield Path(name)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UpdateError("Another update is under way.") from None
    try:
        yield
    finally:
        lock.release()


def http_client() -> httpx.AsyncClient:
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS)


def _into(installation: Installation, python: Path) -> list[str]:
    """The same installer, for another environment."""
    first, *_ = installation.install
    if "--python" in installation.install:  # uv, and pip from elsewhere
        at = installation.install.index("--python") + 1
        return [*installation.install[:at], str(python), *installation.install[at + 1 :]]
    return [first, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install"]


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - the installer, with our own words
            command, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise UpdateError(f"the installer did not end within {INSTALL_SECONDS} s.") from error
    if done.returncode:
        raise UpdateError(f"the installer of {DISTRIBUTION} failed: {(done.stderr or done.stdout).strip()[-1500:]}")


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        shutil.copy2(source, target)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
