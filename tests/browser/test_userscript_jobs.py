"""A tab carries out what it is granted: once, whole, in order, and only where it is permitted."""

from arenabridge.wire.link.messages import Accept, End
from arenabridge.wire.step import Step
from browser.conftest import OpenTab
from browser.link_double import LinkDouble
from browser.scripted_site import Answer, ScriptedSite

STREAM = "/nextjs-api/stream/create-evaluation"


def post(path: str = STREAM, body: str = "{}") -> Step:
    return Step(method="POST", path=path, body=body, generates=True)


async def test_an_offer_is_accepted_and_its_grant_answered(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.answers[STREAM] = Answer()
    async with tab(double.url):
        worker = await double.worker()
        assert isinstance(await worker.offer("j1"), Accept)
        await worker.go("j1", post(body='{"id":"ä"}'))
        told = await worker.answer("j1")
    assert told.text == 'a0:"hello"\nad:{"finishReason":"stop"}\n'
    assert told.head is not None
    assert told.head.status == 200
    assert told.head.headers["ratelimit-remaining"] == "7"
    assert isinstance(told.ending, End)
    assert told.numbers == list(range(len(told.numbers)))
    (seen,) = site.asked(STREAM)
    assert (seen.method, seen.body, seen.headers["origin"]) == ("POST", '{"id":"ä"}', "https://lmarena.ai")
    assert seen.headers["content-type"] == "text/plain;charset=UTF-8"
