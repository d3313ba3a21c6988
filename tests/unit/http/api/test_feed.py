"""The live feed ends with the session of whoever listens, on a clock that the test sets."""

from arenabridge.http.api.feed import ALIVE_SECONDS, SIGNED_OUT, events
from arenabridge.http.feed.live import LiveState
from arenabridge.http.feed.patch import Facts

ALIVE = b"event: alive\n\n"


class Desk:
    """A state that changes, somebody who is let in or not, and the time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.count = 0
        self.is_let_in = True
        self.asked = 0
        self.feed = LiveState(self._look)
        self.told = events(self.feed, None, alive=lambda: ALIVE, is_still=self._is_still, now=lambda: self.now)

    def change(self) -> None:
        self.count += 1
        self.feed.look_again()

    def _look(self) -> Facts:
        return {"count": self.count}

    async def _is_still(self) -> bool:
        self.asked += 1
        return self.is_let_in


async def test_nothing_more_is_told_to_whom_was_signed_out_however_much_happens() -> None:
    desk = Desk()
    assert b"snapshot" in await anext(desk.told)
    desk.is_let_in = False
    desk.change()
    desk.now = ALIVE_SECONDS / 2
    assert b"change" in await anext(desk.told), "it was asked a moment ago"
    desk.change()
    desk.now = ALIVE_SECONDS
    assert [each async for each in desk.told] == [SIGNED_OUT]
    assert not desk.feed.has_listeners


async def test_who_is_still_signed_in_is_asked_for_once_in_a_while_and_misses_nothing() -> None:
    desk = Desk()
    await anext(desk.told)
    heard = b""
    for desk.now in (ALIVE_SECONDS, ALIVE_SECONDS + 1, ALIVE_SECONDS + 2):
        desk.change()
        while not heard.endswith(b'{"count":%d}\n\n' % desk.count):
            heard += await anext(desk.told)
    assert (heard.count(ALIVE), heard.count(b"event: change"), desk.asked) == (1, 3, 1)
    desk.feed.end()
    assert [each async for each in desk.told] == []
