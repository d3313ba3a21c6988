"""
What a request costs the dispatcher with many workers, as a ratio to one with ten (`python benchmarks/dispatching.py`).

All in this process, without a queue or a network: events in, commands out. A request is five events, from its arrival
to its end. `join` is a tab that comes, among all that are there; `screen` is what a dashboard asks of each worker.
Machines differ, so the ratios are the figures: what walks through all workers at each event has one of a hundred.
"""

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from arenabridge.dispatch import commands as c, events as e
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.wire.link.messages import JobId, WorkerId

FEW, MANY = 10, 1000
SLOTS = 4
REQUESTS = 100
ROUNDS = 3
RESTS = 1000
MODEL = "bench"


@dataclass(frozen=True)
class Kind:
    """Workers: their terms by their number, and how many limits of the site their persons have reached."""

    name: str
    terms: Callable[[int], e.Terms]
    rests: int = 0


KINDS = (
    Kind("serve everybody", lambda _: e.OPEN),
    Kind("have owners, and a cap", lambda n: e.Terms(f"c{n}", f"p{n}", cap=2)),
    Kind("serve their owners alone", lambda n: e.Terms(f"c{n}", f"p{n}", frozenset())),
    Kind("rest for other models", lambda n: e.Terms(f"c{n}", f"p{n}", cap=2), rests=RESTS),
)


@dataclass(frozen=True)
class Costs:
    """Microseconds of CPU."""

    join: float
    request: float
    screen: float


class Bench:
    """A dispatcher and its workers; claims are answered with the one job that there is, or with none."""

    def __init__(self, kind: Kind, workers: int) -> None:
        self._kind = kind
        self._dispatcher = Dispatcher(Deadlines(), now=0)
        self._workers = [WorkerId(f"w{n}") for n in range(workers)]
        self._now = 0.0

    def join_all(self) -> float:
        """For each."""
        joins = [
            e.WorkerJoined(worker, e.PoolId(worker), SLOTS, self._kind.terms(n))
            for n, worker in enumerate(self._workers)
        ]
        return cpu(self._say(join) for join in joins)

    def limit(self) -> None:
        for n in range(self._kind.rests):
            person = self._kind.terms(n % len(self._workers)).owner
            self._say(e.PersonLimited(person, f"{MODEL}-{n // len(self._workers)}", 1e6))

    def serve(self) -> float:
        """For each request."""
        return cpu(self._serve(n) for n in range(REQUESTS))

    def show(self) -> float:
        """For each worker."""
        return cpu(self._dispatcher.resting(worker, self._now) for worker in self._workers)

    def _serve(self, n: int) -> list[c.Command]:
        self._now += 0.1
        job, asker = JobId(f"j{n}"), self._kind.terms(n % len(self._workers)).owner
        self._say(e.RequestArrived(job, model=MODEL, asker=asker))
        self._say(e.WorkWaiting(MODEL, asker))
        (offer,) = [each for each in self._say(e.JobsClaimed(0, (job,))) if isinstance(each, c.OfferJob)]
        self._say(e.OfferAccepted(offer.worker, job))
        return self._say(e.AttemptEnded(offer.worker, job, 1, "served"))

    def _say(self, event: e.Event) -> list[c.Command]:
        """Claims are answered at once, as a queue in this process does, and never with anything."""
        commands = self._dispatcher.handle(event, self._now)
        for each in commands:
            if isinstance(each, c.ClaimJobs):
                self._dispatcher.handle(e.JobsClaimed(each.limit, (), each.opening), self._now)
        return commands


def cpu(work: Iterable[object]) -> float:
    """Microseconds for each piece of it."""
    begun, pieces = time.process_time(), 0
    for pieces, _ in enumerate(work, start=1):  # noqa: B007 - counted
        pass
    return (time.process_time() - begun) * 1e6 / pieces


def measured(kind: Kind, workers: int) -> Costs:
    bench = Bench(kind, workers)
    join = bench.join_all()
    bench.limit()
    return Costs(join, bench.serve(), bench.show())


def medians(rounds: list[Costs]) -> Iterator[float]:
    for name in ("join", "request", "screen"):
        yield statistics.median(getattr(each, name) for each in rounds)


def main() -> None:
    print(f"us CPU with {MANY} workers, and as a ratio to {FEW}; {REQUESTS} requests, median of {ROUNDS} rounds\n")
    print(f"{'workers that':28}{'join':>18}{'request':>18}{'screen':>18}")
    for kind in KINDS:
        few = medians([measured(kind, FEW) for _ in range(ROUNDS)])
        many = medians([measured(kind, MANY) for _ in range(ROUNDS)])
        cells = (f"{cost:10.1f} ({cost / least:4.0f})" for least, cost in zip(few, many, strict=True))
        print(f"{kind.name:28}" + "".join(f"{cell:>18}" for cell in cells))


if __name__ == "__main__":
    main()
