"""The state machines of the link: every state meets every message."""

import pytest

from arenabridge.wire.link import messages as m
from arenabridge.wire.link.session import (
    Admission,
    AttemptPhase,
    LinkSession,
    LinkState,
    OutOfTurn,
    Report,
    ReportSequence,
)

J = m.JobId("j")
HELLO = m.Hello(protocol=2, script="1", token="t", origin="https://arena.ai", profile="p", page="g")
SAID: list[m.FromWorker] = [
    m.Accept(J),
    m.Refuse(J),
    m.Start(J, 1, 0),
    m.Head(job=J, epoch=1, seq=1, status=200),
    m.Chunks([]),
    m.End(J, 1, 2),
    m.Failed(job=J, epoch=1, seq=2, kind="internal"),
    m.Pong(),
    m.State(),
    m.Page("/", ""),
    m.Captured(session="s", message="m"),
    m.SessionGiven("base64-x"),
]


def test_hello_comes_first_and_once() -> None:
    session = LinkSession()
    for message in SAID:
        with pytest.raises(OutOfTurn):
            session.advance(message)
    session.advance(HELLO)
    assert session.state is LinkState.READY
    with pytest.raises(OutOfTurn, match="hello may not be said while the link is ready"):
        session.advance(HELLO)


def test_a_ready_link_takes_everything_else_until_bye() -> None:
    session = LinkSession()
    for message in [HELLO, *SAID, m.Bye()]:
        session.advance(message)
    assert session.state is LinkState.CLOSED
    for message in [HELLO, *SAID, m.Bye()]:
        with pytest.raises(OutOfTurn):
            session.advance(message)


ALLOWED: dict[AttemptPhase, set[Report]] = {
    AttemptPhase.GRANTED: {"start", "failed"},
    AttemptPhase.STARTED: {"head", "failed"},
    AttemptPhase.ANSWERING: {"chunk", "end", "failed"},
    AttemptPhase.OVER: set(),
}
REPORTS: tuple[Report, ...] = ("start", "head", "chunk", "end", "failed")
PATH: dict[AttemptPhase, tuple[Report, ...]] = {
    AttemptPhase.GRANTED: (),
    AttemptPhase.STARTED: ("start",),
    AttemptPhase.ANSWERING: ("start", "head"),
    AttemptPhase.OVER: ("start", "head", "end"),
}


def in_phase(phase: AttemptPhase) -> tuple[ReportSequence, int]:
    sequence = ReportSequence()
    for seq, report in enumerate(PATH[phase]):
        assert sequence.admit(report, seq) is Admission.FRESH
    assert sequence.phase is phase
    return sequence, len(PATH[phase])


@pytest.mark.parametrize("phase", AttemptPhase)
@pytest.mark.parametrize("report", REPORTS)
def test_every_phase_meets_every_report(phase: AttemptPhase, report: Report) -> None:
    sequence, seq = in_phase(phase)
    if phase is AttemptPhase.OVER:
        assert sequence.admit(report, seq) is Admission.REPEATED
    elif report in ALLOWED[phase]:
        assert sequence.admit(report, seq) is Admission.FRESH
    else:
        assert sequence.admit(report, seq) is Admission.BROKEN
        assert sequence.phase is AttemptPhase.OVER


def test_a_repetition_is_dropped_and_a_gap_ends_the_attempt() -> None:
    sequence, seq = in_phase(AttemptPhase.ANSWERING)
    assert sequence.admit("head", 1) is Admission.REPEATED
    assert sequence.admit("chunk", seq) is Admission.FRESH
    assert sequence.admit("chunk", seq) is Admission.REPEATED
    assert sequence.admit("chunk", seq + 2) is Admission.BROKEN
    assert sequence.admit("chunk", seq + 1) is Admission.REPEATED
