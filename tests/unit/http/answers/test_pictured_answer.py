"""Pictures take their time, and everything else waits for its place."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest

from arenabridge.errors import GatewayError, SiteFailed
from arenabridge.http.answers.pictured_answer import MAX_HELD_CHARACTERS, MAX_PICTURES, Answered, PicturedAnswer
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.reply import Finished, Image, ReplyEvent, Text, Video

STOP = Finished("a", "stop")


@dataclass
class Client:
    """What it heard."""

    heard: list[ReplyEvent | GatewayError] = field(default_factory=list)
    takes: bool = True

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        pass

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        self.heard += events
        return self.takes

    def complete(self, finish: Finished) -> None:
        self.heard.append(finish)

    def fail(self, error: GatewayError) -> None:
        self.heard.append(error)


@dataclass
class Storage:
    """Gives each picture when the test says so."""

    asked: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)

    async def keep(self, shown: Answered, worker: WorkerId | None) -> Answered:
        assert worker == "w"
        self.asked[shown.source] = asyncio.get_running_loop().create_future()
        try:
            return replace(shown, source=await self.asked[shown.source])
        except asyncio.CancelledError:
            self.cancelled.append(shown.source)
            raise


def picture(name: str) -> Image:
    return Image("a", name, "image/png")


def answer(client: Client, keep: Callable[[Answered, WorkerId | None], Awaitable[Answered]]) -> PicturedAnswer:
    pictured = PicturedAnswer(client, keep, Tasks())
    pictured.granted(WorkerId("w"), "fetch", "gpt")
    return pictured


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_follows_a_picture_waits_for_it_and_pictures_are_fetched_at_once() -> None:
    client, storage = Client(), Storage()
    pictured = answer(client, storage.keep)
    one, two = picture("one"), Video("a", "two", "video/mp4")
    assert pictured.deliver([Text("a", "Before. "), one, Text("a", "Between.")])
    assert pictured.deliver([two])
    pictured.complete(STOP)
    await settled()
    assert client.heard == [Text("a", "Before. ")]
    storage.asked["two"].set_result("ours-two")
    await settled()
    assert client.heard == [Text("a", "Before. ")]
    storage.asked["one"].set_result("ours-one")
    await settled()
    kept = [replace(one, source="ours-one"), Text("a", "Between."), replace(two, source="ours-two"), STOP]
    assert client.heard[1:] == kept


async def test_a_failure_waits_for_no_picture_and_loses_none() -> None:
    client, storage = Client(), Storage()
    pictured = answer(client, storage.keep)
    pictured.deliver([picture("one"), Text("a", "Then")])
    await settled()
    error = SiteFailed()
    pictured.fail(error)
    await settled()
    assert client.heard == [picture("one"), Text("a", "Then"), error]
    assert storage.cancelled == ["one"]


async def test_who_listens_no_more_leaves_nothing_behind() -> None:
    client, storage = Client(), Storage()
    pictured = answer(client, storage.keep)
    pictured.deliver([picture("one"), Text("a", "Then")])
    pictured.complete(STOP)
    await settled()
    pictured.stop()
    await settled()
    assert (client.heard, storage.cancelled) == ([], ["one"])
    assert not pictured.deliver([Text("a", "More")])


async def test_a_client_that_takes_no_more_hears_no_end() -> None:
    client, storage = Client(takes=False), Storage()
    pictured = answer(client, storage.keep)
    assert not pictured.deliver([Text("a", "No"), picture("one")])
    pictured.complete(STOP)
    assert client.heard == [Text("a", "No")]


@pytest.mark.parametrize("error", [ValueError("a fault"), TimeoutError()])
async def test_a_picture_that_can_t_be_had_is_given_as_the_site_named_it(error: Exception) -> None:
    async def keep(_shown: Answered, _worker: WorkerId | None) -> Answered:
        raise error

    client = Client()
    pictured = answer(client, keep)
    pictured.deliver([picture("one"), Text("a", "Then")])
    pictured.complete(STOP)
    await settled()
    assert client.heard == [picture("one"), Text("a", "Then"), STOP]


async def test_neither_pictures_nor_the_text_behind_them_pile_up() -> None:
    client, storage = Client(), Storage()
    pictured = answer(client, storage.keep)
    pictured.deliver([picture(str(index)) for index in range(MAX_PICTURES + 5)])
    await settled()
    assert len(storage.asked) == MAX_PICTURES
    pictured.deliver([Text("a", "x" * (MAX_HELD_CHARACTERS + 1))])
    assert len(client.heard) == MAX_PICTURES + 6
