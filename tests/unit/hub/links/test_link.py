"""One worker's connection, over a socket in memory and on a clock that jumps: greeting, proof of life, and its ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from arenabridge.accounts.workers import PREFIX
from arenabridge.dispatch.events import Terms
from arenabridge.hub.links.link import (
    HELLO_SECONDS,
    MAX_MALFORMED,
    MAX_OUTBOX_BYTES,
    OWNERS_LEAST,
    PARTING_SECONDS,
    PING_SECONDS,
    SILENCE_SECONDS,
    LinkConnection,
    LinkPolicy,
    SocketClosed,
)
from arenabridge.hub.links.peer import Peer
from arenabridge.hub.links.peers import Peers
from arenabridge.wire.arena.composer import SIGNS
from arenabridge.wire.link import messages as m
from unit.hub.doubles import ASK, ORIGIN, PlainSink, make_hub, plain_worker
from unit.hub.impatient_loop import play

POLICY = LinkPolicy(pairing_secret="s3cret", origins=frozenset({ORIGIN}), slots=None)
HELLO: dict[str, Any] = {
    "protocol": m.PROTOCOL,
    "script": "test",
    "token": "s3cret",
    "origin": ORIGIN,
    "profile": "home",
    "page": "page",
    "slots": 4,
}


class MemorySocket:
    """A `Socket`: `arrives` is what the worker sends, `sent` what it gets; `blocked` holds every send back."""

    def __init__(self) -> None:
        self.arrives: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.sent: list[str | bytes] = []
        self.closed: list[tuple[int, str]] = []
        self.writable = asyncio.Event()
        self.writable.set()
        self.is_gone = False

    async def receive(self) -> str | bytes:
        frame = await self.arrives.get()
        if frame is None:
            raise SocketClosed
        return frame

    async def send(self, frame: str | bytes) -> None:
        await self.writable.wait()
        if self.is_gone:
            raise SocketClosed
        self.sent.append(frame)

    async def close(self, code: int, reason: str) -> None:
        await self.writable.wait()
        self.closed.append((code, reason))

    def says(self, *messages: m.FromWorker | str | bytes) -> None:
        for message in messages:
            self.arrives.put_nowait(message if isinstance(message, str | bytes) else m.encode(message))

    def hangs_up(self) -> None:
        self.arrives.put_nowait(None)

    @property
    def heard(self) -> list[m.FromGateway | m.UnknownMessage]:
        return [m.decode_from_gateway(frame) for frame in self.sent]


def hello(**changes: Any) -> m.Hello:
    return m.Hello(**{**HELLO, **changes})


class Link:
    """A connection that runs, its hub and its other end."""

    def __init__(self, policy: LinkPolicy = POLICY) -> None:
        self.hub = make_hub()
        self.socket = MemorySocket()
        self.connection = LinkConnection(self.socket, self.hub, policy, lambda: m.WorkerId("w1"))
        self.running = asyncio.ensure_future(self.connection.run())

    async def settle(self, seconds: float = 0.01) -> None:
        """Let everything that can happen now happen; with seconds, let that time pass too."""
        await asyncio.sleep(seconds)

    def is_over(self) -> bool:
        return self.running.done()


@asynccontextmanager
async def ready(policy: LinkPolicy = POLICY, **changes: Any) -> AsyncIterator[Link]:
    link = Link(policy)
    link.socket.says(hello(**changes))
    await link.settle()
    yield link
    link.running.cancel()
    await asyncio.wait([link.running])


# -- greeting


def test_a_hello_is_welcomed_before_anything_else_is_said() -> None:
    async def scenario() -> None:
        async with ready() as link:
            (welcome,) = link.socket.heard
            assert isinstance(welcome, m.Welcome)
            assert (welcome.worker, welcome.slots, welcome.ping_seconds) == ("w1", 4, PING_SECONDS)
            assert (welcome.silence_seconds, welcome.grace_seconds) == (SILENCE_SECONDS, link.hub.grace_seconds)
            assert welcome.signs == SIGNS
            (state,) = link.hub.workers
            assert (state.worker, state.profile, state.origin, state.slots) == ("w1", "home", ORIGIN, 4)

    play(scenario())


def test_the_gateways_setting_of_slots_wins_over_the_tabs_own() -> None:
    async def scenario() -> None:
        async with ready(LinkPolicy("s3cret", frozenset({ORIGIN}), slots=7)) as link:
            assert link.hub.workers[0].slots == 7

    play(scenario())


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ('{"type":"bye"}', None),
        ('{"type":"sing"}', "not_a_worker"),
        ('{"type":"hello"}', "not_a_worker"),
        (b"\xff", "not_a_worker"),
        ('{"type":"chunks","chunks":[]}', "not_a_worker"),
        (m.encode(hello(token="guessed")), "wrong_secret"),
        (m.encode(hello(token="")), "wrong_secret"),
        (m.encode(hello(token="s3cret\u00e9")), "wrong_secret"),
        (m.encode(hello(protocol=m.PROTOCOL - 1)), "old_script"),
        (m.encode(hello(origin="https://evil.example")), "wrong_origin"),
        (m.encode(hello(origin="https://evil.example", token="guessed")), "wrong_secret"),
    ],
)
def test_whoever_is_no_worker_of_ours_never_reaches_the_hub(first: str | bytes, code: str | None) -> None:
    """And one that does not know the secret learns nothing but that."""

    async def scenario() -> None:
        link = Link()
        link.socket.says(first, hello())
        await link.running
        assert [getattr(frame, "code", None) for frame in link.socket.heard] == ([code] if code else [])
        assert link.socket.closed
        assert link.hub.workers == []

    play(scenario())


def test_a_connection_that_says_nothing_is_closed_in_time() -> None:
    async def scenario() -> None:
        link = Link()
        await link.settle(HELLO_SECONDS - 1)
        assert not link.is_over()
        await link.settle(2)
        assert link.is_over()
        assert link.socket.closed == [(1008, "no hello")]

    play(scenario())


def test_one_that_hangs_up_before_its_hello_is_forgotten() -> None:
    async def scenario() -> None:
        link = Link()
        link.socket.hangs_up()
        await link.running
        assert link.hub.workers == []

    play(scenario())


# -- proof of life


def test_a_silent_worker_is_asked_and_then_given_up() -> None:
    async def scenario() -> None:
        async with ready() as link:
            pings = 0
            for _ in range(round(SILENCE_SECONDS)):
                await link.settle(1)
                link.hub.tick()
                pings = sum(isinstance(frame, m.Ping) for frame in link.socket.heard)
            assert pings == 2
            assert link.hub.workers
            await link.settle(1)
            link.hub.tick()
            await link.settle()
            assert link.is_over()
            assert link.hub.workers == []
            assert link.socket.closed == [(1001, "the worker is silent")]

    play(scenario())


def test_any_frame_proves_life_even_one_that_makes_no_sense() -> None:
    async def scenario() -> None:
        async with ready() as link:
            for frame in ('{"type":"pong"}', '{"type":"sing"}', "nonsense", '{"type":"chunks","chunks":[]}'):
                await link.settle(SILENCE_SECONDS - 1)
                link.hub.tick()
                link.socket.says(frame)
                await link.settle()
                link.hub.tick()
            assert link.hub.workers

    play(scenario())


def test_who_speaks_all_the_time_hears_from_the_gateway_all_the_same() -> None:
    async def scenario() -> None:
        async with ready() as link:
            for _ in range(3 * round(PING_SECONDS)):
                link.socket.says(m.Pong())
                await link.settle(1.1)
                link.hub.tick()
            assert sum(isinstance(frame, m.Ping) for frame in link.socket.heard) == 3

    play(scenario())


def test_how_long_a_worker_may_be_silent_can_be_set() -> None:
    async def scenario() -> None:
        policy = LinkPolicy("s3cret", frozenset({ORIGIN}), slots=None, ping_seconds=30, silence_seconds=120)
        async with ready(policy) as link:
            for _ in range(120):
                await link.settle(1)
                link.hub.tick()
            assert sum(isinstance(frame, m.Ping) for frame in link.socket.heard) == 3
            assert link.hub.workers
            await link.settle(1)
            link.hub.tick()
            await link.settle()
            assert link.is_over()

    play(scenario())


@pytest.mark.parametrize("is_revoked", [False, True])
def test_jobs_wait_for_the_return_of_a_page_unless_it_may_not_return(*, is_revoked: bool) -> None:
    async def scenario() -> None:
        async with ready(resumes=True) as link:
            job, sink = m.JobId("j1"), PlainSink()
            link.hub.submit(job, ASK, key="k", sink=sink)
            link.socket.says(m.Accept(job))
            await link.settle()
            if is_revoked:
                link.hub.roster.revoke("")
            link.socket.hangs_up()
            await link.settle()
            assert link.is_over()
            assert sink.outcome == ("worker_lost" if is_revoked else None)

    play(scenario())


@pytest.mark.parametrize("is_revoked", [True, False])
def test_a_page_that_may_not_return_is_told_to_stop_its_jobs(*, is_revoked: bool) -> None:
    async def scenario() -> None:
        async with ready(resumes=True) as link:
            job = m.JobId("j1")
            link.hub.submit(job, ASK, key="k", sink=PlainSink())
            link.socket.says(m.Accept(job))
            await link.settle()
            if is_revoked:
                link.hub.roster.revoke("")
            else:
                link.connection.close("the gateway is shutting down")
            await link.settle(PARTING_SECONDS)
            assert link.socket.closed
            assert (m.Cancel(job) in link.socket.heard) is is_revoked

    play(scenario())


def test_a_connection_that_died_in_silence_takes_up_no_place() -> None:
    async def scenario() -> None:
        policy = LinkPolicy("s3cret", frozenset({ORIGIN}), slots=None, max_workers=1)
        async with ready(policy) as link:
            early, late = MemorySocket(), MemorySocket()
            early.says(hello(page="another"))
            await LinkConnection(early, link.hub, policy, lambda: m.WorkerId("w2")).run()
            assert [frame.code for frame in early.heard if isinstance(frame, m.RefusedLink)] == ["too_many_workers"]
            await link.settle(2 * PING_SECONDS + 1)
            late.says(hello(page="another"))
            serving = asyncio.ensure_future(LinkConnection(late, link.hub, policy, lambda: m.WorkerId("w3")).run())
            await link.settle()
            assert [type(frame) for frame in late.heard] == [m.Welcome]
            serving.cancel()
            await asyncio.wait([serving])

    play(scenario())


class Households(Peers):
    """Whose credentials are people's names."""

    async def page(self, shown: str) -> Peer:
        return Peer(Terms(credential=shown, owner=shown.removeprefix(PREFIX)))


