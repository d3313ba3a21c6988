"""What the gateway makes on the disk is its owner's alone."""

import os
import stat
from pathlib import Path

import pytest

from arenabridge.app import open_import
from arenabridge.http.api.settings_in_use import SettingsInUse
from arenabridge.settings import FILE_NAME, Settings
from arenabridge.storage import database


@pytest.mark.skipif(os.name == "nt", reason="permissions are others there")
def test_nobody_else_may_read_the_folder_the_database_or_the_settings(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "above" / "ours")
    open_import(settings, settings.data_dir, {}).people.all()
    SettingsInUse(settings, {}, {}).change({"role_mode": "strict"})
    modes = [stat.S_IMODE((settings.data_dir / name).stat().st_mode) for name in ("", database.FILE_NAME, FILE_NAME)]
    assert modes == [0o700, 0o600, 0o600]
