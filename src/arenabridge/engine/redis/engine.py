"""
The engine of a gateway that is one of several.

The queue is at the server (`lua/queue.lua`), where the orders of one turn of the loop are one atomic step: a job that
is submitted and claimed in the same turn is never seen by another replica. What has to survive the server is
remembered here (`known_jobs.py`) and said again to a server that comes back (`orders.Resume`).
"""

import asyncio
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, assert_never

import msgspec

from arenabridge.engine.interface import (
    Claimed,
    EngineEvent,
    Entry,
    Fleet,
    Heard,
    Rejected,
    ReplicaGone,
    ReplicaId,
    Told,
    Unreachable,
    Waiting,
)
from arenabridge.engine.redis import messages as said, orders as o
from arenabridge.engine.redis.heart import Beat, Heart
from arenabridge.engine.redis.known_jobs import KnownJobs
from arenabridge.engine.redis.listening import Listening
from arenabridge.engine.redis.outgoing import Outgoing
from arenabridge.engine.redis.pace import Pace
from arenabridge.engine.redis.rounds import Message, Rounds, Sender
from arenabridge.engine.redis.server import database_number
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import ANYTHING, Opening

_log = logging.getLogger(__name__)

FORM = 2
"""
Of the queue's rows at the server and of what replicas say to each other there; whoever changes either counts it up.

Versions of other forms share nothing there: each would break over the other's rows. 1 had no models in the lines.
"""

PREFIX = f"arenabridge:{FORM}:"
"""The prefix of all names of keys and channels."""

MAX_TOLD = 1000
"""How much that is told to all may wait to be sent."""

MAX_POSITIONS = 200
"""How many jobs' places in the queue are asked for with each beat."""

MAX_RELEASED_LATELY = 1000
HEARD_WITHIN = 1.0
"""Seconds: what the server said this long before it died has arrived; it is told again what was released later."""

MARGIN = 0.02
"""Seconds: how much later than promised we ask the server again for what it promised by a certain time."""

StartTask = Callable[[Coroutine[Any, Any, None], str], "asyncio.Task[None]"]
USUAL = Pace()


