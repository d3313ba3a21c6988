"""Updates for real: wheels from a local index, into a virtual environment of their own, and back out of it."""

import json
import sqlite3
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from arenabridge.updates.index import Release, UpdateError, newer, releases
from arenabridge.updates.installation import How, Installation
from arenabridge.updates.updating import Updating, folder_of_one_update, go_back, http_client, kept_version
from integration.updates.stand_in import BREAKS, BREAKS_IN_PLACE, SERVES, Index, build, index_on_loopback


@dataclass
class Home:
    """A virtual environment with 1.0 in it, the data of a gateway, and an index."""

    index: Index
    installation: Installation
    data_dir: Path
    wheels: Path
    said: list[str] = field(default_factory=list)

    @property
    def version(self) -> str:
        done = subprocess.run(  # noqa: S603 - the stand-in
            [self.installation.python, "-m", "arenabridge", "version"], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    async def newest(self) -> Release:
        async with http_client() as client:
            found = newer(await releases(self.index.url, client), "1.0")
        assert found is not None
        return found

    async def update(self, *, has_server: bool = False) -> None:
        release = await self.newest()
        updating = Updating(self.installation, "1.0", self.data_dir, self.said.append, has_server=has_server)
        async with http_client() as client:
            with folder_of_one_update(self.data_dir) as folder:
                updating.install(release, await updating.download(release, folder, client), folder)

    def data(self) -> dict[str, bytes]:
        """What a gateway goes by."""
        return {path.name: path.read_bytes() for path in self.data_dir.iterdir() if path.is_file()}


@pytest.fixture(scope="module")
def environment_with_1_0(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment")
    prefix = folder / "venv"
    venv.create(prefix, with_pip=False, symlinks=True)
    wheel = build(folder, "1.0")
    command = [*pip(prefix / "bin/python"), "--no-index", str(wheel)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the installer
    return prefix


def pip(python: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python), "install")


@pytest.fixture
def home(tmp_path: Path, environment_with_1_0: Path) -> Iterator[Home]:
    python = environment_with_1_0 / "bin/python"
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with closing(sqlite3.connect(data_dir / "arenabridge.sqlite3")) as database, database:
        database.execute("CREATE TABLE keys (name)")
    (data_dir / "secret.key").write_text("s" * 40)
    (data_dir / "config.jsonc").write_text('{"port": 7, "redis_url": "redis://real", /* mine */ "slots": 2}')
    with index_on_loopback(tmp_path / "index") as index:
        yield Home(index, Installation(How.PIP, environment_with_1_0, python, pip(python)), data_dir, tmp_path)


async def test_a_release_is_tried_on_a_copy_then_installed_and_the_one_before_can_be_had_back(home: Home) -> None:
    home.index.publish(build(home.wheels, "1.1"))
    home.index.publish(build(home.wheels, "2.0"), attributes='data-yanked="broken"')
    home.index.publish(build(home.wheels, "2.1rc1"))
    before = home.data()
    await home.update()
    assert home.version == "1.1"
    assert home.data() == before, "what the new version did at its start, it did to copies"
    about = json.loads((home.data_dir / "updates/before/about.json").read_text())
    assert (about["version"], about["packages"]) == ("1.0", {"arenabridge": "1.0"})
    with closing(sqlite3.connect(about["database"])) as copy:
        assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("keys",)]
    assert {path.name for path in (home.data_dir / "updates").iterdir()} <= {"before", "lock"}
    assert kept_version(home.installation, home.data_dir) == "1.0"
    with folder_of_one_update(home.data_dir), pytest.raises(UpdateError, match="under way"):
        go_back(home.installation, home.data_dir)
    assert home.version == "1.1"
    assert go_back(home.installation, home.data_dir) == "1.0"
    assert home.version == "1.0"


async def test_a_release_that_does_not_start_is_not_installed_and_says_why(home: Home) -> None:
    home.index.publish(build(home.wheels, "1.1", BREAKS))
    with pytest.raises(UpdateError, match=r"1\.1 was not installed: it ended: a table is missing"):
        await home.update(has_server=True)
    assert home.said[-1] == "Trying 1.1 beside 1.0, with an empty database in place of yours."
    assert home.version == "1.0"
    assert kept_version(home.installation, home.data_dir) is None


async def test_one_that_works_beside_but_not_in_its_place_is_taken_back(home: Home) -> None:
    home.index.publish(build(home.wheels, "1.1", BREAKS_IN_PLACE + SERVES))
    with pytest.raises(UpdateError, match=r"1\.1 did not work here, 1\.0 is back: .*everywhere but here"):
        await home.update()
    assert home.version == "1.0"


async def test_of_two_at_once_one_is_refused(home: Home) -> None:
    home.index.publish(build(home.wheels, "1.1"))
    with folder_of_one_update(home.data_dir), pytest.raises(UpdateError, match="under way"):
        await home.update()


async def test_what_is_not_what_the_index_names_is_not_even_tried(home: Home) -> None:
    home.index.publish(build(home.wheels, "1.1"), sha256="0" * 64)
    with pytest.raises(UpdateError, match="is not what the index names"):
        await home.update()
    assert home.said == ["Downloading arenabridge-1.1-py3-none-any.whl."]


async def test_what_comes_along_has_to_be_named_by_the_release_with_its_digest(home: Home) -> None:
    """A package of another content under the same name and version is not taken."""
    other = home.wheels / "other-1.0-py3-none-any.whl"
    other.write_bytes(b"anything")
    home.index.publish(build(home.wheels, "1.1", pins=f"other @ {other.as_uri()} --hash=sha256:{'0' * 64}\n"))
    with pytest.raises(UpdateError, match=r"(?i)hashes"):
        await home.update()
    assert home.version == "1.0"


async def test_a_wheel_that_does_not_say_what_it_was_tested_with_is_refused(home: Home) -> None:
    home.index.publish(build(home.wheels, "1.1", pins=None))
    with pytest.raises(UpdateError, match="no release of ours"):
        await home.update()
