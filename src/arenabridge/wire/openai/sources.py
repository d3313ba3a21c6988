"""
The sources of an answer as clients read them: `url_citation` annotations, or a list at the end of the text.

A source is told several times, each time with more of it: the last one wins, at the place where the first one stood.
"""

import re
from collections.abc import Iterable
from typing import Any

from arenabridge.wire.reply import Citation

MAX_SOURCES = 500
"""Sources of one answer; search models were seen to cite some tens."""

MAX_URL = 4096
"""Characters of an address; longer ones are left out, since an event may hold 64 KiB in all."""

MAX_TITLE = 300
"""Characters of a title that are shown."""


class Sources:
    """The sources of one answer, in the order in which they were first cited."""

    def __init__(self) -> None:
        self._sources: dict[str, Citation] = {}

    def add(self, sources: Iterable[Citation]) -> None:
        for source in sources:
            if len(source.url) <= MAX_URL and (source.id in self._sources or len(self._sources) < MAX_SOURCES):
                self._sources[source.id] = source

    def annotations(self, shift: int) -> list[dict[str, Any]]:
        """
        One for each source, at the first place that cites it, as a point: the site tells no spans.

        `shift` is how many characters the client was shown before those that the site counts.
        """
        return [_annotation(source, shift) for source in self._sources.values()]

    def footnotes(self) -> str:
        """A numbered list in Markdown; empty if there are no sources."""
        lines = [f"{number}. {_link(source)}" for number, source in enumerate(self._sources.values(), 1)]
        return "\n\nSources:\n\n" + "\n".join(lines) if lines else ""


def _annotation(source: Citation, shift: int) -> dict[str, Any]:
    place = (source.offsets[0] if source.offsets else 0) + shift
    citation = {"url": source.url, "title": _title(source), "start_index": place, "end_index": place}
    return {"type": "url_citation", "url_citation": citation}


def _title(source: Citation) -> str:
    return (source.title or source.url)[:MAX_TITLE]


def _link(source: Citation) -> str:
    title = re.sub(r"([\[\]\\])", r"\\\1", " ".join(_title(source).split()))
    url = source.url.replace("(", "%28").replace(")", "%29").replace(" ", "%20")
    return f"[{title}]({url})"
