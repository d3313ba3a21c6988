"""
What the site says in answer to one grant: admitted, decoded and judged. Pure: no loop, no clock.

A head opens the answer's stream or, with another status or a page where a stream should be, a refusal, whose body is
collected and classified at its end. An answer counts only if the site finished it and it held something: a picture, a
video, or text that can be seen. Thoughts and spaces alone are what a model leaves that broke off before it answered.
"""

from collections.abc import Sequence

from arenabridge.errors import ContentRefused, EmptyResponse, GatewayError, SiteChanged, SiteFailed
from arenabridge.wire.arena.page_text import PageTextDecoder
from arenabridge.wire.arena.refusals import Answer, in_stream, is_challenge, is_stream, refusal, speaks_of_files
from arenabridge.wire.arena.stream import ArenaStreamDecoder
from arenabridge.wire.composition import PAGE_TEXT
from arenabridge.wire.link.session import ReportSequence
from arenabridge.wire.reply import (
    Citations,
    Finished,
    Image,
    Notice,
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

MAX_SHOWN = 64
"""Pictures of one participant that are remembered, so that one told twice counts once."""

_Said = Text | Reasoning | Image | Video | Citations | Finished | Notice | Unrecognized


class _Voice:
    """What one participant has said so far."""

    def __init__(self, participant: Participant) -> None:
        self.participant = participant
        self.finished: Finished | None = None
        self.failure: GatewayError | None = None
        self.has_content = False
        self.shown: set[str] = set()
        """Addresses of its pictures."""

    @property
    def is_whole(self) -> bool:
        return self.finished is not None and self.finished.reason != "error" and self.has_content

    @property
    def is_over(self) -> bool:
        return self.finished is not None or self.failure is not None

    def note(self, event: ReplyEvent) -> None:
        if isinstance(event, Finished):
            self.finished = self.finished or event
        elif isinstance(event, Text):
            self.has_content = self.has_content or not event.text.isspace()
        elif isinstance(event, Image | Video):
            self.has_content = True

    def shows(self, event: Image | Video) -> bool:
        """Whether this picture is new: one that is told twice is one picture."""
        is_new = event.source not in self.shown
        if is_new and len(self.shown) < MAX_SHOWN:
            self.shown.add(event.source)
        return is_new

    def verdict(self) -> Finished:
        """How the answer ended, or the `GatewayError` that came in its place."""
        if self.failure is not None:
            raise self.failure
        if self.finished is None:
            raise SiteFailed("The site's answer ended before it was complete.")
        if self.finished.reason == "error":
            raise SiteFailed("The site reported that its answer failed.")
        if not self.has_content:
            raise ContentRefused if self.finished.reason == "content_filter" else EmptyResponse
        if self.finished.reason == "tool_calls":  # the site's own tools: an agent would look for calls to carry out
            return Finished(self.finished.participant, "stop", self.finished.usage)
        return self.finished

    def end(self) -> Finished:
        """The verdict as an event beside the other participant's answer."""
        try:
            return self.verdict()
        except GatewayError as error:
            self.failure = error
            return Finished(self.participant, "error", error=error)


class Attempt:
    """
    One epoch of one job.

    `heard` are the participants whose answers it gives. None: the one that speaks first is the one that answers. With
    two, the end of each comes as an event, with an error if it failed, and the whole fails only if both do.
    """

    def __init__(self, epoch: int, heard: tuple[Participant, ...] = ()) -> None:
        self.epoch = epoch
        self.reports = ReportSequence()
        self.acknowledged = 0
        """How many reports the worker knows to have arrived."""
        self.unrecognized: list[Unrecognized] = []
        self._voices = {participant: _Voice(participant) for participant in heard}
        self._is_pair = len(heard) > 1
        self._is_told_apart = bool(heard)
        self._decoder: ArenaStreamDecoder | PageTextDecoder = ArenaStreamDecoder()
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
    def refused_files(self) -> bool:
        """The site refused in words about a file of the message."""
        return self._refusal is not None and speaks_of_files(self._as_answer())

    def _as_answer(self) -> Answer:
        return Answer(self._status, self._headers, "".join(self._refusal or ())[:MAX_REFUSAL])

    @property
    def finished(self) -> Finished | None:
        """How it ended, once all have ended; of two participants, how the one with a whole answer ended."""
        voices = self._voices.values()
        if not all(voice.is_over for voice in voices):
            return None
        return next((voice.finished for voice in sorted(voices, key=lambda voice: not voice.is_whole)), None)

    @property
    def is_whole(self) -> bool:
        """The site has finished an answer that holds something, even if the end of the body has not come yet."""
        return self.finished is not None and any(voice.is_whole for voice in self._voices.values())

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
        if self._is_told_apart and isinstance(self._decoder, PageTextDecoder):
            raise SiteChanged("The two answers could only be read from the page, which does not tell them apart.")
        return self._judge(self._decoder.feed(text))

    def end(self, now_unix: float) -> tuple[list[ReplyEvent], Finished]:
        """The body is complete: the last events and how the answer finished, or the `GatewayError` in its place."""
        if self._refusal is not None:
            raise refusal(self._as_answer(), now_unix=now_unix)
        events = self._judge(self._decoder.end())
        if self._is_pair:
            events += [voice.end() for voice in self._voices.values() if not voice.is_over]
        return events, self._verdict()

    def _verdict(self) -> Finished:
        """Of two endings, that of a whole answer; where neither is, a failure that is more than silence wins."""
        voices = sorted(self._voices.values(), key=lambda voice: (not voice.is_whole, not voice.has_content))
        failures = [voice.failure for voice in voices if voice.failure is not None]
        if len(failures) == len(voices) > 1:
            raise next((each for each in failures if not isinstance(each, EmptyResponse)), failures[0])
        return (voices[0] if voices else _Voice("a")).verdict()

    def _judge(self, events: Sequence[ReplyEvent]) -> list[ReplyEvent]:
        kept: list[ReplyEvent] = []
        for event in events:
            if isinstance(event, Refused):
                kept += self._refused(event)
            elif (own := self._keep(event)) is not None:
                kept.append(own)
        return kept

    def _keep(self, event: _Said) -> ReplyEvent | None:
        """The event as it is passed on, or None; notes what it says of the answer as a whole."""
        if isinstance(event, Unrecognized):
            if len(self.unrecognized) < MAX_SAMPLES:
                self.unrecognized.append(event)
            return None
        voice = self._voice(event.participant)
        if voice is None or (self._is_pair and voice.is_over):
            return None
        if isinstance(event, Image | Video) and not voice.shows(event):
            return None
        voice.note(event)
        if not isinstance(event, Finished):
            return event
        return voice.end() if self._is_pair else None

    def _voice(self, participant: Participant) -> _Voice | None:
        if not self._voices:
            self._voices[participant] = _Voice(participant)
        return self._voices.get(participant)

    def _refused(self, event: Refused) -> Sequence[ReplyEvent]:
        error = in_stream(event.message)
        if not self._is_pair and self.is_whole:
            return ()  # the answer stands; to raise would lose what came with it in this piece
        if not self._is_pair:
            raise error
        spoken_of = (voice for voice in self._voices.values() if event.participant in {None, voice.participant})
        failed = [voice for voice in spoken_of if not voice.is_over]
        for voice in failed:
            voice.failure = error
        return [voice.end() for voice in failed]
