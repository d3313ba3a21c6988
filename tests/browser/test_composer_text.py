"""A job in the page: what it is given goes into the page's own message box, and the page's own answer comes back."""

from arenabridge.wire.link.messages import End
from browser.composing import Arena, said
from browser.conftest import OpenComposer
from browser.link_double import LinkDouble


async def test_the_pages_own_answer_comes_back(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("SAY<<hello there>>"))
    assert said(told) == "hello there"
    assert isinstance(told.ending, End)
    assert told.numbers == list(range(len(told.numbers)))
    assert arena.call().verdict == "accepted"
    assert arena.call().altered is False
