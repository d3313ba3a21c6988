"""
The part of the gateway that knows the live workers and carries out what the dispatcher decides.

Everything here runs on one event loop and nothing here waits: workers and engine are told things and answer with
events. Events are handled one after the other, each with all the commands it gives, so that what a command causes is
never handled in the middle of another.
"""

import logging
import secrets
from collections import deque
from typing import TYPE_CHECKING, assert_never

import msgspec

from arenabridge.conversations.fitting import told_dropped
from arenabridge.dispatch import commands as c, events as e
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.dispatch.jobs import Stage
from arenabridge.engine.interface import (
    Claimed,
    Engine,
    EngineEvent,
    Entry,
    Fleet,
    Heard,
    Rejected,
    ReplicaGone,
    Told,
    Unreachable,
    Waiting,
)
from arenabridge.errors import EngineUnavailable, GatewayError, ShuttingDown, WorkerLost
from arenabridge.hub.clock import Clock
from arenabridge.hub.jobs.attempt import Attempt
from arenabridge.hub.jobs.bringing import Bringing
from arenabridge.hub.jobs.exchange import NOBODY, Exchange, ReplySink, Watcher
from arenabridge.hub.jobs.exchanges import Exchanges
from arenabridge.hub.jobs.execution import ExecutionChoice
from arenabridge.hub.jobs.faults import told
from arenabridge.hub.jobs.preparation import Preparation
from arenabridge.hub.jobs.salvage import Salvage
from arenabridge.hub.jobs.site_requests import SiteRequests
from arenabridge.hub.jobs.site_steps import UnableHere
from arenabridge.hub.models.offered import Models
from arenabridge.hub.replicas.fleet import Replicas
from arenabridge.hub.replicas.lent_worker import LentWorker
from arenabridge.hub.replicas.returning import Returning
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.browsers import Browsers
from arenabridge.hub.workers.errands import Errands
from arenabridge.hub.workers.roster import Roster
from arenabridge.hub.workers.worker import Worker, WorkerState
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.link import messages as m
from arenabridge.wire.openai.repeated import Repeated
from arenabridge.wire.profile import ClientProfile

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_log = logging.getLogger(__name__)

_DEFAULTS = ClientProfile()

ENGINE_AWAY_SECONDS = 2.0
"""When a client may try again if the server that keeps the replicas together can't be reached, in seconds."""

PRIORITIES = {"high": 0, "normal": 1, "low": 2}
"""As keys' limits name them."""


