"""Room is made by those who have most, with what they use least."""

import pytest

from arenabridge.media.index import MAX_BATCH, Totals, Unused
from arenabridge.media.room import Lack, Shares, first, of_those_who_have_most


def shares(**files: dict[str, int]) -> Shares:
    """By payer: the files, the one unused for longest first, and when each was last used. Each has a byte."""
    return Shares(
        {payer: Totals(len(times), len(times)) for payer, times in files.items()},
        {payer: min(times.values()) for payer, times in files.items() if times},
        lambda payer: [Unused(id_, 1, time) for id_, time in files[payer].items()],
    )


@pytest.mark.parametrize("lack", [Lack(4, -9), Lack(-9, 4)], ids=["bytes", "files"])
def test_they_give_until_others_have_as_much_and_in_turns_then(lack: Lack) -> None:
    given = shares(ann={"a1": 7, "a2": 8, "a3": 9, "a4": 10}, ben={"b1": 1, "b2": 2, "b3": 3}, cid={"c1": 0})
    assert of_those_who_have_most(lack, given, "dan", 1) == ["a1", "b1", "a2", "b2"]


def test_nobody_gives_who_has_less_than_the_asker_who_gives_too() -> None:
    given = shares(ann={"a1": 1}, ben={"b1": 2, "b2": 3}, cid={"c1": 0})
    assert of_those_who_have_most(Lack(3, 0), given, "ben", 2) == ["b1", "b2"]
    assert of_those_who_have_most(Lack(3, 0), given, "dan", 4) == []


def test_who_has_used_everything_since_gives_nothing() -> None:
    given = shares(ann={"a1": 7, "a2": 8}, ben={"b1": 9})
    used = Shares(given.totals, given.oldest, lambda payer: [] if payer == "ann" else given.unused(payer))
    assert of_those_who_have_most(Lack(1, 0), used, "cid", 1) == ["b1"]


def test_only_so_many_go_together_as_were_looked_at() -> None:
    many = shares(ann={f"a{number}": number for number in range(MAX_BATCH + 1)})
    assert len(of_those_who_have_most(Lack(2 * MAX_BATCH, 0), many, "ben", 1)) == MAX_BATCH


def test_in_one_s_own_room_what_was_unused_for_longest_goes() -> None:
    unused = [Unused(f"{time}", 10, time) for time in range(5)]
    assert first(Lack(15, 1), unused) == ["0", "1"]
    assert first(Lack(-1, 3), unused) == ["0", "1", "2"]
    assert len(first(Lack(1000, 0), unused)) == 5
