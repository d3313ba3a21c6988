"""A file of settings is replaced whole, and stays whose it was and where it was."""

import os
from pathlib import Path

import pytest

from arenabridge.settings_writing import rewrite

as_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root can give files away")
SERVICE = 65534


@as_root
@pytest.mark.parametrize("is_there", [True, False])
def test_what_root_writes_belongs_to_the_service_whose_folder_it_is(tmp_path: Path, *, is_there: bool) -> None:
    path = tmp_path / "config.jsonc"
    os.chown(tmp_path, SERVICE, SERVICE)
    if is_there:
        path.touch(mode=0o640)
        os.chown(path, SERVICE, SERVICE)
    rewrite(path, lambda _: "{}")
    now = path.stat()
    assert (now.st_uid, now.st_gid, now.st_mode & 0o777) == (SERVICE, SERVICE, 0o640 if is_there else 0o600)


@pytest.mark.skipif(os.name == "nt", reason="only administrators make links there")
def test_a_link_stays_one_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.jsonc", tmp_path / "config.jsonc"
    kept.write_text("1")
    link.symlink_to(kept)
    rewrite(link, lambda text: text + "2")
    assert (link.readlink(), kept.read_text()) == (kept, "12")


@pytest.mark.skipif(os.name == "nt", reason="only administrators make links there")
def test_nothing_is_written_through_a_link_that_was_put_beside_it(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text("kept")
    (tmp_path / "config.new").symlink_to(tmp_path / "theirs")
    rewrite(tmp_path / "config.jsonc", lambda _: "{}")
    assert (tmp_path / "theirs").read_text() == "kept"


def test_what_can_t_be_changed_leaves_nothing_behind(tmp_path: Path) -> None:
    def refused(text: str) -> str:
        raise ValueError(text)

    (tmp_path / "config.jsonc").write_text("as it was")
    with pytest.raises(ValueError, match="as it was"):
        rewrite(tmp_path / "config.jsonc", refused)
    assert [each.read_text() for each in tmp_path.iterdir()] == ["as it was"]
