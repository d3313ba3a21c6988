"""
The part of the gateway that knows the live workers and carries out what the dispatcher decides.

Everything here runs on one event loop and nothing here waits: workers and engine are told things and answer with
events. Events are handled one after the other, each with all the commands it gives, so that what a command causes is
never handled in the middle of another. Until then the dispatcher may still hold a job whose exchange is gone.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from arenabridge.dispatch import commands as c, events as e
from arenabridge.dispatch.dispatcher import Dispatcher, Stage
from arenabridge.engine.interface import Claimed, Engine, EngineEvent, Entry, Rejected, Waiting
from arenabridge.errors import GatewayError, ShuttingDown, SiteChanged, SiteFailed, WorkerLost
from arenabridge.hub.attempt import Attempt
from arenabridge.hub.exchange import Exchange, ReplySink
from arenabridge.hub.models import Models
from arenabridge.hub.site_requests import SiteRequests
from arenabridge.hub.worker import Worker, WorkerState
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.link import messages as m
from arenabridge.wire.link.session import Admission, AttemptPhase, Report

_log = logging.getLogger(__name__)

_REPORTS: dict[type[m.FromWorker], Report] = {m.Start: "start", m.Head: "head", m.End: "end", m.Failed: "failed"}


@dataclass(frozen=True, slots=True)
class Clock:
    """The hub's only source of time, both in seconds: `now` never goes back, `unix` is what calendars use."""

    now: Callable[[], float]
    unix: Callable[[], float]


