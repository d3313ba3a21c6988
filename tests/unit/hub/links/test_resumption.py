"""The key of a page works for that page alone, and no lost answer locks the page out."""

from arenabridge.hub.links.resumption import LONGER_SECONDS, Resumption
from arenabridge.wire.link.messages import WorkerId

FIRST, SECOND, THIRD = WorkerId("w1"), WorkerId("w2"), WorkerId("w3")


GRACE = 200.0


def test_a_key_tells_whose_it_is() -> None:
    resumption = Resumption(GRACE)
    key = resumption.issue(FIRST)
    assert resumption.redeem(key) == FIRST
    assert resumption.redeem("another") is None


def test_a_key_is_void_once_the_page_has_spoken_after_the_next_one() -> None:
    resumption = Resumption(GRACE)
    old = resumption.issue(FIRST)
    resumption.redeem(old)
    new = resumption.issue(SECOND, instead_of=old)
    resumption.confirm(SECOND)
    assert resumption.redeem(old) is None
    assert resumption.redeem(new) == SECOND


def test_a_page_that_was_not_told_its_next_key_comes_back_with_the_one_it_has() -> None:
    resumption = Resumption(GRACE)
    old = resumption.issue(FIRST)
    resumption.redeem(old)
    lost = resumption.issue(SECOND, instead_of=old)
    assert resumption.redeem(old) == SECOND
    assert resumption.redeem(lost) is None
    new = resumption.issue(THIRD, instead_of=old)
    assert resumption.redeem(new) == THIRD
    assert len(resumption) == 1


def test_keys_of_those_who_left_are_forgotten_after_a_while() -> None:
    resumption = Resumption(GRACE)
    resumption.redeem(old := resumption.issue(FIRST))
    resumption.issue(SECOND, instead_of=old)
    resumption.left(SECOND, now=10.0)
    resumption.tick(10.0 + GRACE + LONGER_SECONDS)
    assert len(resumption) == 2
    resumption.tick(10.1 + GRACE + LONGER_SECONDS)
    assert len(resumption) == 0
