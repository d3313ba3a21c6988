"""
One worker's connection: greeting, reading, writing, and proof of life.

The reader never waits for a client and the hub never waits for a worker: what is said to a worker goes into a bounded
outbox that one task of the connection empties. Life is proved by frames from page code alone, since browsers answer
the protocol's own pings even for a frozen page.
"""

import asyncio
import contextlib
import hmac
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from arenabridge.accounts.workers import PREFIX
from arenabridge.errors import InvalidWorkerCredential
from arenabridge.hub.hub import Hub
from arenabridge.hub.links.peer import ANYBODY, Peer
from arenabridge.hub.links.peers import Peers
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.arena.composer import SIGNS
from arenabridge.wire.link import messages as m
from arenabridge.wire.link.session import LinkSession, LinkState, OutOfTurn

_log = logging.getLogger(__name__)

HELLO_SECONDS = 10.0
"""A connection that has not introduced itself by then is closed."""

PING_SECONDS = 15.0
"""When a silent worker is asked for a sign of life; keeps proxies (60 s) and extension workers (30 s) awake too."""

SILENCE_SECONDS = 45.0
"""A worker silent for so long is lost: three pings unanswered."""

MAX_WORKERS = 1000
"""Pages that may be connected."""

OWNERS_PART = 10
OWNERS_LEAST = 32
"""One person's pages may take a tenth of these places, or this many if that is more: others must find room too."""

MAX_FILE_BYTES = 256 * 2**20
"""Files that may wait to be written to one worker: eight of the largest requests."""

MAX_OUTBOX_BYTES = 64 * 2**20
"""What may wait to be written to one worker: two of the largest requests. Counted in characters, bytes if all ASCII."""

MAX_TABS_BY_REQUEST = 3
"""A browser opens six connections to a host for all of its tabs, and each such page keeps one of them busy for good."""

MAX_GRANTED = 256
"""How many of the jobs that a page was last given are remembered: more than it runs at once."""

PARTING_SECONDS = 1.0
"""How long writing what was already said to a worker that is sent away may take, before it is cut off."""

MAX_MALFORMED = 20
"""Frames we can't read before the connection is given up."""

POLICY_VIOLATION = 1008
GOING_AWAY = 1001


class SocketClosed(Exception):
    """The other side is gone."""


class Socket(Protocol):
    """A WebSocket after its handshake."""

    async def receive(self) -> str | bytes:
        """The next frame; raises `SocketClosed`."""

    async def send(self, frame: str | bytes) -> None:
        """Returns when the frame is on its way; raises `SocketClosed`."""

    async def close(self, code: int, reason: str) -> None:
        """May be called twice."""


KeepSession = Callable[[WorkerState, str], Awaitable[m.SessionKept]]
"""Keeps the session that the person at this worker hands over; no error it raises reveals the session."""


async def keep_none(_worker: WorkerState, _session: str) -> m.SessionKept:
    """For gateways that work with tabs alone."""
    return m.SessionKept(kept=False, words="This gateway keeps no sessions.")


@dataclass(frozen=True, slots=True)
class LinkPolicy:
    """
    Who may connect. `origins` are the site's; `slots` overrides what a tab thinks its browser can carry.

    A silent worker is asked for a sign of life after `ping_seconds`, and given up after `silence_seconds`. It hears
    from us as often, and gives us up as soon.
    """

    pairing_secret: str
    origins: frozenset[str]
    slots: int | None
    peers: Peers = field(default_factory=Peers)
    max_workers: int = MAX_WORKERS
    ping_seconds: float = PING_SECONDS
    silence_seconds: float = SILENCE_SECONDS
    title_marks: bool = False
    keep_session: KeepSession = keep_none

    async def admit_page(self, shown: str) -> Peer:
        """A tab, by the gateway's own secret or a credential of a person's; raises `InvalidWorkerCredential`."""
        if hmac.compare_digest(shown.encode(), self.pairing_secret.encode()):
            return ANYBODY
        if not shown.startswith(PREFIX):
            raise InvalidWorkerCredential("The userscript belongs to another gateway: install it from this one.")
        return await self.peers.page(shown)


