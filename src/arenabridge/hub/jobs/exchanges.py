"""
What workers report of granted jobs: admitted, decoded, and passed on to whoever listens.

The requests on their way are kept here too. One leaves when its answer is whole or has failed, or when its client has
gone; what is reported of it later finds nothing.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from arenabridge.dispatch import events as e
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.errors import (
    EmptyResponse,
    GatewayError,
    HumanNeeded,
    ScriptOutdated,
    SiteChanged,
    SiteFailed,
    UpstreamRateLimited,
    VerificationRequired,
    WorkerLost,
)
from arenabridge.hub.clock import Clock
from arenabridge.hub.jobs.attempt import Attempt
from arenabridge.hub.jobs.exchange import Exchange
from arenabridge.hub.jobs.failures import is_final, worker_failure
from arenabridge.hub.jobs.faults import told
from arenabridge.hub.jobs.site_requests import SiteRequests
from arenabridge.hub.workers.roster import Roster
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.link import messages as m
from arenabridge.wire.link.session import Admission, AttemptPhase, Report

_log = logging.getLogger(__name__)

_TELLING = (WorkerLost, SiteFailed, SiteChanged, EmptyResponse)
"""Failures that say something of the worker and the model, not of the request."""

_TELLING_KINDS = frozenset({"element_missing", "files_missing", "page_busy"})
"""Failures before the start that a client is told of when no worker does better."""

_NOT_PASSED_ON = "the answer to job %s could not be passed on"

_REPORTS: dict[type[m.FromWorker], Report] = {m.Start: "start", m.Head: "head", m.End: "end", m.Failed: "failed"}


@dataclass(frozen=True, slots=True)
class Resumed:
    """What the worker is told of each job it carries; the jobs kept; the jobs whose grant it never heard."""

    answers: tuple[m.Resumed, ...]
    kept: tuple[m.JobId, ...]
    unheard: tuple[m.JobId, ...]


class Exchanges:
    """Requests on their way, by job."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        roster: Roster,
        site_requests: SiteRequests,
        clock: Clock,
        happened: Callable[[e.Event], None],
    ) -> None:
        self._dispatcher = dispatcher
        self._roster = roster
        self._site_requests = site_requests
        self._clock = clock
        self._happened = happened
        self._exchanges: dict[m.JobId, Exchange] = {}
        self.on_files_refused: Callable[[Exchange], None] = lambda exchange: None  # noqa: ARG005 - nobody to tell
        """Told when the site has refused the files of a message."""

    def __len__(self) -> int:
        return len(self._exchanges)

    def __iter__(self) -> Iterator[m.JobId]:
        return iter(list(self._exchanges))

    def add(self, job: m.JobId, exchange: Exchange) -> None:
        self._exchanges[job] = exchange

    def take(self, job: m.JobId) -> Exchange | None:
        """The job is in other hands from now on."""
        return self._exchanges.pop(job, None)

    def get(self, job: m.JobId) -> Exchange | None:
        return self._exchanges.get(job)

    def abandon(self, job: m.JobId) -> None:
        """Nobody listens any more."""
        if self._exchanges.pop(job, None) is not None:
            self._happened(e.RequestAbandoned(job))

    def fail(self, job: m.JobId, error: GatewayError) -> None:
        """Tell whoever listens; but an answer that the site had finished stands, even if the body's end was lost."""
        exchange = self._exchanges.pop(job, None)
        if exchange is None:
            return
        attempt = exchange.attempt
        if attempt is not None and attempt.finished is not None and attempt.is_whole:
            exchange.sink.complete(attempt.finished)
            return
        _log.info("job %s failed: %s: %s", job, error.code, error)
        exchange.sink.fail(error)

    def end_attempt(self, worker: m.WorkerId, job: m.JobId, epoch: int, error: GatewayError) -> None:
        self._roster.failed(worker, error)
        self.fail(job, error)
        self._happened(e.AttemptEnded(worker, job, epoch, "failed" if isinstance(error, _TELLING) else None))

    def pass_on(self, worker: m.WorkerId, job: m.JobId, epoch: int, error: GatewayError) -> None:
        """Nothing was generated: this worker can't. The client is told so, unless there is a worker of another kind."""
        if any(state.how != ("retry",) for state in self._roster.states):
            self._happened(e.AttemptNotStarted(worker, job, epoch, e.Need(type(error), str(error))))
        else:
            self.end_attempt(worker, job, epoch, error)

    def chunk(self, worker: m.WorkerId, chunk: m.Chunk) -> None:
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
            wanted = not events or exchange.deliver(events)
        except Exception as error:  # noqa: BLE001 - one answer that can't be read must not take its worker's others down
            self._roster.say(worker, m.Cancel(job))
            self.end_attempt(worker, job, attempt.epoch, told(error, _NOT_PASSED_ON, job))
            return
        if not wanted:
            self.abandon(job)

    # -- what has arrived

    def acknowledge(self) -> None:
        """Tell the workers how far their reports have come, so that they need not keep them."""
        news: dict[m.WorkerId, list[m.Ack]] = {}
        for job, exchange in self._exchanges.items():
            attempt = exchange.attempt
            worker = exchange.worker
            if worker is not None and attempt is not None and attempt.reports.expected > attempt.acknowledged:
                attempt.acknowledged = attempt.reports.expected
                news.setdefault(worker, []).append(m.Ack(job, attempt.epoch, attempt.acknowledged))
        for worker, acks in news.items():
            self._roster.say(worker, m.Acks(tuple(acks)))

    def resume(self, suspended: Sequence[m.JobId], carried: Sequence[m.Carried]) -> Resumed:
        """What becomes of the jobs that a page carries over to its new connection, and of those that it does not."""
        answers = tuple(m.Resumed(each.job, each.epoch, self._from(each, suspended)) for each in carried)
        kept = tuple(answer.job for answer in answers if answer.from_seq is not None)
        unheard = tuple(job for job in suspended if job not in kept and self._is_unheard(job))
        return Resumed(answers, kept, unheard)

    def held_by(self, page: str, credential: str) -> dict[m.JobId, m.WorkerId]:
        """The jobs granted to this page, and which of its earlier workers each was granted to."""
        return {
            job: exchange.worker
            for job, exchange in self._exchanges.items()
            if exchange.worker is not None and (exchange.page, exchange.credential) == (page, credential)
        }

    def move(self, jobs: Sequence[m.JobId], worker: m.WorkerId) -> None:
        for job in jobs:
            if (exchange := self._exchanges.get(job)) is not None:
                exchange.worker = worker

    def _from(self, carried: m.Carried, suspended: Sequence[m.JobId]) -> int | None:
        exchange = self._exchanges.get(carried.job)
        attempt = exchange.attempt if exchange else None
        if attempt is None or attempt.epoch != carried.epoch or carried.job not in suspended:
            return None
        return attempt.reports.expected

    def _is_unheard(self, job: m.JobId) -> bool:
        """Its worker never reported on it; since the page does not know it either, the grant never arrived."""
        exchange = self._exchanges.get(job)
        attempt = exchange.attempt if exchange else None
        return attempt is not None and attempt.reports.expected == 0

    # -- reports

    def report(self, worker: m.WorkerId, message: m.Start | m.Head | m.End | m.Failed) -> None:
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
        if isinstance(message, m.End | m.Failed):  # at once: after this nobody asks what has arrived
            self._roster.say(worker, m.Acks((m.Ack(job, epoch, attempt.reports.expected),)))
        match message:
            case m.Head():
                attempt.head(message.status, message.headers)
                self._note_session(worker, job, attempt, message.session)
            case m.End():
                self._end(worker, job, attempt)
            case m.Failed():
                self._failed(worker, message, never_started=phase is AttemptPhase.GRANTED and not message.started)

    def _admit(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt, report: Report, seq: int) -> bool:
        if seq > attempt.reports.expected and self._roster.is_lent(worker):
            self._roster.call_back(worker)  # what is missing is still at its page
            return False
        admission = attempt.reports.admit(report, seq)
        if admission is Admission.BROKEN:
            _log.warning("worker %s: report %s number %d of job %s is out of order", worker, report, seq, job)
            self._roster.say(worker, m.Cancel(job))
            self.end_attempt(worker, job, attempt.epoch, WorkerLost("Part of the answer was lost on the way."))
        return admission is Admission.FRESH

    def _note_session(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt, session: str | None) -> None:
        """A page chooses the session itself; it must not choose any but the one it was told to continue."""
        exchange = self._exchanges[job]
        if exchange.how != "composer":
            return
        if exchange.continues and session is not None and session != exchange.session:
            self._roster.say(worker, m.Cancel(job))
            error = SiteChanged("The site's page put the message into another conversation.")
            self.end_attempt(worker, job, attempt.epoch, error)
        elif not exchange.continues:
            exchange.session = session
            exchange.watcher.in_session(session)

    def _end(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt) -> None:
        exchange = self._exchanges[job]
        try:
            events, finish = attempt.end(self._clock.unix())
            if events and not exchange.deliver(events):
                self.abandon(job)
                self._happened(e.AttemptEnded(worker, job, attempt.epoch))
                return
        except HumanNeeded as error:
            self._refused(worker, job, attempt, error)
            return
        except UpstreamRateLimited as error:
            self._limited(worker, job, exchange, error)
            return
        except EmptyResponse as error:
            self._try_once_more(worker, job, exchange, error)
            return
        except Exception as error:  # noqa: BLE001 - as for a piece of an answer
            self._was_refused(worker, job, attempt, told(error, _NOT_PASSED_ON, job))
            return
        if attempt.unrecognized:
            labels = ", ".join(sorted({record.label for record in attempt.unrecognized}))
            _log.warning("job %s: the site sent records of unknown form: %s", job, labels)
        del self._exchanges[job]
        self._roster.served(worker, exchange.how)
        exchange.sink.complete(finish)
        self._happened(e.AttemptEnded(worker, job, attempt.epoch, "served"))
        if finish.reason == "stop":
            self._site_requests.was_answered(exchange)

    def _was_refused(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt, error: GatewayError) -> None:
        """The refusal may be about what was sent: other files, or another session, may do."""
        exchange = self._exchanges[job]
        has_files = exchange.how == "fetch" and any(message.files for message in exchange.request.messages)
        if has_files and attempt.refused_files and not exchange.brought_anew:
            self._bring_anew(worker, job, exchange, error)
        elif exchange.continues and attempt.is_forgotten and isinstance(error, SiteFailed):
            self._begin_anew(worker, job, exchange, error)
        else:
            self.end_attempt(worker, job, attempt.epoch, error)

    def _refused(self, worker: m.WorkerId, job: m.JobId, attempt: Attempt, error: HumanNeeded) -> None:
        """
        The site generated nothing: the job waits for another way, or for the person.

        Where `fetch` was refused because it lacked the page's check, the page itself is tried. A page that was refused
        for that reason is not tried again: it may send by itself once its person has passed the check. In any other
        case the person is needed.
        """
        exchange = self._exchanges[job]
        wants_check = isinstance(error, VerificationRequired) and not attempt.is_challenged
        if exchange.how == "retry" and wants_check:  # its requests never bring what the check makes
            self.pass_on(worker, job, attempt.epoch, ScriptOutdated())
            return
        if exchange.how == "composer" and wants_check:
            self.end_attempt(worker, job, attempt.epoch, error.never_again())
            return
        self._site_requests.was_not_answered(exchange)
        if wants_check and self._roster.fetch_was_refused(worker, exchange.model.modality):
            need = e.Need(type(error), str(error))
        else:
            need = self._roster.person_is_needed(worker, error, is_challenge=attempt.is_challenged)
        self._happened(e.AttemptRefused(worker, job, attempt.epoch, need))

    def _limited(self, worker: m.WorkerId, job: m.JobId, exchange: Exchange, error: UpstreamRateLimited) -> None:
        """The site generated nothing, and will not for a while: other workers that may serve it are asked."""
        self._site_requests.was_not_answered(exchange)
        epoch = exchange.attempt.epoch if exchange.attempt else 0
        need = e.Need(type(error), str(error))
        self._happened(e.AttemptLimited(worker, job, epoch, need, error.retry_after_seconds))

    def _try_once_more(self, worker: m.WorkerId, job: m.JobId, exchange: Exchange, error: EmptyResponse) -> None:
        """An empty answer is worth a second call, by the page's own button or as a new one; never a third."""
        if exchange.was_empty or exchange.attempt is None:
            self.end_attempt(worker, job, exchange.attempt.epoch if exchange.attempt else 0, error)
            return
        exchange.was_empty = True
        exchange.again_in = exchange.session
        self._begin_anew(worker, job, exchange, error)

    def _bring_anew(self, worker: m.WorkerId, job: m.JobId, exchange: Exchange, error: GatewayError) -> None:
        """The site generated nothing: the files' places there are no longer valid, or not for this account."""
        _log.info("job %s is given again with its files brought anew: %s", job, error)
        exchange.brought_anew = True
        self.on_files_refused(exchange)
        self._site_requests.was_not_answered(exchange)
        epoch = exchange.attempt.epoch if exchange.attempt else 0
        self._happened(e.AttemptRefused(worker, job, epoch, e.Need(type(error), str(error))))

    def _begin_anew(self, worker: m.WorkerId, job: m.JobId, exchange: Exchange, error: GatewayError) -> None:
        """The session is of no use: the whole conversation goes into another one, as a new attempt."""
        _log.info("job %s is given again, in another session: %s", job, error)
        self._site_requests.was_of_no_use(exchange, error)
        exchange.must_be_fresh = True
        epoch = exchange.attempt.epoch if exchange.attempt else 0
        self._happened(e.AttemptRefused(worker, job, epoch, e.Need(type(error), str(error))))

    def _failed(self, worker: m.WorkerId, message: m.Failed, *, never_started: bool) -> None:
        told = shown(message.kind), shown(message.detail)
        exchange, error = self._exchanges[message.job], worker_failure(message)
        if never_started and exchange.continues and message.kind == "element_missing":
            self._begin_anew(worker, message.job, exchange, error)
            return
        _log.warning("worker %s: job %s failed: %s: %s", worker, message.job, *told)
        if never_started and not is_final(message, others=len(self._roster) > 1):
            if message.kind == "files_missing":  # a page of an older deployment can't upload any more
                self._roster.say(worker, m.Reload())
            need = e.Need(type(error), str(error)) if message.kind in _TELLING_KINDS else None
            self._happened(e.AttemptNotStarted(worker, message.job, message.epoch, need))
        else:
            self.end_attempt(worker, message.job, message.epoch, error)
