r"""
The sources of a search model's answer.

They come as a tool that is none, `citation-source`, with JSON inside JSON (captures of 2025-11)::

    ac:{"toolCallId":"citation-source","argsTextDelta":"{\"source\":{\"url\":...,\"id\":\"1\",\"charLocation\":[73]}}"}

The first record of a source has its URL, id and places; later ones repeat it with more places, title and pictures; the
last record carries the array of all. Each is an event: who collects them lets the last one of an id win.
"""

from typing import Any

from arenabridge.wire.arena.js_json import loads
from arenabridge.wire.reply import Citation, Citations, Participant

_TOOL = "citation-source"


def read_citations(participant: Participant, value: Any) -> Citations | None:
    """None if the record belongs to another tool or only announces this one."""
    if not isinstance(value, dict) or _TOOL not in (value.get("toolCallId"), value.get("toolName")):
        return None
    arguments = value.get("argsTextDelta") or value.get("args") or value.get("result")
    if arguments is None:
        return None
    source = _decoded(arguments)["source"]
    items = source if isinstance(source, list) else [source]
    found = tuple(citation for item in items if (citation := _citation(item)))
    if items and not found:
        raise ValueError("no source with a web address")
    return Citations(participant, found)


def _decoded(arguments: Any) -> Any:
    return loads(arguments) if isinstance(arguments, str) else arguments


def _citation(source: Any) -> Citation | None:
    """None for a source without a web address: the others of the record are still worth having."""
    url = source.get("url") if isinstance(source, dict) else None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return None
    title, places = source.get("title"), source.get("charLocation")
    return Citation(
        id=str(source.get("id") or url),
        url=url,
        title=title if isinstance(title, str) and title else None,
        offsets=tuple(place for place in places if type(place) is int) if isinstance(places, list) else (),
    )
