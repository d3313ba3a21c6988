"""A session of the site is longer than a line that a terminal passes on."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest

from arenabridge.cli.pasting import read_unseen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its consoles are no terminals like these")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """The person's end, and the program's."""
    person, program = os.openpty()
    yield person, program
    os.close(person)
    os.close(program)


def test_a_paste_longer_than_a_line_may_be_is_read_whole_and_not_shown(terminal: tuple[int, int]) -> None:
    import termios  # noqa: PLC0415 - Windows has none

    person, program = terminal
    before = termios.tcgetattr(program)
    pieces = "a" * 9000 + "\n" + "b" * 9000 + "\n"
    reading: list[str] = []
    reader = threading.Thread(target=lambda: reading.append(read_unseen(program)), daemon=True)
    reader.start()
    while termios.tcgetattr(program) == before:
        pass
    os.write(person, pieces.encode() + b"\x04")
    reader.join(10)
    assert reading == [pieces]
    os.set_blocking(person, False)
    with pytest.raises(BlockingIOError):
        os.read(person, 1)
    assert termios.tcgetattr(program) == before
