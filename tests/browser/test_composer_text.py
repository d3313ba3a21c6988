"""A job in the page: what it is given goes into the page's own message box, and the page's own answer comes back."""

import pytest

from arenabridge.wire.link.messages import End, Failed
from browser.composing import LAYOUTS, Arena, content, said
from browser.conftest import OpenComposer
from browser.link_double import LinkDouble
from browser.person import Layout

TEXTS = {
    "one line": "Hello",
    "emoji": "family \U0001f468\u200d\U0001f469\u200d\U0001f467 and flag \U0001f1e9\U0001f1ea",
    "CJK": "漢字かな交じり文、한국어",
    "blank lines": "one\n\n\ntwo\n\n\n\nthree",
    "tabs": "def f():\n\treturn\t1\n\t\t# end",
    "leading blanks": "  two\n    four\n      six",
    "outer line breaks": "\n\nbetween\n\n",
    "runs of blanks": "a  b   c    d ",
    "markup": "<b>&amp;</b> <script>1</script> `code` **bold** {{x}} $1 \\n",
    "odd line separators": "a\u2028b\u2029c\u0085d\u00a0e\u200bf",
    "right to left": "שלום עולם, مرحبا",
    "many lines": "\n".join(f"line {number}" for number in range(500)),
    "100,000 characters": "".join(f"{number:07d} 漢\n" for number in range(10_000)),
}


async def test_the_pages_own_answer_comes_back(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("SAY<<hello there>>"))
    assert said(told) == "hello there"
    assert isinstance(told.ending, End)
    assert told.numbers == list(range(len(told.numbers)))
    assert told.head is not None
    assert told.head.session == arena.call().json["id"]
    assert arena.call().verdict == "accepted"
    assert arena.call().altered is False


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_every_text_reaches_the_site_as_it_is(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    async with composer(double.url):
        worker = await double.worker()
        for name, text in TEXTS.items():
            arena.site.audit.clear()
            told = await worker.compose(name, arena.composition(text))
            assert isinstance(told.ending, End), name
            arrived = content(arena.call())
            assert (arrived == text) is True, (name, arrived[:200])


async def test_a_text_that_the_page_does_not_take_is_taken_back(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.settings.max_prompt_characters = 50
    async with composer(double.url) as page:
        worker = await double.worker()
        told = await worker.compose("j1", arena.composition("x" * 51))
        assert isinstance(told.ending, Failed)
        assert (told.ending.kind, told.ending.started) == ("text_refused", False)
        assert await page.locator("textarea").input_value() == ""
    assert arena.site.audit.calls() == []


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_conversation_goes_on_by_its_link_in_the_page_whatever_came_between(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    async with composer(double.url):
        worker = await double.worker()
        first = await worker.compose("j1", arena.composition("SAY<<one>>"))
        assert first.head is not None
        again = await worker.compose("j2", arena.composition("HISTORY<<>>", session=first.head.session))
        assert "SAY<<one>>" in said(again)
        await worker.compose("j3", arena.composition("SAY<<another>>", arena.model(at=1)))
        later = await worker.compose("j4", arena.composition("SAY<<later>>", session=first.head.session))
        unknown = await worker.compose("j5", arena.composition("Hi", session="0199-not-in-the-list"))
        assert said(later) == "later"
        assert isinstance(unknown.ending, Failed)
        assert (unknown.ending.kind, unknown.ending.started) == ("element_missing", False)
        assert unknown.ending.detail == "conversation"  # and so was not pressed in vain
    calls = arena.site.audit.calls()
    (begun, another) = (call.json["id"] for call in calls if call.call == "create-evaluation")
    assert [call.json["id"] for call in calls] == [begun, begun, another, begun]
    assert [content(call) for call in calls] == ["SAY<<one>>", "HISTORY<<>>", "SAY<<another>>", "SAY<<later>>"]
