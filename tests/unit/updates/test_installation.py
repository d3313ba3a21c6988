"""What installed us is told by what it left behind; where we don't update ourselves the person hears what to do."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest
from typer.testing import CliRunner

from arenabridge.cli import application
from arenabridge.updates.installation import How, here, told_by

EDITABLE = json.dumps({"url": "file:///src", "dir_info": {"editable": True}})
FROM_A_FOLDER = json.dumps({"url": "file:///src", "dir_info": {}})
NOTHING: Mapping[str, str] = MappingProxyType({})


def told(
    folder: Path, left: str = "", direct_url: str | None = None, installer: str = "pip", *, is_environment: bool = True
) -> How:
    if left:
        (folder / left).touch()
    return told_by(folder, NOTHING, direct_url=direct_url, installer=installer, is_environment=is_environment)


@pytest.mark.parametrize(("left", "how"), [("uv-receipt.toml", How.UV_TOOL), ("pipx_metadata.json", How.PIPX)])
def test_tools_leave_a_file(tmp_path: Path, left: str, how: How) -> None:
    assert told(tmp_path, left) is how
    assert told(tmp_path, left, FROM_A_FOLDER) is how, "uv tool install . is an installation too"


def test_what_is_in_an_environment_is_installed_by_what_says_so(tmp_path: Path) -> None:
    assert told(tmp_path) is How.PIP
    assert told(tmp_path, installer="uv\n") is How.UV
    assert told(tmp_path, is_environment=False) is How.SYSTEM


def test_a_checkout_stays_one_whatever_made_its_environment(tmp_path: Path) -> None:
    assert told(tmp_path, "uv-receipt.toml", EDITABLE) is How.CHECKOUT


def test_this_is_a_checkout_and_the_image_says_that_it_is_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert here({}).how is How.CHECKOUT
    assert here({"ARENABRIDGE_IMAGE": "1"}).how is How.IMAGE
    for image, words in (("", "update it with git"), ("1", "pull or build the new one")):
        monkeypatch.setenv("ARENABRIDGE_IMAGE", image)
        refused = CliRunner().invoke(application, ["update", "--data-dir", str(tmp_path)])
        assert (refused.exit_code, words in refused.output) == (2, True)
