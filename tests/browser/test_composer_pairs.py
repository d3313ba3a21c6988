"""Two participants by the site's own page: the mode and the models are those that were asked for, in both layouts."""

import pytest

from arenabridge.wire.arena.captured import CapturedSession
from arenabridge.wire.arena.composer import compose_into, compose_pair
from arenabridge.wire.arena.stream import ArenaStreamDecoder
from arenabridge.wire.link.messages import End, Failed
from arenabridge.wire.reply import Participant, Text
from browser.composing import LAYOUTS, Arena
from browser.conftest import OpenComposer
from browser.link_double import LinkDouble, Told
from browser.person import Layout


def said(told: Told, participant: Participant) -> str:
    decoder = ArenaStreamDecoder()
    events = [*decoder.feed(told.text), *decoder.end()]
    return "".join(event.text for event in events if isinstance(event, Text) and event.participant == participant)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_battle_and_a_chat_side_by_side_are_begun_in_their_modes(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    first, second = arena.model(at=0), arena.model(at=3)
    async with composer(double.url):
        worker = await double.worker()
        battle = await worker.compose("j1", compose_pair(first, None, "SAY<<one two>>"))
        assert isinstance(battle.ending, End)
        assert said(battle, "a") == said(battle, "b") == "one two"
        call = arena.call()
        assert (call.json["mode"], "modelAId" in call.json) == ("battle", False)
        arena.site.audit.clear()
        both = await worker.compose("j2", compose_pair(first, second, "SAY<<three>>"))
        assert isinstance(both.ending, End)
        assert said(both, "a") == said(both, "b") == "three"
        call = arena.call()
        assert (call.json["mode"], call.json["modelAId"], call.json["modelBId"]) == (
            "side-by-side",
            first.id,
            second.id,
        )
        arena.site.audit.clear()
        assert isinstance((await worker.compose("j3", arena.composition("Hi", second))).ending, End)
        assert (arena.call().json["mode"], arena.call().json["modelAId"]) == ("direct", second.id)


async def test_a_page_that_begins_in_another_mode_is_stopped(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    change = "document.querySelector('#mode').value = 'direct';"
    event = "document.querySelector('#mode').dispatchEvent(new Event('change'));"
    press = (
        f"addEventListener('pointerdown', (e) => {{ if (e.target.type === 'submit') {{ {change} {event} }} }}, true);"
    )
    async with composer(double.url, before=press):
        worker = await double.worker()
        told = await worker.compose("j1", compose_pair(arena.model(), None, "HANG<<x>>"))
    assert isinstance(told.ending, Failed)
    assert told.ending.kind == "wrong_model"


async def test_a_captured_battle_is_gone_on_with_on_its_own_page(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    async with composer(double.url):
        worker = await double.worker()
        begun = await worker.compose("j1", compose_pair(arena.model(), None, "SAY<<one>>"))
        assert begun.head is not None
        session = begun.head.session or ""
        captured = CapturedSession(id="1", session=session, message="m", mode="battle", target="b")
        told = await worker.compose("j2", compose_into(captured, arena.model(), "SAY<<two>>"))
        assert said(told, "b") == "two"
    *_, call = arena.site.audit.calls()
    assert call.path.endswith(f"/post-to-evaluation/{session}")
