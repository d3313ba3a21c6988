"""
Records whose meaning is in themselves: data, files, tool calls, and those that carry no part of the answer.

Each reader takes the decoded JSON of one record and returns its events. It raises ValueError, TypeError or KeyError for
a form it does not know; the stream decoder makes an `Unrecognized` of that.
"""

import re
from collections.abc import Callable
from typing import Any

from arenabridge.wire.arena.citations import read_citations
from arenabridge.wire.arena.wording import words_of
from arenabridge.wire.reply import Image, Notice, Participant, Refused, ReplyEvent, Unrecognized, Video

ERROR_MARKER = "hasArenaError"
"""
The site's own sign of a failure.

Its client looks for the word anywhere in a line, so a model that merely writes it seems to fail there. We honour it
only where the site itself speaks: as the whole payload of a text record, or as a key of an object.
"""

FAILURE_WITHOUT_WORDS = "The site reported a failure."

MAX_ELEMENT_SAMPLE_CHARACTERS = 200
"""How much of a data element that we do not know is kept to show it."""

MAX_ELEMENTS = 1000
"""Elements in one data record, where one is usual. With more it is taken for a record that we do not know."""

_MIME_TYPE = re.compile(r"(?:image|video)/[\w.+-]{1,100}")
_DATA_URI_TYPE = re.compile(r"data:((?:image|video)/[\w.+-]{1,100})[;,]")


def failure_of(value: Any) -> str:
    return words_of(value) or FAILURE_WITHOUT_WORDS


def _data(participant: Participant, value: Any) -> list[ReplyEvent]:
    """Every element counts; the site's own client looks at the first alone (Nov 2025)."""
    elements = value if isinstance(value, list) else [value]
    if len(elements) > MAX_ELEMENTS:
        raise ValueError("too many elements")
    return [_element(participant, element) for element in elements]


def _element(participant: Participant, element: Any) -> ReplyEvent:
    try:
        if element.get(ERROR_MARKER) or element.get("type") == ERROR_MARKER:
            return Refused(participant, failure_of(element))
        return _ELEMENTS[element["type"]](participant, element)
    except (AttributeError, ValueError, TypeError, KeyError):
        return Unrecognized(f"{participant}2", str(element)[:MAX_ELEMENT_SAMPLE_CHARACTERS])


def _image(participant: Participant, element: dict[str, Any]) -> Image:
    source = element.get("image") or element.get("url") or element["data"]
    return Image(participant, *_media(source, element.get("mimeType"), "image/png"))


def _video(participant: Participant, element: dict[str, Any]) -> Video:
    source = element.get("video") or element.get("url") or element["data"]
    return Video(participant, *_media(source, element.get("mimeType"), "video/mp4"))


def _media(source: Any, mime_type: Any, default_type: str) -> tuple[str, str]:
    """Source and type, from a URL, a `data:` URI or bare Base64. Any other scheme is refused: it ends in a page."""
    if not isinstance(source, str) or not source:
        raise TypeError("a picture or video without a source")
    if not isinstance(mime_type, str) or not _MIME_TYPE.fullmatch(mime_type):
        in_uri = _DATA_URI_TYPE.match(source[:200])
        mime_type = in_uri[1] if in_uri else default_type
    if source.startswith(("https://", "http://")) or _DATA_URI_TYPE.match(source[:200]):
        return source, mime_type
    if ":" in source[:100]:
        raise ValueError("a picture or video of an unknown scheme")
    return f"data:{mime_type};base64,{source}", mime_type


def _webdev(participant: Participant, element: dict[str, Any]) -> Notice:
    return Notice(participant, "webdev", element["event"])


def _heartbeat(participant: Participant, _element: dict[str, Any]) -> Notice:
    return Notice(participant, "heartbeat")


def _routed_model(participant: Participant, element: dict[str, Any]) -> Notice:
    """A router tells the vendor it chose: `{"organization": "openai"}`."""
    return Notice(participant, "routed_model", element.get("organization"))


def _annotations(participant: Participant, value: Any) -> list[ReplyEvent]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict) and item.get(ERROR_MARKER):
            return [Refused(participant, failure_of(item))]
    return [Notice(participant, "annotations", value)]


def _tool(participant: Participant, value: Any) -> list[ReplyEvent]:
    """Sources of a search come as arguments of a tool that is none; real tool calls (web-dev) are the page's affair."""
    citations = read_citations(participant, value)
    return [citations or Notice(participant, "tool_call", value)]


def _file(participant: Participant, value: Any) -> list[ReplyEvent]:
    """`{"mimeType", "data": Base64}`: models that draw while they talk send their pictures so."""
    mime_type = str(value["mimeType"])
    if mime_type.startswith("image/"):
        return [_image(participant, value)]
    if mime_type.startswith("video/"):
        return [_video(participant, value)]
    return [Notice(participant, "file", value)]


def _notice(kind: str) -> Callable[[Participant, Any], list[ReplyEvent]]:
    return lambda participant, value: [Notice(participant, kind, value)]


_ELEMENTS: dict[str, Callable[[Participant, dict[str, Any]], ReplyEvent]] = {
    "image": _image,
    "video": _video,
    "webdev": _webdev,
    "heartbeat": _heartbeat,
    "routed_model": _routed_model,
}

READERS: dict[str, Callable[[Participant, Any], list[ReplyEvent]]] = {
    "2": _data,
    "8": _annotations,
    "9": _tool,
    "a": _tool,
    "b": _tool,
    "c": _tool,
    "f": _notice("step_start"),
    "h": _notice("source"),
    "i": _notice("redacted_reasoning"),
    "j": _notice("signature"),
    "k": _file,
}
"""The records that need no memory, by their code."""
