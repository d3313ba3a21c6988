"""
Captured sessions, used in turn. Pure.

Several for one model make a pool: the one used least recently is next, those that the site did not know last time come
after the others, and one that it did not know several times in a row is left alone until it is captured anew.
"""

from collections.abc import Callable, Collection, Iterable

import msgspec

from arenabridge.wire.arena.captured import CapturedSession

MAX_FAILURES = 3
"""In a row. More than one, since a session belongs to an account, and another account's browser may have been asked."""


class CapturedSessions:
    """What is known of them; `keep` is told of each that was used or failed."""

    def __init__(
        self, sessions: Iterable[CapturedSession] = (), keep: Callable[[CapturedSession], None] = lambda _: None
    ) -> None:
        self._keep = keep
        self._sessions: dict[str, CapturedSession] = {}
        self.replace(sessions)

    def replace(self, sessions: Iterable[CapturedSession]) -> None:
        """These were read again; when one was used last may be known better here."""
        self._sessions = {each.id: self._as_used(each) for each in sessions}

    def _as_used(self, read: CapturedSession) -> CapturedSession:
        here = self._sessions.get(read.id)
        if here is None or (here.last_used_at or 0) <= (read.last_used_at or 0):
            return read
        return msgspec.structs.replace(read, last_used_at=here.last_used_at)

    def as_known(self, captured: CapturedSession) -> CapturedSession:
        """One that is read again where nobody writes down what became of it: with what is known of that here."""
        here = self._sessions.get(captured.id, captured)
        return msgspec.structs.replace(captured, last_used_at=here.last_used_at, failures=here.failures)

    def next_for(self, names: Collection[str], without: Collection[str] = ()) -> CapturedSession | None:
        """The one to use for a model of these names, its own before those for all; `without` are sessions to avoid."""
        folded = {name.casefold() for name in names}
        usable = [
            each
            for each in self._sessions.values()
            if (each.model is None or each.model.casefold() in folded)
            and each.failures < MAX_FAILURES
            and each.session not in without
        ]
        return min(usable, key=_turn, default=None)

    def used(self, captured: CapturedSession, now_unix: float) -> None:
        self._change(captured, last_used_at=now_unix)

    def worked(self, captured: CapturedSession) -> None:
        self._change(captured, failures=0)

    def failed(self, captured: CapturedSession) -> None:
        """The site does not know it."""
        now = self._sessions.get(captured.id, captured)
        self._change(captured, failures=now.failures + 1)

    def _change(self, captured: CapturedSession, **changes: float) -> None:
        before = self._sessions.get(captured.id)
        if before is None:
            return  # removed meanwhile
        after = msgspec.structs.replace(before, **changes)
        if after != before:
            self._sessions[after.id] = after
            self._keep(after)


def _turn(captured: CapturedSession) -> tuple[int, bool, float]:
    return captured.failures, captured.model is None, captured.last_used_at or 0.0
