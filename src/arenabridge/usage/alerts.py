"""
When somebody has to be told: rules over what is known of the gateway, and what of it is news. Pure.

What holds long enough fires once; when it holds no longer, that is told too. What was told before a restart is still
told: whether it is over is said only when there was time to see it.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord

BUDGET_SHARE = 0.8
ENOUGH_REQUESTS = 5
"""Requests below which a rate says nothing."""

CALM = 0.8
"""The share of its limit that a rate has to fall to before it is calm again, so that it does not flutter around it."""

WINDOW_MINUTES = 10
HUMAN_SECONDS = 60.0
"""Patience with a page that needs its person, who may be there already."""

MAX_ALERTS = 200
"""Alerts that fire at a time; more are left out."""

NOBODYS_FAILURES = frozenset({EndReason.RATE_LIMITED, EndReason.BUDGET_EXHAUSTED})
"""A key that was held to its own limits says nothing of the gateway, however often it is."""

LIMITS_THAT_FAIL = frozenset({EndReason.QUEUE_FULL, EndReason.UPSTREAM_RATE_LIMITED})
"""A full queue and the site's own limits: those who asked were within theirs, and got nothing."""

UNSEEN_SECONDS = {"needs_human": 2 * HUMAN_SECONDS, "error_rate": WINDOW_MINUTES * 60.0}
"""
How long after a start nothing says that an alert of an earlier run is over: browsers connect again, and what failed
lately is not known. Budgets are in the database, and a browser that is there is there.
"""

State = Literal["firing", "resolved"]


@dataclass(frozen=True, slots=True)
class BudgetShare:
    """How much of a budget is used, by a key or a person; `what` is `requests_per_day` and its kin."""

    id: str
    who: str
    """As a sentence begins: `The key mine`."""
    what: str
    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at a moment. `needs` are browsers whose page wants its person, by id, with what it wants."""

    able_workers: int
    needs: tuple[tuple[str, str], ...] = ()
    requests: int = 0
    """Requests of the last minutes that could have met a failure of ours or the site's."""
    failures: int = 0
    budgets: tuple[BudgetShare, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told. `id` is the same for the firing and the end of it."""

    id: str
    alert: str
    state: State
    message: str


@dataclass(frozen=True, slots=True)
class Rules:
    """When to tell."""

    no_worker_seconds: float
    error_rate: float


class Alerts:
    """What fires, and what waits to."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._since: dict[str, float] = {}
        self._firing: dict[str, News] = {}
        self._seen: set[str] = set()
        """Those of the firing ones that this run has seen for itself."""
        self._began: float | None = None

    def know(self, firing: Iterable[News]) -> None:
        """These were told, by whichever gateway in whichever run, and no others."""
        self._firing = {news.id: news for news in firing}

    def look(self, facts: Facts, now: float) -> list[News]:
        """What is news; `now` never goes back."""
        if self._began is None:
            self._began = now
        holds = {found.id: (found, hold) for found, hold in self._holding(facts)}
        self._since = {id_: self._since.get(id_, now) for id_ in list(holds)[:MAX_ALERTS]}
        news = []
        for id_, since in self._since.items():
            found, hold = holds[id_]
            if id_ not in self._firing and now - since >= hold:
                self._firing[id_] = found
                news.append(found)
        self._seen = (self._seen | self._since.keys()) & self._firing.keys()
        for id_ in [each for each in self._firing if each not in self._since]:
            was = self._firing[id_]
            if id_ in self._seen or now - self._began >= UNSEEN_SECONDS.get(was.alert, 0.0):
                del self._firing[id_]
                news.append(News(id_, was.alert, "resolved", f"Over: {was.message}"))
        return news

    def _holding(self, facts: Facts) -> Iterator[tuple[News, float]]:
        """Each with how many seconds it has to hold."""
        if not facts.able_workers:
            minutes = self._rules.no_worker_seconds / 60
            message = f"No browser that can work has been connected for {minutes:g} minutes."
            yield News("no_worker", "no_worker", "firing", message), self._rules.no_worker_seconds
        for browser, words in facts.needs:
            message = f"The page in the browser {browser} needs its person: {words}"
            yield News(f"needs_human:{browser}", "needs_human", "firing", message), HUMAN_SECONDS
        if self._is_high(facts):
            message = f"{facts.failures} of {facts.requests} requests of the last {WINDOW_MINUTES} minutes failed."
            yield News("error_rate", "error_rate", "firing", message), 0.0
        for share in facts.budgets:
            if share.used >= BUDGET_SHARE * share.limit:
                message = f"{share.who} has used {share.used} of {share.limit} {_words(share.what)}."
                yield News(f"budget:{share.id}:{share.what}", "budget", "firing", message), 0.0

    def _is_high(self, facts: Facts) -> bool:
        limit = self._rules.error_rate * (CALM if "error_rate" in self._firing else 1)
        return facts.requests >= ENOUGH_REQUESTS and facts.failures >= limit * facts.requests


class RecentFailures:
    """How many requests of the last minutes failed; `observe` is to be told of every record."""

    def __init__(self) -> None:
        self._minutes: deque[list[int]] = deque(maxlen=WINDOW_MINUTES + 1)
        """Minute, requests and failures."""

    def observe(self, record: RequestRecord) -> None:
        if record.outcome in {"client_error", "gone"} or record.end_reason in NOBODYS_FAILURES:
            return
        minute = int(record.ended_at // 60)
        if not self._minutes or self._minutes[-1][0] != minute:
            self._minutes.append([minute, 0, 0])
        self._minutes[-1][1] += 1
        self._minutes[-1][2] += record.outcome == "server_error" or record.end_reason in LIMITS_THAT_FAIL

    def within(self, unix: float) -> tuple[int, int]:
        """Requests and failures, up to this time in seconds since 1970."""
        oldest = unix // 60 - WINDOW_MINUTES
        lately = [each for each in self._minutes if each[0] > oldest]
        return sum(each[1] for each in lately), sum(each[2] for each in lately)


def _words(what: str) -> str:
    return what.replace("_per_", " a ").replace("_", " ")