@dataclass(frozen=True, slots=True)
class Relay:
    """The relay through which a tab comes. `credential` is from its handshake, `name` what it calls itself."""

    credential: str | None = field(repr=False)
    name: str = ""


class _Refusal(Exception):
    def __init__(self, code: str, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.frame = m.RefusedLink(code, message, permanent)


class LinkConnection:
    """A worker as the hub sees it. `run` lasts as long as the connection."""

    state: WorkerState

    def __init__(
        self,
        socket: Socket,
        hub: Hub,
        policy: LinkPolicy,
        new_id: Callable[[], m.WorkerId],
        relay: Relay | None = None,
    ) -> None:
        self._socket = socket
        self._hub = hub
        self._policy = policy
        self._relay = relay
        self._new_id = new_id
        self._session = LinkSession()
        self._outbox: list[str] = []
        self._outbox_bytes = 0
        self._files: deque[tuple[m.JobId, memoryview]] = deque()
        self._file_bytes = 0
        self._granted: deque[m.JobId] = deque(maxlen=MAX_GRANTED)
        self._wake = asyncio.Event()
        self._sent_away = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._asked = self._said = self._now()
        self._malformed = 0
        self._closing: str | None = None
        self._tasks = Tasks()
        self._keeping: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Greet, then serve until either side ends it."""
        try:
            hello, peer = await self._greet()
        except _Refusal as refusal:
            _log.warning("a worker was refused: %s", refusal)
            await self._refuse(refusal.frame)
            return
        except (SocketClosed, TimeoutError):
            await self._socket.close(POLICY_VIOLATION, "no hello")
            return
        self.state = self._describe(hello, peer)
        self.say(self._welcome(hello))
        await self._serve()

    def _welcome(self, hello: m.Hello) -> m.Welcome:
        key, jobs = self._hub.welcome(self.state.worker, hello, self.state.terms.credential)
        self._granted.extend(each.job for each in jobs if each.from_seq is not None)
        return m.Welcome(
            resume_key=key,
            jobs=jobs,
            protocol=m.PROTOCOL,
            worker=self.state.worker,
            slots=self.state.slots,
            ping_seconds=self._policy.ping_seconds,
            silence_seconds=self._policy.silence_seconds,
            grace_seconds=self._hub.grace_seconds,
            signs=SIGNS,
            title_marks=self._policy.title_marks,
        )

    # -- what the hub does with a worker

    def say(self, message: m.FromGateway) -> None:
        if self._closing is not None:
            return
        self._said = self._now()
        frame = m.encode(message)
        self._outbox.append(frame)
        self._outbox_bytes += len(frame)
        if self._outbox_bytes > MAX_OUTBOX_BYTES:
            self.close("the worker takes nothing any more")
        if isinstance(message, m.Go):
            self._granted.append(message.job)
        elif isinstance(message, m.Cancel):
            self._drop_file(message.job)
        self._wake.set()

    def send_file(self, errand: m.JobId, content: bytes) -> None:
        if self._closing is not None:
            return
        self._files.append((errand, memoryview(content)))
        self._file_bytes += len(content)
        if self._file_bytes > MAX_FILE_BYTES:
            self.close("the worker takes files too slowly")
        self._wake.set()

    def _drop_file(self, errand: m.JobId) -> None:
        self._files = deque(file for file in self._files if file[0] != errand)
        self._file_bytes = sum(len(rest) for _, rest in self._files)

    def tick(self, now: float) -> None:
        now = self._now()
        heard = self.state.heard_at
        if now - heard > self._policy.silence_seconds:
            self.close("the worker is silent")
        elif now - max(min(heard, self._said), self._asked) > self._policy.ping_seconds:  # either side must speak
            self._asked = now
            self.say(m.Ping())

    def close(self, reason: str) -> None:
        if self.state.is_barred:
            self._stop_jobs()
        self._closing = self._closing or reason
        self._sent_away.set()
        self._wake.set()

    def _stop_jobs(self) -> None:
        """A page that is not let in again would go on with its jobs, for a return that never comes."""
        jobs, self._granted = self._granted, deque()
        for job in jobs:
            self.say(m.Cancel(job))

    # -- greeting

    async def _greet(self) -> tuple[m.Hello, Peer]:
        """The worker's identity is checked before anything else about it."""
        async with asyncio.timeout(HELLO_SECONDS):
            frame = await self._socket.receive()
        try:
            message = m.decode_from_worker(frame)
            if isinstance(message, m.UnknownMessage):
                raise _Refusal("not_a_worker", "The first message must be hello.")
            self._session.advance(message)
        except (m.MalformedFrame, OutOfTurn) as error:
            raise _Refusal(
                "not_a_worker", "The first message must be a hello of a version this gateway knows."
            ) from error
        if not isinstance(message, m.Hello):  # a worker may also say at once that it leaves
            raise SocketClosed
        peer = await self._admit(message)
        self._check(message, peer)
        return message, peer

    async def _admit(self, hello: m.Hello) -> Peer:
        """A relay's credential is looked at again: it may have been revoked since the handshake."""
        try:
            if self._relay is not None:
                return await self._policy.peers.relay(self._relay.credential)
            return await self._policy.admit_page(hello.token)
        except InvalidWorkerCredential as error:
            raise _Refusal("wrong_secret", str(error)) from error

    def _check(self, hello: m.Hello, peer: Peer) -> None:
        if hello.protocol != m.PROTOCOL:
            raise _Refusal("old_script", "The userscript is of another version: install it anew from the gateway.")
        if self._hub.roster.was_sent_away(hello.page):
            raise _Refusal("sent_away", "This tab was disconnected in the dashboard. Load the page anew to connect it.")
        if hello.origin not in self._policy.origins:
            raise _Refusal("wrong_origin", f"{hello.origin} is not one of the site's addresses.")
        if self._taken(hello) >= self._policy.max_workers:
            raise _Refusal(
                "too_many_workers", f"{self._policy.max_workers} tabs are connected already.", permanent=False
            )
        most = max(OWNERS_LEAST, self._policy.max_workers // OWNERS_PART)
        if peer.terms.owner and self._taken(hello, peer.terms.owner) >= most:
            raise _Refusal(
                "too_many_workers_of_one", f"{most} tabs of the same person are connected already.", permanent=False
            )
        if hello.transport == "gm" and len(self._tabs_by_request(hello, peer)) >= MAX_TABS_BY_REQUEST:
            raise _Refusal(
                "too_many_tabs",
                f"Only {MAX_TABS_BY_REQUEST} tabs of a browser can be connected by way of its userscript manager: "
                "close one of them.",
                permanent=False,
            )

    def _taken(self, hello: m.Hello, owner: str | None = None) -> int:
        """Places taken by workers that lately gave a sign of life; a page that comes back may take its own again."""
        since = self._now() - 2 * self._policy.ping_seconds
        live = [each for each in self._hub.workers if each.heard_at >= since and owner in {None, each.terms.owner}]
        return len(live) - any(each.page == hello.page for each in live)

    def _tabs_by_request(self, hello: m.Hello, peer: Peer) -> set[str]:
        """How many other pages of this profile are connected in that way."""
        workers = self._hub.workers
        near = (each for each in workers if (each.profile, each.transport) == (_profile(hello, peer), "gm"))
        return {each.page for each in near} - {hello.page}

    def _describe(self, hello: m.Hello, peer: Peer) -> WorkerState:
        return WorkerState(
            worker=self._new_id(),
            terms=peer.terms,
            peer=peer,
            relay=self._relay.name if self._relay else "",
            heard_at=self._now(),
            origin=hello.origin,
            profile=_profile(hello, peer),
            script=hello.script,
            slots=self._policy.slots or hello.slots,
            how=hello.how,
            visible=hello.visible,
            resumes=hello.resumes,
            page=hello.page,
            transport=hello.transport,
            transport_because=hello.why,
            discarded=hello.discarded,
        )

    async def _refuse(self, frame: m.RefusedLink) -> None:
        try:
            await self._socket.send(m.encode(frame))
        except SocketClosed:
            return
        await self._socket.close(POLICY_VIOLATION, frame.code)

    # -- serving

    async def _serve(self) -> None:
        tasks = self._tasks
        self._hub.join(self)
        reader = tasks.start(self._read(), f"link {self.state.worker} reader")
        writer = tasks.start(self._write(), f"link {self.state.worker} writer")
        sent_away = tasks.start(self._until_sent_away(), f"link {self.state.worker} end")
        try:
            await asyncio.wait([reader, writer, sent_away], return_when=asyncio.FIRST_COMPLETED)
            if sent_away.done():  # a socket that takes nothing must not hold up the writer, and so the worker, for ever
                await asyncio.wait([reader, writer], return_when=asyncio.FIRST_COMPLETED, timeout=PARTING_SECONDS)
        finally:
            says_goodbye = self._session.state is LinkState.CLOSED
            self._hub.leave(self, may_return=self.state.resumes and not says_goodbye and not self.state.is_barred)
            await tasks.close()
            await self._part()

    async def _until_sent_away(self) -> None:
        await self._sent_away.wait()

    async def _part(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PARTING_SECONDS):
                await self._socket.close(GOING_AWAY, self._closing or "")

    async def _read(self) -> None:
        is_confirmed = False
        while self._session.state is LinkState.READY:
            try:
                frame = await self._socket.receive()
            except SocketClosed:
                return
            self.state.heard_at = self._now()
            if not is_confirmed:
                self._hub.confirm(self.state.worker)
                is_confirmed = True
            try:
                message = m.decode_from_worker(frame)
                if isinstance(message, m.UnknownMessage):
                    self._hub.unknown_messages += 1
                    continue
                self._session.advance(message)
            except (m.MalformedFrame, OutOfTurn) as error:
                self._note_malformed(error)
                continue
            if isinstance(message, m.SessionGiven):
                self._keep_session(message)
            else:
                self._hub.receive(self, message)

    def _keep_session(self, given: m.SessionGiven) -> None:
        """One at a time, since a person presses once."""
        if self._keeping is None or self._keeping.done():
            self._keeping = self._tasks.start(self._keep(given.value), f"link {self.state.worker} keeps a session")

    async def _keep(self, session: str) -> None:
        self.say(await self._policy.keep_session(self.state, session))

    def _note_malformed(self, error: Exception) -> None:
        _log.warning("worker %s sent a frame that makes no sense: %s", self.state.worker, error)
        self._malformed += 1
        if self._malformed >= MAX_MALFORMED:
            self.close("too many malformed frames")

    async def _write(self) -> None:
        with contextlib.suppress(SocketClosed):
            while self._closing is None or self._outbox:
                await self._wake.wait()
                self._wake.clear()
                frames, self._outbox, self._outbox_bytes = self._outbox, [], 0
                for frame in frames:
                    await self._socket.send(frame)
                await self._write_piece()

    async def _write_piece(self) -> None:
        """One piece of one file, then whatever else there is to say; files take turns."""
        if not self._files:
            return
        errand, rest = self._files.popleft()
        piece, rest = rest[: m.MAX_FILE_PIECE_BYTES], rest[m.MAX_FILE_PIECE_BYTES :]
        if rest:
            self._files.append((errand, rest))
        self._file_bytes -= len(piece)
        self._wake.set()  # before the write: what is said meanwhile goes first
        await self._socket.send(m.file_frame(errand, bytes(piece)))


def _profile(hello: m.Hello, peer: Peer) -> str:
    """A profile belongs to its owner: naming another person's does not give access to their chats or slots."""
    return f"{hello.profile}@{peer.terms.owner}" if peer.terms.owner else hello.profile
