"""Requests that wait or are being answered, as dashboards follow them: whose, what for, and where each stands."""

from collections.abc import Sequence
from typing import Final

from arenabridge.accounts.people import Person
from arenabridge.http.feed.patch import Facts, without_unknown
from arenabridge.http.gateway import Gateway
from arenabridge.usage.trace import Trace
from arenabridge.wire.link.messages import JobId

MAX_SHOWN: Final = 50
"""Requests, the oldest first: more than anybody reads."""

WAIT_STEP_SECONDS: Final = 5
"""Waits are told in these steps, rounded up: dashboards need not hear of each second."""


def own(gateway: Gateway, person: Person) -> list[Trace]:
    """Those that the person may see and end, the oldest first; for an administrator, all of them."""
    traces = (trace for trace in gateway.usage.ledger.under_way if trace.jobs)
    return [trace for trace in traces if person.is_administrator or trace.user_id == person.id]


def under_way(gateway: Gateway, person: Person) -> Facts:
    """`requests` by their first job; `more` is how many there are besides."""
    traces = own(gateway, person)
    shown = {
        trace.jobs[0]: _request(gateway, trace, names_workers=person.is_administrator) for trace in traces[:MAX_SHOWN]
    }
    return {"requests": shown, "more": max(0, len(traces) - MAX_SHOWN)}


def _request(gateway: Gateway, trace: Trace, *, names_workers: bool) -> Facts:
    place, wait = _place(gateway, trace.jobs)
    found: Facts = without_unknown(
        {
            "number": trace.request_id,
            "key": trace.key_name,
            "model": trace.model,
            "since": trace.at,
            "state": "waiting" if place is not None else "answering" if trace.attempts else "preparing",
            "place": place,
            "wait": wait,
            "worker": trace.worker if names_workers and place is None else None,
        }
    )
    return found


def _place(gateway: Gateway, jobs: Sequence[str]) -> tuple[int | None, int | None]:
    """Where the first of its waiting jobs stands: its number in the queue from 1, and seconds, as far as known."""
    for job in jobs:
        if (place := gateway.hub.place_in_queue(JobId(job))) is not None:
            before, seconds = place
            steps = None if seconds is None else -int(-seconds // WAIT_STEP_SECONDS)
            return before + 1, steps and steps * WAIT_STEP_SECONDS
    return None, None