class Hub:
    """Workers on one side, requests on the other."""

    def __init__(  # noqa: PLR0913 - the parts it is put together from, all by name
        self,
        *,
        dispatcher: Dispatcher,
        engine: Engine,
        models: Models,
        site_requests: SiteRequests,
        choice: ExecutionChoice,
        clock: Clock,
        tasks: Tasks,
        reads_lost_answers: bool = False,
        browsers: Browsers | None = None,
        grace_seconds: float = Deadlines().grace,
    ) -> None:
        self._dispatcher = dispatcher
        self._engine = engine
        self._models = models
        self._site_requests = site_requests
        self._clock = clock
        self._roster = Roster(choice, clock, self._happened, browsers or Browsers())
        self._exchanges = Exchanges(dispatcher, self._roster, site_requests, clock, self._happened)
        self._tasks = tasks
        self.errands = Errands(self._roster.say, self._roster.send_file)
        self.preparation = Preparation(self.errands, unix=clock.unix)
        self._roster.on_account = self._account_may_differ
        self._exchanges.on_files_refused = self.preparation.forget_files
        self._bringing = Bringing(self.preparation, site_requests, self._exchanges, self._roster, tasks, self._happened)
        self.replicas = Replicas(engine, self, self._roster, clock, tasks, self._happened)
        self.replicas.on_account = self.preparation.forget
        self.returning = Returning(
            dispatcher, self._exchanges, self._roster, self.replicas, self._happened, self._may_return, grace_seconds
        )
        self.grace_seconds = grace_seconds
        """How long the dispatcher keeps the jobs of a page whose connection is broken."""
        self._salvage = Salvage(self.errands, self._roster) if reads_lost_answers else None
        self._lost: dict[m.JobId, tuple[Exchange, asyncio.Task[None]]] = {}
        self._events: deque[e.Event] = deque()
        self._handling = False
        self.unknown_messages = 0
        self.grants = 0
        """Since the start."""
        self.is_closed = False
        self.is_leaving = False  # it is being stopped; requests that still come are served
        self.on_captured: Callable[[m.WorkerId, m.Captured], None] = lambda *_: None
        """Told when the person has pressed Retry in a tab that was asked to report it."""
        engine.start(self._on_engine_event)

    # -- the clients' side

    def submit(
        self,
        job: m.JobId,
        request: ChatRequest,
        *,
        key: str,
        sink: ReplySink,
        asker: str = "",
        client: ClientProfile = _DEFAULTS,
        watcher: Watcher = NOBODY,
        repeated: Repeated | None = None,
    ) -> int:
        """
        Have the request answered into `sink`, which hears of it until `complete` or `fail`.

        Returns how many turns were dropped to make it fit, if the client wants that; raises `ContextTooLong`,
        `UnknownModel` and its kin at once. `key` takes turns with others; `asker` is the person whose key it is, for
        workers that serve some people only; `repeated` tells how the client will repeat the answer, where that differs
        from what `client` says.
        """
        if self.is_closed:
            raise ShuttingDown
        asked = self._models.asked(request.model, workers=len(self._roster))
        repeated = repeated or Repeated(client)
        exchange = Exchange(request, asked, sink, key, client, watcher, repeated=repeated, asker=asker)
        fitted = self._site_requests.fit(exchange, self._profiles)
        exchange.request = msgspec.structs.replace(request, messages=fitted.messages)
        watcher.submitted(asked.name, asked.model.id, asked.mode)
        self._site_requests.check(exchange)
        self._exchanges.add(job, exchange)
        self._happened(
            e.RequestArrived(
                job,
                needs_preparing=any(message.files for message in fitted.messages),
                model=exchange.model.id,
                wants=self._wanted(exchange),
                asker=asker,
            )
        )
        return fitted.dropped

    def abandon(self, job: m.JobId) -> None:
        """The client has gone: stop the job wherever it is."""
        _, reading = self._lost.pop(job, (None, None))
        if reading is not None:
            reading.cancel()
        self._exchanges.abandon(job)

    def end(self, job: m.JobId, error: GatewayError) -> bool:
        """Stop it in the same way, and tell whoever listens why; false if it is not under way."""
        exchange, _ = self._lost.get(job, (self._exchanges.get(job), None))
        if exchange is None:
            return False
        self.abandon(job)
        exchange.sink.fail(error)
        return True

    # -- the workers' side

    def welcome(self, worker: m.WorkerId, hello: m.Hello, credential: str = "") -> tuple[str, tuple[m.Resumed, ...]]:
        """A key for the worker's page, and what is to become of the jobs that it carries."""
        return self.returning.welcome(worker, hello, credential)

    def confirm(self, worker: m.WorkerId) -> None:
        """The worker has spoken for the first time after its welcome."""
        self.returning.keys.confirm(worker)

    def join(self, worker: Worker) -> None:
        self._roster.join(worker)
        self.returning.join(worker)

    def join_lent(self, worker: LentWorker) -> None:
        """Another replica lends this worker, for one job."""
        self._roster.join_lent(worker)

    def errands_of(self, worker: m.WorkerId) -> int:
        return self.errands.of(worker)

    def is_waiting(self, job: m.JobId) -> bool:
        return self._dispatcher.is_waiting(job)

    def has_free_slot(self, worker: m.WorkerId) -> bool:
        return self._dispatcher.has_free_slot(worker)

    def rests(self, worker: m.WorkerId) -> bool:
        return self._dispatcher.rests(worker)

    def leave(self, worker: Worker, *, may_return: bool = False) -> None:
        """Its connection has ended; a page that `may_return` has its granted jobs kept for a while."""
        self.returning.keys.left(worker.state.worker, self._clock.now())
        self.replicas.lender.worker_left(worker, may_return=may_return)
        self._roster.leave(worker, may_return=may_return)
        self.errands.worker_left(worker.state.worker)

    def _account_may_differ(self, profile: str) -> None:
        self.preparation.forget(profile)
        self.replicas.tell_account(profile)

    def _may_return(self, worker: Worker) -> None:
        self.leave(worker, may_return=True)

    def receive(self, worker: Worker, message: m.FromWorker) -> None:
        """Take what a worker says."""
        try:
            self._take(worker, message)
        except Exception:  # noqa: BLE001 - a fault of ours must not end the link, and all that runs over it
            _log.exception("what worker %s said could not be dealt with", worker.state.worker)

    def _take(self, worker: Worker, message: m.FromWorker) -> None:  # noqa: C901 - one case a message
        """Chunks first, since they are nearly all of it."""
        id_, lender = worker.state.worker, self.replicas.lender
        match message:
            case m.Chunks(chunks):
                for chunk in lender.chunks(worker, chunks) if len(lender) else chunks:
                    (self.errands if chunk.job in self.errands else self._exchanges).chunk(id_, chunk)
            case m.Accept() | m.Refuse() | m.Start() | m.Head() | m.End() | m.Failed() if message.job in lender:
                lender.report(worker, message)
            case m.Accept(job):
                worker.state.refused_because = ""
                self._happened(e.OfferAccepted(id_, job))
            case m.Refuse(job, why):
                worker.state.refused_because = shown(why)
                _log.info("worker %s refused job %s: %s", id_, job, shown(why))
                self._happened(e.OfferRefused(id_, job, shown(why)))
            case m.Start() | m.Head() | m.End() | m.Failed():
                (self.errands if message.job in self.errands else self._exchanges).report(id_, message)
            case m.State():
                self._roster.note(worker, message)
                lender.state(worker, message)
            case m.Page(url, html):
                self._models.read_page(url, html, adds_only=worker.state.terms.askers is not None)
            case m.Captured():
                self.on_captured(id_, message)
            case m.Hello() | m.Pong() | m.SessionGiven() | m.Bye():
                pass  # the link's own affairs
            case _:
                assert_never(message)

    def place_in_queue(self, job: m.JobId) -> tuple[int, float | None] | None:
        """How many jobs come before this one, and how many seconds that may take; None if the job does not wait."""
        position = self._engine.position(job)
        return None if position is None else (position, self._dispatcher.expected_wait(position))

    def resting(self, worker: m.WorkerId) -> dict[str, float]:
        """Models whose limit the worker's person has reached, by id, and for how many seconds."""
        return self._dispatcher.resting(worker, self._clock.now())

    def _wanted(self, exchange: Exchange) -> e.PoolId | None:
        """The browser profile whose site session has seen the chat so far."""
        profile = self._site_requests.whose(exchange, self._profiles)
        return e.PoolId(profile) if profile is not None else None

    @property
    def _profiles(self) -> list[str]:
        return [state.profile_on_site for state in self._roster.states]

    # -- the outside

    def tick(self) -> None:
        """Time has passed; called a few times a second."""
        self._roster.tick(self._clock.now())
        for worker in self._roster.states:
            if worker.leaving and not self.jobs_of(worker.worker):
                self._roster.send_away(worker.worker)
        self.returning.keys.tick(self._clock.now())
        self._exchanges.acknowledge()
        self.replicas.tick()
        for job in self.replicas.strays(self._dispatcher.at(Stage.WAITING)):
            self._enqueue(job)
        self._happened(e.TimePassed())

    @property
    def under_way(self) -> int:
        """Requests whose answers are not complete."""
        return len(self._exchanges) + len(self._lost)

    def take_no_more(self) -> None:
        """New requests are refused; those under way go on."""
        self.is_closed = True

    def close(self, error: GatewayError) -> None:
        """Fail what is still under way, send the workers home, and take nothing more."""
        self.take_no_more()
        for job in [*self._lost, *self._exchanges]:
            self.end(job, error)
        self._roster.close("the gateway is shutting down")

    @property
    def workers(self) -> list[WorkerState]:
        """Workers that are connected here."""
        return self._roster.own

    def new_job(self) -> m.JobId:
        """An id that tells whose job it is, where there are several gateways."""
        return m.JobId(f"{self.replicas.me}.{secrets.token_hex(8)}" if self.replicas.me else secrets.token_hex(8))

    @property
    def roster(self) -> Roster:
        """To do what the person wants done with the workers."""
        return self._roster

    def jobs_of(self, worker: m.WorkerId) -> int:
        return self._dispatcher.jobs_of(worker)

    @property
    def waiting(self) -> int:
        return len(self._dispatcher.at(Stage.WAITING))

    @property
    def free_slots(self) -> int:
        """How many more jobs could run now."""
        return self._dispatcher.free_slots

    @property
    def running(self) -> int:
        return len(self._dispatcher.at(Stage.GRANTED))

    # -- events and commands

    def _on_engine_event(self, event: EngineEvent) -> None:
        match event:
            case Waiting(entry):
                self._happened(e.WorkWaiting(entry.model, entry.asker) if entry else e.WorkWaiting())
            case Rejected(job):
                self._happened(e.RequestRejected(job))
            case Unreachable(job):
                self._exchanges.fail(job, EngineUnavailable(retry_after_seconds=ENGINE_AWAY_SECONDS))
                self._happened(e.RequestAbandoned(job))
            case Claimed(limit, entries, opening):
                for entry in entries:
                    if entry.home != self.replicas.me:
                        self.replicas.met(entry.home)
                        self._happened(e.GuestArrived(entry.job, entry.model, entry.asker))
                self._happened(e.JobsClaimed(limit, tuple(entry.job for entry in entries), opening))
            case Heard() | Told() | ReplicaGone() | Fleet():
                self.replicas.hear(event)
            case _:
                assert_never(event)

    def _happened(self, event: e.Event) -> None:
        self._events.append(event)
        if isinstance(event, e.AttemptEnded):
            self.replicas.borrower.note(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._events:
                for command in self._dispatcher.handle(self._events.popleft(), self._clock.now()):
                    self._obey(command)
                if not self._events:
                    self.replicas.settle()
        finally:
            self._handling = False

    def _obey(self, command: c.Command) -> None:  # noqa: C901, PLR0912 - one case a command
        match command:
            case c.EnqueueJob(job):
                self._enqueue(job)
            case c.RequeueJob(job):
                self._bringing.stop(job)
                self._engine.requeue(job)
            case c.WithdrawJob(job):
                self._engine.withdraw(job)
            case c.ClaimJobs(limit, opening):
                self._engine.claim(limit, opening)
            case c.ReleaseJob(job):
                self._engine.release(job)
            case c.LendWorker(worker, job):
                self.replicas.lend(worker, job)
            case c.TellLimit(person, model, seconds):
                self.replicas.tell_limit(person, model, seconds)
            case c.OfferJob(worker, job):
                self._offer(worker, job)
            case c.PrepareJob(worker, job):
                self._bringing.start(worker, job)
            case c.GrantJob(worker, job, epoch):
                self._grant(worker, job, epoch)
            case c.CancelJob(worker, job):
                self._bringing.stop(job)
                self._roster.say(worker, m.Cancel(job))
            case c.FailRequest(job, error, detail, retry_after):
                self._fail(job, error(detail, retry_after_seconds=retry_after))
            case _:
                assert_never(command)

    def _enqueue(self, job: m.JobId) -> None:
        exchange = self._exchanges.get(job)
        if exchange is not None:
            client = exchange.client
            entry = Entry(
                job, exchange.key, client.share, exchange.model.id, PRIORITIES[client.priority], exchange.asker
            )
            self._engine.submit(entry)

    def _offer(self, worker: m.WorkerId, job: m.JobId) -> None:
        exchange = self._exchanges.get(job)
        if exchange is not None:
            exchange.how = self._roster.how(worker, exchange.model.modality)
            exchange.watcher.offered()
            self._roster.say(worker, m.Offer(job, exchange.how))

    def _fail(self, job: m.JobId, error: GatewayError) -> None:
        """The answer of a lost tab may be read from the site; any other failure is told to the client."""
        exchange = self._exchanges.get(job)
        is_lost = isinstance(error, WorkerLost) and exchange is not None and not self.is_closed
        if self._salvage is None or exchange is None or not is_lost or not self._salvage.is_worth_trying(exchange):
            self._exchanges.fail(job, error)
            return
        self._exchanges.take(job)
        reading = self._tasks.start(self._read_again(job, exchange, error, self._salvage), f"lost answer of job {job}")
        self._lost[job] = exchange, reading

    async def _read_again(self, job: m.JobId, exchange: Exchange, error: GatewayError, salvage: Salvage) -> None:
        try:
            is_complete = await salvage.complete(exchange)
        except Exception:  # noqa: BLE001 - the client waits for one answer or the other
            _log.exception("a lost answer could not be read again")
            is_complete = False
        self._lost.pop(job, None)
        if not is_complete:
            exchange.sink.fail(error.never_again())

    def _grant(self, worker: m.WorkerId, job: m.JobId, epoch: int) -> None:
        exchange = self._exchanges.get(job)
        if exchange is None:
            return
        try:
            step = self._site_requests.build(exchange, self._roster.profile(worker))
        except UnableHere as unable:
            self._roster.say(worker, m.Cancel(job))
            self._exchanges.pass_on(worker, job, epoch, unable.error)
            return
        except Exception as error:  # noqa: BLE001 - a request that can't be built must not take the others down
            self._roster.say(worker, m.Cancel(job))
            self._exchanges.end_attempt(
                worker, job, epoch, told(error, "the site's request of job %s could not be built", job)
            )
            return
        exchange.attempt = Attempt(epoch, exchange.heard)
        exchange.worker = worker
        exchange.page, exchange.credential = self._roster.came_in(worker)
        exchange.sink.granted(worker, exchange.how, exchange.asked.name)
        if exchange.dropped:
            exchange.sink.deliver((told_dropped(exchange.dropped),))
        exchange.watcher.granted(worker, self._roster.name(worker), exchange.how, exchange.session)
        _log.debug(
            "job %s epoch %d granted to worker %s by %s: %s",
            job,
            epoch,
            worker,
            exchange.how,
            exchange.model.public_name,
        )
        self.grants += 1
        self._roster.say(worker, m.Go(job, epoch, step))
