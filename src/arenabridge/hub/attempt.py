"""
What the site says in answer to one grant: admitted, decoded and judged. Pure: no loop, no clock.

A head opens the answer's stream or, with another status or a page where a stream should be, a refusal, whose body is
collected and classified at its end. An answer counts only if the site finished it and it held something.
"""

from collections.abc import Sequence

from arenabridge.errors import ContentRefused, EmptyResponse, SiteFailed
from arenabridge.wire.arena.page_text import PageTextDecoder
from arenabridge.wire.arena.refusals import Answer, in_stream, is_challenge, is_stream, refusal
from arenabridge.wire.arena.stream import ArenaStreamDecoder
from arenabridge.wire.composition import PAGE_TEXT
from arenabridge.wire.link.session import ReportSequence
from arenabridge.wire.reply import (
    Finished,
    Image,
    Participant,
    Reasoning,
    Refused,
    ReplyEvent,
    Text,
    Unrecognized,
    Video,
)

MAX_REFUSAL = 64 * 1024
"""Characters kept of a refusal's body: the longest seen are challenge pages, and only their head matters."""

MAX_SAMPLES = 5
"""Records of unknown form kept of one answer, for the log."""


class Attempt:
    """One epoch of one job, in direct chat: whichever participant speaks first is the one that answers."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.reports = ReportSequence()
        self.finished: Finished | None = None
        self.unrecognized: list[Unrecognized] = []
        self._decoder: ArenaStreamDecoder | PageTextDecoder = ArenaStreamDecoder()
        self._participant: Participant | None = None
        self._has_content = False
        self._status = 0
        self._headers: dict[str, str] = {}
        self._refusal: list[str] | None = None
        self._refusal_size = 0

    @property
    def is_challenged(self) -> bool:
        """The site's protection answered in place of the site."""
        return is_challenge(self._status, self._headers)

    @property
    def is_forgotten(self) -> bool:
        """The site refused in the way it refuses sessions and messages that it does not know."""
        return self._status in {400, 404}

    @property
    def is_whole(self) -> bool:
        """The site has finished an answer that holds something, even if the body's end has not come yet."""
        return self.finished is not None and self.finished.reason != "error" and self._has_content

    def head(self, status: int, headers: dict[str, str]) -> None:
        self._status, self._headers = status, headers
        if headers.get("content-type") == PAGE_TEXT:
            self._decoder = PageTextDecoder()
        elif not is_stream(status, headers):
            self._refusal = []

    def read(self, text: str) -> list[ReplyEvent]:
        """Take a piece of the body; raises the `GatewayError` that the site reports in its stream."""
        if self._refusal is not None:
            if self._refusal_size < MAX_REFUSAL:
                self._refusal.append(text)
                self._refusal_size += len(text)
            return []
        return self._judge(self._decoder.feed(text))

    def end(self, now_unix: float) -> tuple[list[ReplyEvent], Finished]:
        """The body is complete: the last events and how the answer finished, or the `GatewayError` that it was."""
        if self._refusal is not None:
            body = "".join(self._refusal)[:MAX_REFUSAL]
            raise refusal(Answer(self._status, self._headers, body), now_unix=now_unix)
        events = self._judge(self._decoder.end())
        return events, self._verdict()

    def _verdict(self) -> Finished:
        if self.finished is None:
            raise SiteFailed("The site's answer ended before it was complete.")
        if self.finished.reason == "error":
            raise SiteFailed("The site reported that its answer failed.")
        if not self._has_content:
            raise ContentRefused if self.finished.reason == "content_filter" else EmptyResponse
        if self.finished.reason == "tool_calls":  # of the site's own tools: an agent would look for calls to carry out
            return Finished(self.finished.participant, "stop", self.finished.usage)
        return self.finished

    def _judge(self, events: Sequence[ReplyEvent]) -> list[ReplyEvent]:
        return [event for event in events if self._belongs(event)]

    def _belongs(self, event: ReplyEvent) -> bool:
        """Whether the event is part of the answer; notes what it says of the answer as a whole."""
        if isinstance(event, Unrecognized):
            if len(self.unrecognized) < MAX_SAMPLES:
                self.unrecognized.append(event)
            return False
        if isinstance(event, Refused):
            if self.is_whole:
                return False  # the answer stands; to raise would lose what came with it in this piece
            raise in_stream(event.message)
        if self._participant is None:
            self._participant = event.participant
        if event.participant != self._participant:
            return False
        if isinstance(event, Finished):
            self.finished = self.finished or event
            return False
        if isinstance(event, Text | Reasoning):
            self._has_content = self._has_content or bool(event.text)
        elif isinstance(event, Image | Video):
            self._has_content = True
        return True
