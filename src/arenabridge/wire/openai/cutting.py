"""
End an answer where the client wants it to end, since the site knows neither stop sequences nor limits. Pure.

The result does not depend on how the text is cut into pieces. It is the text up to the limit, if it is longer; and of
that, what comes before the stop sequence that is complete first (of those that end together, the longest). What may be
the beginning of a stop sequence is held back until it is known not to be one, and nothing else is.
"""

from collections.abc import Sequence
from typing import Literal

from arenabridge.wire.openai.limiting import Vocabulary, limited

Cut = Literal["stop", "length"]


class Cutter:
    """The text of one answer goes in piece by piece, and comes out up to its end."""

    def __init__(
        self, stop: Sequence[str] = (), max_tokens: int | None = None, vocabulary: Vocabulary | None = None
    ) -> None:
        self._stop = StopSequences(stop)
        self._limit = limited(max_tokens, vocabulary)
        self.cut: Cut | None = None
        """Why nothing more comes out."""

    def feed(self, text: str) -> str:
        """What may be shown by now; empty for all that comes after the end."""
        if self.cut is not None:
            return ""
        return self._within_limit(self._limit.feed(text))

    def release(self) -> str:
        """What was held back, which may hold the end: no text follows, or what follows is no text."""
        if self.cut is not None:
            return ""
        shown = self._within_limit(self._limit.release())
        return shown + self._stop.release() if self.cut is None else shown

    def _within_limit(self, allowed: str) -> str:
        shown = self._stop.feed(allowed)
        if self._stop.is_met:
            self.cut = "stop"
        elif self._limit.is_over:
            self.cut = "length"
            shown += self._stop.release()
        return shown


class StopSequences:
    """Looks for the one of several texts that is complete first."""

    def __init__(self, sequences: Sequence[str]) -> None:
        self._sequences = [sequence for sequence in sequences if sequence]
        self._held = ""
        self.is_met = False

    def feed(self, text: str) -> str:
        if not self._sequences or not text:
            return text
        text = self._held + text
        self._held = ""
        found = [(at + len(sequence), at) for sequence in self._sequences if (at := text.find(sequence)) >= 0]
        if found:
            self.is_met = True
            return text[: min(found)[1]]
        keep = min(_beginning(text, sequence) for sequence in self._sequences)
        self._held = text[keep:]
        return text[:keep]

    def release(self) -> str:
        held, self._held = self._held, ""
        return held


def _beginning(text: str, sequence: str) -> int:
    """Where at the end of the text the sequence may have begun; the text's length if nowhere."""
    at = max(0, len(text) - len(sequence) + 1)
    while (at := text.find(sequence[0], at)) >= 0:
        if sequence.startswith(text[at:]):
            return at
        at += 1
    return len(text)