def test_one_person_can_t_take_all_places_for_workers() -> None:
    policy = LinkPolicy("s3cret", frozenset({ORIGIN}), slots=None, peers=Households(), max_workers=50)

    async def scenario() -> None:
        async with ready(policy, token=f"{PREFIX}bob", page="0") as link:
            for number in range(1, OWNERS_LEAST):
                tab = plain_worker(f"b{number}")
                tab.state.page, tab.state.terms = str(number // 2), link.hub.workers[0].terms
                tab.state.heard_at = link.hub.workers[0].heard_at
                link.hub.join(tab)
            socket = MemorySocket()
            socket.says(hello(token=f"{PREFIX}bob", page="one more"))
            await LinkConnection(socket, link.hub, policy, lambda: m.WorkerId("w2")).run()
            assert [frame.code for frame in socket.heard if isinstance(frame, m.RefusedLink)] == [
                "too_many_workers_of_one"
            ]
            for token, page in ((f"{PREFIX}ann", "anns"), (f"{PREFIX}bob", "0"), ("s3cret", "the gateway's")):
                socket = MemorySocket()
                socket.says(hello(token=token, page=page))
                serving = asyncio.ensure_future(
                    LinkConnection(socket, link.hub, policy, lambda: m.WorkerId("w3")).run()
                )
                await link.settle()
                assert [type(frame) for frame in socket.heard] == [m.Welcome]
                serving.cancel()
                await asyncio.wait([serving])

    play(scenario())


# -- reading


def test_types_of_a_newer_version_are_counted_and_otherwise_ignored() -> None:
    async def scenario() -> None:
        async with ready() as link:
            link.socket.says(*['{"type":"sing"}'] * (MAX_MALFORMED + 1))
            await link.settle()
            assert link.hub.unknown_messages == MAX_MALFORMED + 1
            assert link.hub.workers

    play(scenario())


def test_a_second_hello_is_nonsense_and_changes_nothing() -> None:
    async def scenario() -> None:
        async with ready() as link:
            link.socket.says(hello(profile="other", slots=200))
            await link.settle()
            assert [(state.profile, state.slots) for state in link.hub.workers] == [("home", 4)]

    play(scenario())


def test_nonsense_is_forgiven_up_to_a_bound() -> None:
    async def scenario() -> None:
        async with ready() as link:
            link.socket.says(*["nonsense"] * (MAX_MALFORMED - 1))
            await link.settle()
            assert not link.is_over()
            link.socket.says("nonsense")
            await link.settle()
            assert link.is_over()
            assert link.socket.closed == [(1001, "too many malformed frames")]

    play(scenario())


@pytest.mark.parametrize("how", ["bye", "hangs up", "is gone at the next word"])
def test_however_a_worker_goes_the_hub_knows_at_once(how: str) -> None:
    async def scenario() -> None:
        async with ready() as link:
            if how == "bye":
                link.socket.says(m.Bye())
            elif how == "hangs up":
                link.socket.hangs_up()
            else:
                link.socket.is_gone = True
                link.connection.say(m.Ping())
            await link.settle()
            assert link.is_over()
            assert link.hub.workers == []

    play(scenario())


def test_nothing_is_read_after_bye() -> None:
    async def scenario() -> None:
        async with ready() as link:
            link.socket.says(m.Bye(), '{"type":"sing"}')
            await link.settle()
            assert link.hub.unknown_messages == 0

    play(scenario())


# -- writing


def test_what_was_said_before_the_close_is_still_written() -> None:
    async def scenario() -> None:
        async with ready() as link:
            link.socket.writable.clear()
            link.connection.say(m.Ping())
            await link.settle()
            link.connection.say(m.Cancel(m.JobId("j1")))
            link.connection.close("enough")
            link.connection.say(m.Cancel(m.JobId("j2")))
            link.socket.writable.set()
            await link.settle()
            assert link.socket.heard[1:] == [m.Ping(), m.Cancel(m.JobId("j1"))]
            assert link.socket.closed == [(1001, "enough")]

    play(scenario())


@pytest.mark.parametrize("why", ["closed", "too much said"])
def test_a_socket_that_takes_nothing_does_not_hold_its_worker(why: str) -> None:
    """Neither its pending send nor its close, which both wait for a peer that may never read again."""

    async def scenario() -> None:
        async with ready() as link:
            link.socket.writable.clear()
            link.connection.say(m.Ping())
            await link.settle()
            if why == "closed":
                link.connection.close("enough")
            else:
                for _ in range(5):
                    link.connection.say(m.Cancel(m.JobId("x" * (MAX_OUTBOX_BYTES // 4))))
            await link.settle(PARTING_SECONDS * 1.5)
            assert link.hub.workers == []
            await link.settle(PARTING_SECONDS)
            assert link.is_over()

    play(scenario())


def test_a_gateway_that_stops_says_so_to_its_workers() -> None:
    async def scenario() -> None:
        async with ready() as link:
            link.running.cancel()
            await asyncio.wait([link.running])
            assert link.hub.workers == []
            assert link.socket.closed == [(1001, "")]

    play(scenario())
