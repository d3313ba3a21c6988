"""
Jobs' files on their way to where the answers are made: a task for each job that waits for its own.

The task belongs to the worker that is to answer. When that one leaves, or the job waits again, the task ends: whatever
it would still report no longer concerns the job.
"""

import asyncio
from collections.abc import Callable, Iterator

from arenabridge.dispatch import events as e
from arenabridge.hub.jobs.exchange import Brought, Exchange
from arenabridge.hub.jobs.exchanges import Exchanges
from arenabridge.hub.jobs.faults import told
from arenabridge.hub.jobs.preparation import Preparation
from arenabridge.hub.jobs.site_requests import SiteRequests
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.errands import WorkerGone
from arenabridge.hub.workers.roster import Roster
from arenabridge.wire.link.messages import JobId, WorkerId


class Bringing:
    """Whose files are being brought."""

    def __init__(
        self,
        preparation: Preparation,
        site_requests: SiteRequests,
        exchanges: Exchanges,
        roster: Roster,
        tasks: Tasks,
        happened: Callable[[e.Event], None],
    ) -> None:
        self._preparation = preparation
        self._site_requests = site_requests
        self._exchanges = exchanges
        self._roster = roster
        self._tasks = tasks
        self._happened = happened
        self._under_way: dict[JobId, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def __iter__(self) -> Iterator[JobId]:
        return iter(list(self._under_way))

    def start(self, worker: WorkerId, job: JobId) -> None:
        """Have the worker bring them, and nobody else."""

        def over(ended: asyncio.Task[None]) -> None:
            if self._under_way.get(job) is ended:
                del self._under_way[job]

        self.stop(job)
        task = self._under_way[job] = self._tasks.start(self._bring(worker, job), f"files of job {job}")
        task.add_done_callback(over)

    def stop(self, job: JobId) -> None:
        """Nothing happens if none are on their way."""
        task = self._under_way.pop(job, None)
        if task is not None:
            task.cancel()

    async def _bring(self, worker: WorkerId, job: JobId) -> None:
        exchange = self._exchanges.get(job)
        if exchange is None:
            return
        try:
            exchange.brought = await self._brought(worker, job, exchange)
        except WorkerGone:
            return  # the dispatcher knows, and gives the job to another
        except Exception as error:  # noqa: BLE001 - whatever it is, this request's client is told
            self._site_requests.give_up(exchange)
            self._exchanges.fail(job, told(error, "the files of job %s could not be brought to the site", job))
            self._happened(e.RequestAbandoned(job))
        else:
            exchange.watcher.prepared()
            self._happened(e.JobPrepared(worker, job))

    async def _brought(self, worker: WorkerId, job: JobId, exchange: Exchange) -> Brought:
        profile = self._roster.profile(worker)
        files = self._site_requests.begin(exchange, profile)
        if exchange.how == "composer":
            return Brought(held=await self._preparation.hold(worker, job, files))
        if exchange.how == "retry":
            return Brought(uploaded=self._preparation.inline(files))
        return Brought(uploaded=await self._preparation.upload(worker, profile, files))
