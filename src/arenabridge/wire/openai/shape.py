"""
Say what the site answered the way one client reads it: where thoughts, sources and pictures go. Pure.

Thoughts have fields of their own, or stand in the text between `<think>` tags, which are closed before the answer's
first text, or are left out. Sources are known as a whole only at the end.
"""

from typing import Any

from arenabridge.wire.openai.content import content_of
from arenabridge.wire.openai.sources import Sources
from arenabridge.wire.profile import CitationStyle, PictureStyle, ReasoningDialect
from arenabridge.wire.reply import Citations, Image, Reasoning, ReplyEvent, Text, Video

THOUGHT_FIELDS: dict[ReasoningDialect, tuple[str, ...]] = {
    "reasoning_content": ("reasoning_content", "reasoning"),
    "reasoning": ("reasoning",),
    "think": (),
    "off": (),
}
"""Two names in one delta: between them all clients that show thoughts read one, and none was seen to show both."""

THINK = "<think>\n"
THOUGHT = "\n</think>\n\n"


class Shape:
    """One answer on its way to the client, event by event."""

    __slots__ = ("_citations", "_dialect", "_is_thinking", "_pictures", "_said_before", "_sources")

    def __init__(
        self,
        reasoning: ReasoningDialect = "reasoning_content",
        citations: CitationStyle = "annotations",
        pictures: PictureStyle = "markdown",
    ) -> None:
        self._dialect = reasoning
        self._citations = citations
        self._pictures = pictures
        self._sources = Sources()
        self._is_thinking = False
        self._said_before = 0

    def turn(self, event: ReplyEvent) -> tuple[str, str]:
        """What the event adds to the answer's text, and to the thoughts that have a field of their own."""
        if isinstance(event, Text):
            return (event.text if not self._is_thinking else self._stop_thinking() + event.text), ""
        if isinstance(event, Reasoning):
            return self._thought(event.text)
        if isinstance(event, Citations):
            self._sources.add(event.sources)
            return "", ""
        if self._is_apart(event):
            return "", ""
        content = content_of(event)
        return (self._stop_thinking() + content if content else ""), ""

    def picture(self, event: ReplyEvent) -> str:
        """The address of a picture that has a field of its own; empty for everything else."""
        return event.source if isinstance(event, Image) and self._pictures == "images" else ""

    def end(self) -> str:
        """What closes the text."""
        return self._stop_thinking() + (self._sources.footnotes() if self._citations == "footnotes" else "")

    def annotations(self) -> list[dict[str, Any]]:
        return [] if self._citations == "off" else self._sources.annotations(self._said_before)

    def _is_apart(self, event: ReplyEvent) -> bool:
        """A picture that is not part of the text."""
        if isinstance(event, Image):
            return self._pictures in {"images", "off"}
        return isinstance(event, Video) and self._pictures == "off"

    def _thought(self, text: str) -> tuple[str, str]:
        if self._dialect == "off":
            return "", ""
        if self._dialect != "think":
            return "", text
        shown = text if self._is_thinking else THINK + text
        self._is_thinking = True
        self._said_before += len(shown)
        return shown, ""

    def _stop_thinking(self) -> str:
        if not self._is_thinking:
            return ""
        self._is_thinking = False
        self._said_before += len(THOUGHT)
        return THOUGHT
