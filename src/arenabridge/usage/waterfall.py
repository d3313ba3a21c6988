"""One request as the phases that it went through, and as a report that may be shown to others. Pure."""

from dataclasses import dataclass

import arenabridge
from arenabridge.usage.record import RequestRecord

_PHASES = (
    ("queued", "reading"),
    ("offered", "waiting"),
    ("prepared", "uploading"),
    ("granted", "offering"),
    ("first_byte", "asking"),
    ("answered", "answering"),
)
"""What ends with each stage. Reading: the request, its files, its limits. Asking: the site's time to its first word."""

ENDING = "ending"
"""Between the last of the answer, or the failure, and the last byte to the client."""


@dataclass(frozen=True, slots=True)
class Phase:
    """Seconds since the arrival."""

    name: str
    begin: float
    end: float


def phases(record: RequestRecord) -> list[Phase]:
    """The phases that were reached, one after the other; where it failed, the last one lasts until the end."""
    found: list[Phase] = []
    at = 0.0
    for stage, name in _PHASES:
        reached = getattr(record.stages, stage)
        if reached is not None and reached >= at:
            found.append(Phase(name, at, reached))
            at = reached
    if record.duration > at:
        found.append(Phase(ENDING if found else "reading", at, record.duration))
    return found


def redacted(record: RequestRecord) -> str:
    """What may be pasted into a public report: no names but the model's, no words of anybody, nothing of a person's."""
    streamed, estimated = ", streamed" if record.streamed else "", " (estimated)" if record.tokens_estimated else ""
    how = record.how or "not granted"
    lines = [
        f"Arena Bridge {arenabridge.__version__}",
        f"model {record.model or '(none)'}, {record.endpoint}, {record.mode}, {how}{streamed}",
        f"ended: {record.end_reason.value}, HTTP {record.status}, {record.error_code or 'no error'}",
        f"attempts {record.attempts}, tokens {record.tokens_in or 0} in, {record.tokens_out or 0} out{estimated}",
        f"bytes {record.bytes_in} in, {record.bytes_out} out",
        *(f"{phase.begin:9.3f} s  {phase.name} {phase.end - phase.begin:.3f} s" for phase in phases(record)),
        f"{record.duration:9.3f} s  over",
    ]
    return "\n".join(lines) + "\n"
