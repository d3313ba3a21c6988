"""One range is answered as asked, several and odd ones with the whole."""

import pytest

from arenabridge.http.files.byte_range import Unsatisfiable, asked_range


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ("bytes=0-4", (0, 5)),
        ("bytes=5-", (5, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=8-99", (8, 10)),
        ("Bytes = 0-0", (0, 1)),
        ("", None),
        ("bytes=-", None),
        ("bytes=4-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=a-b", None),
        ("lines=0-1", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_a_range_of_ten_bytes(header: str, asked: tuple[int, int] | None) -> None:
    assert asked_range(header, 10) == asked


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-12", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_behind_the_end_is_none(header: str, size: int) -> None:
    with pytest.raises(Unsatisfiable):
        asked_range(header, size)