class RedisEngine:
    """Implements `engine.interface.Engine`. `start_task` belongs to whoever owns the tasks of the process."""

    def __init__(
        self, url: str, queue_length: int, start_task: StartTask, *, pace: Pace = USUAL, prefix: str = PREFIX
    ) -> None:
        self._me = ReplicaId(f"r-{secrets.token_hex(4)}")
        prefix = f"{prefix}{database_number(url)}:"  # channels, unlike keys, belong to all databases of a server
        self._start_task = start_task
        self._pace = pace
        own_channel = f"{prefix}to:{self._me}"
        self._to_all = f"{prefix}all"
        self._prefix = prefix
        self._on_event: Callable[[EngineEvent], None] = _nobody_listens
        self._jobs = KnownJobs()
        self._unsaid_releases: list[o.Release] = []
        self._released_lately: deque[tuple[float, o.Release]] = deque(maxlen=MAX_RELEASED_LATELY)
        self._broken_at = 0.0
        self._outgoing = Outgoing(pace.joining)
        self._told: deque[bytes] = deque()
        self._others: set[ReplicaId] = set()
        self._length = self._outages = 0
        self._epoch = self._run = ""
        self._server_changed = False
        self._was_unknown = False
        self._newest_death = 0.0
        self._is_open = self._is_reachable = self._is_closing = self._gave_up = False
        self._goodbye: asyncio.Event = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._rounds = Rounds(url, Sender(prefix, self._me, queue_length), pace, self)
        self._listening = Listening(url, (own_channel, self._to_all), pace, self._on_message, self._hears_again)
        self._heart = Heart(url, prefix, self._me, pace, self._beats)

    @property
    def me(self) -> ReplicaId:
        return self._me

    @property
    def is_reachable(self) -> bool:
        return self._is_reachable

    @property
    def outages(self) -> int:
        return self._outages

    @property
    def dropped(self) -> int:
        """Frames that were not delivered, as far as is known here."""
        return self._outgoing.dropped

    def start(self, on_event: Callable[[EngineEvent], None]) -> None:
        self._on_event = on_event
        self._loop = asyncio.get_running_loop()
        self._task = self._start_task(self._live(), "the engine's connections")

    async def close(self) -> None:
        self._is_closing = True
        await asyncio.to_thread(self._heart.stop)
        if self._is_reachable and self._task is not None and not self._task.done():
            await self._say_goodbye()
        self._on_event = _nobody_listens
        self._is_open = self._is_reachable = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- the queue

    def submit(self, entry: Entry) -> None:
        if self._gave_up:
            self._tell(Unreachable(entry.job))
            return
        mine = replace(entry, home=self._me)
        self._jobs.submitted(mine)
        self._order(o.Submit(mine))
        self._tell(Waiting(mine))

    def claim(self, limit: int, opening: Opening = ANYTHING) -> None:
        if self._is_open:
            self._order(o.Claim(limit, opening))
        else:
            self._tell(Claimed(limit, (), opening))

    def requeue(self, job: JobId) -> None:
        if self._jobs.requeued(job, self._me):
            self._order(o.Requeue(job))
            self._tell(Waiting())

    def withdraw(self, job: JobId) -> None:
        if self._jobs.withdrawn(job):
            self._order(o.Withdraw(job))

    def release(self, job: JobId) -> None:
        home = self._jobs.released(job)
        if home is not None:
            release = o.Release(job, home)
            self._released_lately.append((time.monotonic(), release))
            self._order(release)

    def length(self) -> int:
        return self._length

    def position(self, job: JobId) -> int | None:
        return self._jobs.position(job)

    # -- between replicas

    def send(self, to: ReplicaId, frame: bytes) -> None:
        if self._gave_up or self._is_closing:
            self._outgoing.dropped += 1
            return
        due_in = self._outgoing.add(to, frame, time.monotonic())
        if due_in is not None:
            self._loop.call_later(due_in, self._ripen, to)

    def _ripen(self, to: ReplicaId) -> None:
        self._outgoing.ripen(to)
        self._rounds.speak()

    def backlog(self, to: ReplicaId) -> int:
        return self._outgoing.waiting(to)

    def tell_all(self, topic: str, payload: bytes) -> None:
        if self._is_reachable and len(self._told) < MAX_TOLD:
            self._told.append(said.told_message(self._me, topic, payload))
            self._rounds.speak()

    def present(self, about: bytes) -> None:
        self._heart.sign = replace(self._heart.sign, about=about)

    # -- what goes out (`rounds.Speaker`)

    def connected(self, run: str) -> None:
        self._server_changed |= bool(self._run) and run != self._run
        self._run = run
        self._is_open = True

    def resumption(self, releases: Iterable[o.Release]) -> o.Resume:
        released = dict.fromkeys([*self._unsaid_releases, *releases])
        self._unsaid_releases.clear()
        if self._server_changed:
            heard = self._broken_at - HEARD_WITHIN
            released |= dict.fromkeys(release for at, release in self._released_lately if at > heard)
        return o.Resume(
            run=self._run,
            settling=self._pace.settling,
            epoch=self._epoch,
            candidate=secrets.token_hex(4),
            was_unknown=self._was_unknown,
            has_changed=self._server_changed,
            released=tuple((each.job, each.home) for each in released),
            held=self._jobs.held(),
            waiting=self._jobs.waiting(),
            lent=self._jobs.lent(),
        )

    def messages(self) -> Iterable[Message]:
        while self._told:
            yield Message(self._to_all, self._told.popleft())
        for to, frames in self._outgoing.take(time.monotonic(), unripe=self._is_closing):
            yield Message(f"{self._prefix}to:{to}", said.frames_message(self._me, frames), len(frames))

    def unheard(self, message: Message) -> None:
        self._outgoing.dropped += message.frames

    def broken(self, orders: list[o.Order], since: float) -> None:
        if self._is_reachable:
            self._outages += 1
            patience = self._pace.patience - (time.monotonic() - since)
            self._giving_up = self._loop.call_later(patience, self._give_up)
        self._is_open = self._is_reachable = False
        self._broken_at = since
        for order in orders:
            match order:
                case o.Release():
                    self._unsaid_releases.append(order)
                case o.Resume():
                    self._unsaid_releases += [o.Release(job, home) for job, home in order.released]
                case o.Claim(limit, opening):
                    self._tell(Claimed(limit, (), opening))
                case _:
                    pass  # what matters of it is in the next resumption

    def answered(self, orders: list[o.Order], answer: o.TurnAnswer) -> None:
        self._length = answer.length
        for order, result in zip(orders, answer.results, strict=True):
            self._answer(order, result)
        if answer.was_unknown and not any(isinstance(order, o.Resume) for order in orders):
            self._was_unknown = True
            self._rounds.resume()
        if answer.ask_again:
            self._tell(Waiting())

    def _answer(self, order: o.Order, result: msgspec.Raw) -> None:
        match order:
            case o.Submit(entry):
                self._submitted(entry.job, *msgspec.msgpack.decode(result, type=tuple[int, JobId]))
            case o.Claim(limit, opening):
                entries = o.claimed_in(result)
                self._jobs.claimed(entries)
                self._tell(Claimed(limit, entries, opening))
            case o.Positions(jobs):
                self._jobs.placed(jobs, msgspec.msgpack.decode(result, type=list[int]))
            case o.Resume():
                self._resumed(order, msgspec.msgpack.decode(result, type=o.Resumed))
            case o.Restore():
                restored, over = msgspec.msgpack.decode(result, type=tuple[list[JobId], list[JobId]])
                self._jobs.returned(restored)
                self._jobs.over(over)
            case o.Goodbye():
                self._goodbye.set()
            case o.Requeue() | o.Withdraw() | o.Release():
                pass
            case _:
                assert_never(order)

    def _submitted(self, job: JobId, position: int, gone: JobId) -> None:
        self._jobs.confirmed([job])
        if gone:
            self._yielded(gone)
        if position == o.FULL:
            self._jobs.withdrawn(job)
            self._tell(Rejected(job))
        elif position == o.HELD:
            self._rounds.resume()
        else:
            self._jobs.placed([job], [position])

    def _yielded(self, job: JobId) -> None:
        if self._jobs.withdrawn(job):
            self._tell(Rejected(job))

    def _resumed(self, order: o.Resume, found: o.Resumed) -> None:
        has_forgotten = self._server_changed or (self._epoch and found.epoch != self._epoch)
        self._epoch, self._server_changed, self._was_unknown = found.epoch, False, False
        self._jobs.confirmed(entry.job for entry in order.waiting)
        self._jobs.returned(found.back)
        for job, claimer in found.lent:
            self._jobs.taken(job, claimer)
        self._jobs.over(found.over)
        self._jobs.lost_to_others(found.conflicts)
        if found.cut_off:
            self._was_cut_off()
        settling = found.settling_ms / 1000 + MARGIN if found.settling_ms else 0.0
        if has_forgotten:
            self._loop.call_later(settling, self._restore, found.unknown)
        else:
            self._jobs.done(found.unknown)
        self._is_back()
        self._loop.call_later(settling, self._wake)

    def _hears_again(self) -> None:
        """What was said in between is missed, whether or not what we said was heard."""
        self._outages += 1
        self._rounds.resume()

    def _is_back(self) -> None:
        self._giving_up.cancel()
        self._is_reachable, self._gave_up = True, False
        self._heart.sign = replace(self._heart.sign, epoch=self._epoch)
        if not self._is_closing:
            self._heart.start()

    def _wake(self) -> None:
        if self._is_open:
            self._tell(Waiting())

    def _restore(self, jobs: list[JobId]) -> None:
        """Jobs that somebody was given, though nobody has said that they have them."""
        entries = self._jobs.still_lent(jobs)
        if entries:
            self._order(o.Restore(entries))

    def _order(self, order: o.Order) -> None:
        """Without a connection it waits for the next resumption, which says what matters of it."""
        if self._is_open:
            self._rounds.order(order)
        elif isinstance(order, o.Release):
            self._unsaid_releases.append(order)

    def _give_up(self) -> None:
        """The server was away for too long to let clients wait for it."""
        if self._is_closing:
            return
        _log.warning("Redis does not answer: new requests are refused until it does")
        self._gave_up = True
        self._outgoing.drop()
        for job in self._jobs.unconfirmed():
            self._jobs.withdrawn(job)
            self._tell(Unreachable(job))

    async def _say_goodbye(self) -> None:
        self._rounds.order(o.Goodbye())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.patience):
                await self._goodbye.wait()

    async def _live(self) -> None:
        self._giving_up = self._loop.call_later(self._pace.patience, self._give_up)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listening.run(), name="hearing the other replicas")
            group.create_task(self._rounds.run(self._listening.is_heard), name="speaking to the other replicas")

    # -- what comes in

    def _tell(self, event: EngineEvent) -> None:
        try:
            self._on_event(event)
        except Exception:  # noqa: BLE001 - over one job the connections, which are for all, must not end
            _log.exception("the hub could not take %s", type(event).__name__)

    def _on_message(self, data: bytes) -> None:
        if said.sender_of(data) == self._me:
            return
        try:
            message = said.decode(data)
        except said.NotOurs as error:
            _log.warning("on a channel of the replicas: %s", error)
            return
        self._heard(message)

    def _heard(self, message: said.Message) -> None:  # noqa: C901 - one line for each kind
        match message:
            case Heard() | Told():
                self._tell(message)
            case said.Taken(job, claimer):
                self._jobs.taken(job, claimer)
            case said.Returned(job):
                self._jobs.returned([job])
                if not self._jobs.is_known(job):
                    self._order(o.Withdraw(job))
            case said.Done(job):
                self._jobs.done([job])
            case said.Over(job):
                self._jobs.over([job])
            case said.Yielded(job):
                self._order(o.Withdraw(job))  # in case a resumption has queued it again
                self._yielded(job)
            case said.Wake():
                self._tell(Waiting())
            case said.Gone(at, replica):
                self._newest_death = max(at, self._newest_death)
                if replica != self._me:
                    self._is_gone(replica)
            case said.OwnBeat():
                pass
            case _:
                assert_never(message)

    def _beats(self, beat: Beat) -> None:
        """In the heart's thread."""
        with suppress(RuntimeError):  # the loop has ended without closing the engine: nobody is there to hear it
            self._loop.call_soon_threadsafe(self._beaten, beat)

    def _beaten(self, beat: Beat) -> None:
        if self._is_closing or beat.at <= self._newest_death:
            return  # its list of the living may have some that said goodbye since
        if beat.was_unknown and beat.epoch == self._epoch:
            self._was_unknown = True
            self._was_cut_off()
        if beat.was_unknown or beat.epoch != self._epoch:
            self._rounds.resume()
        living = {replica: about for replica, about in beat.replicas.items() if replica != self._me}
        for replica in self._others - living.keys():
            self._is_gone(replica)
        self._others = set(living)
        self._heart.sign = replace(self._heart.sign, others=tuple(living))
        self._tell(Fleet({replica: about for replica, about in living.items() if replica not in beat.silent}))
        self._order(o.Positions(self._jobs.first_waiting(MAX_POSITIONS)))
        if self._length:
            self._tell(Waiting())  # in case word of a job was lost

    def _is_gone(self, replica: ReplicaId) -> None:
        self._others.discard(replica)
        self._outgoing.forget(replica)
        entries = self._jobs.lent_to(replica)
        if entries:
            self._order(o.Restore(entries))
        self._tell(ReplicaGone(replica))

    def _was_cut_off(self) -> None:
        """The others have taken this replica for dead; it takes them for dead too, until it hears of them again."""
        _log.warning("the other replicas had taken this one for dead")
        self._jobs.cut_off(self._me)
        for replica in sorted(self._others):
            self._is_gone(replica)


def _nobody_listens(_event: EngineEvent) -> None:
    """Before the start and after the end."""