class Hub:
    """Workers on one side, requests on the other."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        engine: Engine,
        models: Models,
        site_requests: SiteRequests,
        clock: Clock,
    ) -> None:
        self._dispatcher = dispatcher
        self._engine = engine
        self._models = models
        self._site_requests = site_requests
        self._clock = clock
        self._workers: dict[m.WorkerId, Worker] = {}
        self._exchanges: dict[m.JobId, Exchange] = {}
        self._events: deque[e.Event] = deque()
        self._handling = False
        self.unknown_messages = 0
        self.is_closed = False
        engine.start(self._on_engine_event)

    # -- the clients' side

    def submit(self, job: m.JobId, request: ChatRequest, *, key: str, sink: ReplySink) -> None:
        """
        Have the request answered into `sink`, which hears of it until `complete` or `fail`.

        Raises `UnknownModel` and its kin at once. `key` tells whose request it is, for fair turns.
        """
        if self.is_closed:
            raise ShuttingDown
        model = self._models.select(request.model, workers=len(self._workers))
        self._exchanges[job] = Exchange(request, model, sink, key)
        self._happened(e.RequestArrived(job))

    def abandon(self, job: m.JobId) -> None:
        """The client has gone: stop the job wherever it is."""
        if self._exchanges.pop(job, None) is not None:
            self._happened(e.RequestAbandoned(job))

    # -- the workers' side

    def join(self, worker: Worker) -> None:
        state = worker.state
        self._workers[state.worker] = worker
        _log.info("worker %s joined: %s, %d slots", state.worker, state.origin, state.slots)
        self._happened(e.WorkerJoined(state.worker, e.PoolId(f"{state.profile} {state.origin}"), state.slots))

    def leave(self, worker: Worker) -> None:
        if self._workers.pop(worker.state.worker, None) is not None:
            _log.info("worker %s left", worker.state.worker)
            self._happened(e.WorkerLeft(worker.state.worker))

    def receive(self, worker: Worker, message: m.FromWorker) -> None:
        """Take what a worker says; chunks first, since they are nearly all of it."""
        id_ = worker.state.worker
        match message:
            case m.Chunks(chunks):
                for chunk in chunks:
                    self._chunk(id_, chunk)
            case m.Accept(job):
                self._happened(e.OfferAccepted(id_, job))
            case m.Refuse(job, why):
                _log.info("worker %s refused job %s: %s", id_, job, why)
                self._happened(e.OfferRefused(id_, job))
            case m.Start() | m.Head() | m.End() | m.Failed():
                self._report(id_, message)
            case m.State(visible, frozen):
                worker.state.visible, worker.state.frozen = visible, frozen
                self._happened(e.WorkerChanged(id_, visible, frozen))
            case m.Page(url, html):
                self._models.read_page(url, html)
            case m.Hello() | m.Pong() | m.Bye():
                pass  # the link's own affairs
            case _:
                assert_never(message)

    # -- the outside

    def tick(self) -> None:
        """Time has passed; called a few times a second."""
        now = self._clock.now()
        for worker in list(self._workers.values()):
            worker.tick(now)
        self._happened(e.TimePassed())

    def close(self, error: GatewayError) -> None:
        """Fail what is still under way, send the workers home, and take nothing more."""
        self.is_closed = True
        for job in list(self._exchanges):
            if (exchange := self._exchanges.get(job)) is not None:  # the end of another may have been the end of this
                self.abandon(job)
                exchange.sink.fail(error)
        for worker in list(self._workers.values()):
            worker.close("the gateway is shutting down")

    @property
    def workers(self) -> list[WorkerState]:
        return [worker.state for worker in self._workers.values()]

    def jobs_of(self, worker: m.WorkerId) -> int:
        return self._dispatcher.jobs_of(worker)

    @property
    def waiting(self) -> int:
        return self._dispatcher.count(Stage.WAITING)

    @property
    def running(self) -> int:
        return self._dispatcher.count(Stage.GRANTED)

    # -- events and commands

    def _on_engine_event(self, event: EngineEvent) -> None:
        match event:
            case Waiting():
                self._happened(e.WorkWaiting())
            case Rejected(job):
                self._happened(e.RequestRejected(job))
            case Claimed(limit, jobs):
                self._happened(e.JobsClaimed(limit, jobs))
            case _:
                assert_never(event)

    def _happened(self, event: e.Event) -> None:
        self._events.append(event)
        if self._handling:
            return
        self._handling = True
        try:
            while self._events:
                for command in self._dispatcher.handle(self._events.popleft(), self._clock.now()):
                    self._obey(command)
        finally:
            self._handling = False

    def _obey(self, command: c.Command) -> None:
        match command:
            case c.EnqueueJob(job):
                self._enqueue(job)
            case c.RequeueJob(job):
                self._engine.requeue(job)
            case c.WithdrawJob(job):
                self._engine.withdraw(job)
            case c.ClaimJobs(limit):
                self._engine.claim(limit)
            case c.ReleaseJob(job):
                self._engine.release(job)
            case c.OfferJob(worker, job):
                self._say(worker, m.Offer(job, "fetch"))
            case c.GrantJob(worker, job, epoch):
                self._grant(worker, job, epoch)
            case c.CancelJob(worker, job):
                self._say(worker, m.Cancel(job))
            case c.FailRequest(job, error, detail):
                self._fail(job, error(detail))
            case _:
                assert_never(command)

    def _enqueue(self, job: m.JobId) -> None:
        exchange = self._exchanges.get(job)
        if exchange is not None:
            self._engine.submit(Entry(job, exchange.key))

    def _say(self, worker: m.WorkerId, message: m.FromGateway) -> None:
        if worker in self._workers:
            self._workers[worker].say(message)

    def _grant(self, worker: m.WorkerId, job: m.JobId, epoch: int) -> None:
        exchange = self._exchanges.get(job)
        if exchange is None:
            return
        try:
            step = self._site_requests.create(exchange.model, exchange.request)
        except Exception as error:  # noqa: BLE001 - a request that can't be built must not take the others down
            _log.exception("the site's request for job %s could not be built", job)
            self._say(worker, m.Cancel(job))
            self._end_attempt(worker, job, epoch, error if isinstance(error, GatewayError) else GatewayError())
            return
        exchange.attempt = Attempt(epoch)
        _log.info("job %s epoch %d granted to worker %s: %s", job, epoch, worker, exchange.model.public_name)
        self._say(worker, m.Go(job, epoch, step))

    # -- what workers report of a granted job

    def _chunk(self, worker: m.WorkerId, chunk: m.Chunk) -> None:
        """The short path of every piece of every answer."""
        job = chunk.job
        if not self._dispatcher.heard(worker, job, chunk.epoch, self._clock.now()):
            return
        exchange = self._exchanges.get(job)
        attempt = exchange.attempt if exchange else None
        if exchange is None or attempt is None or not self._admit(worker, job, attempt, "chunk", chunk.seq):
            return
        try:
            events = attempt.read(chunk.text)
        except GatewayError as error:
            self._say(worker, m.Cancel(job))
            self._end_attempt(worker, job, attempt.epoch, error)
            return
        if events and not exchange.sink.deliver(events):
            self.abandon(job)

    def _report(self, worker: m.WorkerId, message: m.Start | m.Head | m.End | m.Failed) -> None:
        job, epoch = message.job, message.epoch
        if not self._dispatcher.is_current(worker, job, epoch):
            return
        exchange = self._exchanges.get(job)
        attempt = exchange.attempt if exchange else None
        if attempt is None:
            return
        phase = attempt.reports.phase
        report = _REPORTS[type(message)]
        if not self._admit(worker, job, attempt, report, message.seq):
            return
        match message:
            case m.Head():
                attempt.head(message.status, message.headers)
            case m.End():
                self._end(worker, job, attempt)
            case m.Failed():
                self._failed(worker, message, never_started=phase is AttemptPhase.GRANTED and not message.started)

    def _admit(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt, report: Report, seq: int) -> bool:
        admission = attempt.reports.admit(report, seq)
        if admission is Admission.BROKEN:
            _log.warning("worker %s: report %s number %d of job %s is out of order", worker, report, seq, job)
            self._say(worker, m.Cancel(job))
            self._end_attempt(worker, job, attempt.epoch, WorkerLost("Part of the answer was lost on the way."))
        return admission is Admission.FRESH

    def _end(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt) -> None:
        sink = self._exchanges[job].sink
        try:
            events, finish = attempt.end(self._clock.unix())
        except GatewayError as error:
            self._end_attempt(worker, job, attempt.epoch, error)
            return
        if attempt.unrecognized:
            labels = ", ".join(sorted({record.label for record in attempt.unrecognized}))
            _log.warning("job %s: the site sent records of unknown form: %s", job, labels)
        if events:
            sink.deliver(events)
        del self._exchanges[job]
        sink.complete(finish)
        self._happened(e.AttemptEnded(worker, job, attempt.epoch))

    def _failed(self, worker: m.WorkerId, message: m.Failed, *, never_started: bool) -> None:
        _log.warning("worker %s: job %s failed: %s: %s", worker, message.job, message.kind, message.detail)
        if never_started and message.kind != "forbidden_path":
            self._happened(e.AttemptNotStarted(worker, message.job, message.epoch))
        else:
            self._end_attempt(worker, message.job, message.epoch, _worker_failure(message))

    def _end_attempt(self, worker: m.WorkerId, job: m.JobId, epoch: int, error: GatewayError) -> None:
        self._fail(job, error)
        self._happened(e.AttemptEnded(worker, job, epoch))

    def _fail(self, job: m.JobId, error: GatewayError) -> None:
        exchange = self._exchanges.pop(job, None)
        if exchange is None:
            return
        finish = exchange.attempt.finished if exchange.attempt else None
        if finish is not None and exchange.attempt and exchange.attempt.is_whole:
            exchange.sink.complete(finish)  # the site had said all; only the end of the body was lost
            return
        _log.info("job %s failed: %s: %s", job, error.code, error)
        exchange.sink.fail(error)


def _worker_failure(failed: m.Failed) -> GatewayError:
    match failed.kind:
        case "fetch_failed":
            return SiteFailed(f"The browser could not get an answer from the site: {failed.detail}")
        case "forbidden_path":
            return SiteChanged(
                "The userscript refuses this request: it may be older than the gateway. Install it anew."
            )
        case _:
            return WorkerLost(f"The browser tab gave the request up: {failed.kind}. {failed.detail}".strip())
