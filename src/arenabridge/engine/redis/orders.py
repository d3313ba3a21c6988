"""What a replica asks of the queue's script, and what it answers (`lua/turn.lua` is the other side)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from arenabridge.engine.interface import Entry, ReplicaId
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.opening import Opening

FULL = -1
HELD = -2
"""Results of a submission that are not positions: no room; somebody has claimed the job already."""


@dataclass(frozen=True, slots=True)
class Submit:
    """Queue it. Answered with its position, `FULL` or `HELD`, and which of this replica's own jobs had to go for it."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class Claim:
    """Answered with entries."""

    limit: int
    opening: Opening


@dataclass(frozen=True, slots=True)
class Requeue:
    """Put back what this replica had claimed."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Nobody waits for it."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Release:
    """Its claimer or its home says that a claimed job is over."""

    job: JobId
    home: ReplicaId


@dataclass(frozen=True, slots=True)
class Positions:
    """Answered with a position for each job, -1 for those that are not queued."""

    jobs: tuple[JobId, ...]


@dataclass(frozen=True, slots=True)
class Resume:
    """What this replica knows, after it has connected."""

    run: str
    """The server's own name for its present run."""
    settling: float
    """Seconds in which nothing is given out if this start was not seen yet."""
    epoch: str
    """The name, as known here, of the data's present life: data that was lost gets another."""
    candidate: str
    """The name to give it if it has none yet."""
    was_unknown: bool
    """An earlier answer said that the server had not heard of this replica."""
    has_changed: bool
    """It is another server than before, or was restarted."""
    released: tuple[tuple[JobId, ReplicaId], ...]
    """Jobs that this replica finished lately, and their homes, which may not have heard of it."""
    held: tuple[Entry, ...]
    waiting: tuple[Entry, ...]
    lent: tuple[JobId, ...]


@dataclass(frozen=True, slots=True)
class Restore:
    """Queue these in front, if nothing is known of them. Answered with those that were, and those that are over."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Goodbye:
    """From now on the replica is gone."""


Order = Submit | Claim | Requeue | Withdraw | Release | Positions | Resume | Restore | Goodbye


class PackedEntry(msgspec.Struct, array_like=True, frozen=True):
    """An entry as the scripts keep it."""

    job: JobId
    key: str
    weight: float
    model: str
    priority: int
    asker: str
    home: ReplicaId

    @classmethod
    def of(cls, entry: Entry) -> "PackedEntry":
        return cls(entry.job, entry.key, entry.weight, entry.model, entry.priority, entry.asker, entry.home)

    def entry(self) -> Entry:
        return Entry(self.job, self.key, self.weight, self.model, self.priority, self.asker, self.home)


class Resumed(msgspec.Struct, array_like=True, frozen=True):
    """The answer to `Resume`."""

    epoch: str
    settling_ms: int
    back: list[JobId]
    """Jobs that were thought lent, and are queued."""
    unknown: list[JobId]
    """Jobs that were thought lent, and that the server does not know."""
    lent: list[tuple[JobId, ReplicaId]]
    """Jobs that were thought queued, and that somebody holds."""
    over: list[JobId]
    """Jobs that were thought queued, and are over."""
    conflicts: list[JobId]
    """Jobs that were thought held, and that somebody else holds."""
    cut_off: bool
    """This replica had been counted among the dead: what it held for others is theirs again."""


class TurnAnswer(msgspec.Struct, array_like=True, frozen=True):
    """The result of a call of the script."""

    results: list[msgspec.Raw]
    length: int
    ask_again: bool
    """There are jobs that were not there at the last claim."""
    was_unknown: bool
    """The server had not heard of this replica, or had counted it among the dead."""


def packed(orders: Sequence[Order]) -> bytes:
    return msgspec.msgpack.encode([_plain(order) for order in orders])


def _plain(order: Order) -> list[Any]:  # noqa: PLR0911 - one for each kind
    match order:
        case Submit(entry):
            return ["submit", PackedEntry.of(entry)]
        case Claim(limit, opening):
            return ["claim", limit, list(opening.excluding), False if opening.askers is None else list(opening.askers)]
        case Requeue(job):
            return ["requeue", job]
        case Withdraw(job):
            return ["withdraw", job]
        case Release(job, home):
            return ["release", job, home]
        case Positions(jobs):
            return ["positions", jobs]
        case Resume():
            return ["resume", _plain_resume(order)]
        case Restore(entries):
            return ["restore", _packed_entries(entries)]
        case Goodbye():
            return ["goodbye"]


def _plain_resume(resume: Resume) -> dict[str, Any]:
    return {
        "run": resume.run,
        "settling_ms": round(resume.settling * 1000),
        "epoch": resume.epoch,
        "candidate": resume.candidate,
        "was_unknown": resume.was_unknown,
        "has_changed": resume.has_changed,
        "released": resume.released,
        "held": _packed_entries(resume.held),
        "waiting": _packed_entries(resume.waiting),
        "lent": resume.lent,
    }


def _packed_entries(entries: tuple[Entry, ...]) -> list[PackedEntry]:
    return [PackedEntry.of(entry) for entry in entries]


def claimed_in(result: msgspec.Raw) -> tuple[Entry, ...]:
    return tuple(each.entry() for each in msgspec.msgpack.decode(result, type=list[PackedEntry]))
