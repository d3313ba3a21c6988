"""What was used elsewhere, written into our records and sums once, however often it is brought."""

from collections.abc import Iterable, Iterator

from sqlalchemy import select

from arenabridge.accounts.audit import COMMAND_LINE, Sought
from arenabridge.importing.target import Target
from arenabridge.storage.tables.usage import usage_requests
from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.rollups import Rollups

AT_ONCE = 500
"""Rows per transaction."""

TELL_AGAIN = 20 * AT_ONCE
"""After so many, some seconds of work, the person is told how far it is."""

_ACTION = "usage.imported"


class Used:
    """The use of one source, told from others by `fingerprint`. The audit log says how far it was brought."""

    def __init__(self, target: Target, fingerprint: str) -> None:
        self._target = target
        self._fingerprint = fingerprint

    def last(self) -> int:
        """The greatest number that was brought; 0 if none was."""
        before: int | None = None
        while acts := self._target.audit.page(Sought(_ACTION), before=before):
            mine = [int(act.detail) for act in acts if act.target == self._fingerprint and act.detail.isdigit()]
            if mine:
                return max(mine)
            before = acts[-1].id
        return 0

    def write(self, records: Iterable[tuple[int, RequestRecord]], count: int) -> None:
        """So many records with their numbers in the source, in its order."""
        number = done = 0
        for batch in _batches(records):
            new = self._without_those_there([record for _, record in batch])
            if new:
                self._target.usage.write([(record, None) for record in new])
            number = batch[-1][0]
            done += len(batch)
            if done % TELL_AGAIN == 0:
                self._target.tell(f"{done} of {count} requests")
        if number:
            self._note(number)

    def add(self, number: int, rollups: Rollups) -> None:
        """Sums alone, where nothing is known of single requests."""
        self._target.usage.add(rollups)
        self._note(number)

    def _note(self, number: int) -> None:
        self._target.audit.record(COMMAND_LINE, _ACTION, self._fingerprint, detail=str(number))

    def _without_those_there(self, records: list[RequestRecord]) -> list[RequestRecord]:
        """Some may be here already, from an attempt that broke off in the middle."""
        ids = [record.id for record in records]
        with self._target.usage.engine.connect() as connection:
            there = set(connection.execute(select(usage_requests.c.id).where(usage_requests.c.id.in_(ids))).scalars())
        return [record for record in records if record.id not in there]


def _batches(records: Iterable[tuple[int, RequestRecord]]) -> Iterator[list[tuple[int, RequestRecord]]]:
    batch: list[tuple[int, RequestRecord]] = []
    for each in records:
        batch.append(each)
        if len(batch) == AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def end_reason(status: int) -> EndReason:
    """Its status is all that is known of how it ended."""
    if status < 400:
        return EndReason.COMPLETED
    if status == 429:
        return EndReason.UPSTREAM_RATE_LIMITED
    return EndReason.REFUSED if status < 500 else EndReason.UPSTREAM_FAILED
