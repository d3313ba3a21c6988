"""An announcement is told once, whatever it comes from, and shown until somebody closes it."""

from pathlib import Path

import pytest

from arenabridge.updates.announcements import FILE_NAME, MAX_ANNOUNCEMENTS, Announcement, Announcements, in_folder, read
from arenabridge.updates.index import UpdateError
from servers.sql import Sql

THEIRS = '{"title": "News", "content": ["One.", "", "Two."]}'


@pytest.fixture
def announcements(sql: Sql) -> Announcements:
    return Announcements(sql.open(), unix=lambda: 7.0)


def test_the_earlier_bridges_file_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    assert in_folder(tmp_path) == []
    (tmp_path / FILE_NAME).write_text(THEIRS)
    assert in_folder(tmp_path) == [Announcement("News", ("One.", "", "Two."))]
    assert (tmp_path / FILE_NAME).read_text() == THEIRS


def test_what_is_told_is_new_once_and_gone_once_it_was_seen(announcements: Announcements) -> None:
    found = read(THEIRS.encode(), "here")
    assert announcements.tell(found) == found
    assert announcements.tell(read(f"[{THEIRS}]".encode(), "there")) == []
    (told,) = announcements.not_seen()
    assert (told.title, told.lines, told.at) == ("News", ("One.", "", "Two."), 7.0)
    assert announcements.see(told.id)
    assert announcements.not_seen() == []
    assert announcements.tell(found) == []
    assert not announcements.see("another")


def test_how_many_are_read_from_one_place_is_bounded() -> None:
    many = ",".join(f'{{"title": "{number}", "content": "text"}}' for number in range(100))
    assert len(read(f"[{many}]".encode(), "there")) == MAX_ANNOUNCEMENTS


@pytest.mark.parametrize("text", ["", "{}", '{"title": 1}', "<html>", '{"title": "a", "content": [1]}'])
def test_what_is_no_announcement_is_named_with_its_place(text: str) -> None:
    with pytest.raises(UpdateError, match=r"news\.json"):
        read(text.encode(), "news.json")
