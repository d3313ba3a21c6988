"""
Writes the records of one participant's answer.

A record is `position code ":" json LF`: position `a` or `b`, code as in the AI SDK's data stream (version 4), JSON as
JavaScript's `JSON.stringify` writes it, that is with raw non-ASCII. Forms as captured in Nov and Dec 2025.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any, Protocol, assert_never

from arenabridge.simulator import pictures
from arenabridge.simulator.answers import Act, Cite, Fail, Finish, Refuse, Say, Show, Stop, Think, Wait
from arenabridge.simulator.beats import Beat, End, Head, Line, Pause, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from arenabridge.simulator.conversations import Position, Status
    from arenabridge.simulator.settings import ExtraRecord, SiteSettings

RESET_GRACE_SECONDS = 0.05
"""An abortive close may overtake what was written just before; this much later it does not."""

_WORD = re.compile(r"\s*\S+\s*|\s+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
MIME_TYPES: Mapping[str, str] = {"image": "image/png", "video": "video/mp4"}


class Stored(Protocol):
    """Keeps what a message's model made."""

    def __call__(self, message_id: str, kind: str, content: bytes) -> tuple[str, str]:
        """Answers its key and the signed URL under which it can be fetched."""


class RecordWriter:
    """Turns acts into records, for one participant of one call."""

    def __init__(self, position: Position, message_id: str, settings: SiteSettings, stored: Stored) -> None:
        self._position = position
        self._message_id = message_id
        self._settings = settings
        self._stored = stored
        self._said = 0
        self._words = 0
        self._sources: list[dict[str, Any]] = []

    def beats_for(self, acts: Iterable[Act], prompt: str = "") -> list[Beat]:
        """All that happens on this participant's side of the stream."""
        self._prompt_words = len(prompt.split())
        beats = [beat for act in acts for beat in self._act(act)]
        beats = self._with_extras(beats)
        if self._settings.finish == "before_last_text":
            _finish_before_last_text(beats)
        return beats

    def failure(self, message: str) -> Line:
        return self._line("3", message, becomes="failed")

    def _act(self, act: Act) -> Iterator[Beat]:  # noqa: C901 - a flat match, one case for each act
        match act:
            case Say():
                yield from self._say(act)
            case Think(text):
                yield self._line("g", "")
                for piece in self._pieces(text):
                    yield self._line("g", piece, reasons=piece)
            case Cite(count):
                yield from self._cite(count)
            case Show():
                yield from self._silence()
                yield self._show(act)
            case Wait(seconds):
                yield Pause(seconds)
            case Finish(reason):
                yield from self._finish(reason)
            case Fail(message):
                yield self.failure(message)
            case Stop(how):
                yield from _stop(how)
            case Refuse(status):
                yield Refused(status)
            case _:
                assert_never(act)

    def _say(self, act: Say) -> Iterator[Beat]:
        pieces = self._pieces(act.pieces) if isinstance(act.pieces, str) else act.pieces
        for piece in pieces:
            if act.delay_seconds:
                yield Pause(act.delay_seconds)
            self._said += len(piece)
            self._words += 1
            yield self._line("0", piece, says=piece)

    def _pieces(self, text: str) -> list[str]:
        """One word plus trailing blanks for each record, as most models on the site send, or as the settings say."""
        size = self._settings.words_per_record
        words = _WORD.findall(text) if size else [text] if text else []
        pieces = ["".join(words[at : at + size]) for at in range(0, len(words), size)] if size else words
        if self._settings.escape == "split_surrogates":
            return [part for piece in pieces for part in _cut_in_pairs(piece)]
        return pieces

    def _cite(self, count: int) -> Iterator[Beat]:
        """Each source twice, the second time with more; then all of them in an array."""
        for _ in range(count):
            number = len(self._sources) + 1
            brief = {
                "url": f"https://example.org/articles/{number}?q=[{number}]",
                "id": str(number),
                "charLocation": [self._said],
            }
            full = {
                **brief,
                "charLocation": [self._said, self._said + number],
                "title": f"Source {number}: what is known",
                "favicon": "https://example.org/favicon.ico",
                "thumbnail": f"https://example.org/articles/{number}.jpg",
            }
            self._sources.append(full)
            yield self._citation(brief)
            yield self._citation(full)
        yield self._citation(self._sources)

    def _citation(self, source: Any) -> Line:
        return self._line("c", {"toolCallId": "citation-source", "argsTextDelta": _plain_json({"source": source})})

    def _silence(self) -> Iterator[Beat]:
        """While a picture is being made, with heartbeats that tell of nothing else."""
        count = self._settings.heartbeats
        seconds = self._settings.drawing_seconds / (count + 1)
        pauses = [Pause(seconds)] if seconds else []
        for _ in range(count):
            yield from pauses
            yield self._line("2", [{"type": "heartbeat"}])
        yield from pauses

    def _show(self, act: Show) -> Line:
        kind, mime = act.kind, MIME_TYPES[act.kind]
        drawing = pictures.Drawing(act.prompt, act.inputs, act.number)
        content = pictures.png(drawing) if kind == "image" else pictures.mp4(act.prompt)
        key, url = self._stored(self._message_id, kind, content)
        shown: dict[str, str] = {kind: url}
        if kind == "image" and self._settings.image_form == "data":
            shown = {"data": base64.b64encode(content).decode()}
        attachment = {"name": key, "contentType": mime, "url": url}
        return self._line("2", [{"type": kind, **shown, "mimeType": mime}], attaches=attachment)

    def _finish(self, reason: str) -> Iterator[Beat]:
        variant = self._settings.finish
        value: dict[str, Any] = {"finishReason": reason}
        usage = {"promptTokens": self._prompt_words, "completionTokens": self._words}
        if variant in ("with_usage", "step_before_finish"):
            value["usage"] = usage
        elif variant == "null_usage":
            value["usage"] = {"promptTokens": None, "completionTokens": None}
        status: Status = "failed" if reason == "error" else "success"
        if variant == "step_before_finish" or "steps" in self._settings.extra_records:
            yield self._line("e", {"finishReason": reason, "usage": usage, "isContinued": False})
        if variant == "missing":
            yield End("clean")
            return
        yield self._line("d", value, becomes=status)
        if variant == "duplicated":
            yield self._line("d", value)

    def _with_extras(self, beats: list[Beat]) -> list[Beat]:
        """Start records before the first record, the others around the first text."""
        wanted = self._settings.extra_records
        at = next((at for at, beat in enumerate(beats) if isinstance(beat, Line)), None)
        if not wanted or at is None:
            return beats
        before = [line for name in wanted if name in _AT_START for line in self._extra(name)]
        after = [line for name in wanted if name not in _AT_START for line in self._extra(name)]
        return [*beats[:at], *before, beats[at], *after, *beats[at + 1 :]]

    def _extra(self, name: ExtraRecord) -> list[Line]:
        call = {"toolCallId": "call_1", "toolName": "create_file"}
        made: Mapping[ExtraRecord, list[tuple[str, Any]]] = {
            "heartbeat": [("2", [{"type": "heartbeat"}])],
            "routed_model": [("2", [{"type": "routed_model", "organization": "northwind"}])],
            "steps": [("f", {"messageId": self._message_id})],
            "annotations": [("8", [{"note": "made up"}])],
            "tools": [
                ("b", call),
                ("c", {"toolCallId": "call_1", "argsTextDelta": '{"path":"a.html"}'}),
                ("9", {**call, "args": {"path": "a.html"}}),
                ("a", {"toolCallId": "call_1", "result": "ok"}),
            ],
            "source": [("h", {"sourceType": "url", "id": "s1", "url": "https://example.org/"})],
            "unknown_code": [("z", {"new": True})],
            "arena_error": [("0", "hasArenaError")],
        }
        if name in _NO_RECORDS:
            return [Line(f"{_NO_RECORDS[name]}\n", self._position)]
        return [self._line(code, value) for code, value in made[name]]

    def _line(self, code: str, value: Any, **gains: Any) -> Line:
        return Line(f"{self._position}{code}:{self._json(value)}\n", self._position, **gains)

    def _json(self, value: Any) -> str:
        if self._settings.escape == "raw":
            return _plain_json(value)
        return json.dumps(value, separators=(",", ":"))


_AT_START = frozenset[str]({"steps", "routed_model"})
_NO_RECORDS: Mapping[ExtraRecord, str] = {
    "unknown_position": 'c0:"of nobody"',
    "json_error": '{"error":"Internal Server Error"}',
    "html": "<!DOCTYPE html><html><body>Bad gateway</body></html>",
}
"""Lines that are no record of either participant."""


def _plain_json(value: Any) -> str:
    """`JSON.stringify`: raw non-ASCII, but lone surrogates escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _SURROGATE.sub(lambda lone: f"\\u{ord(lone[0]):04x}", text)


def _cut_in_pairs(piece: str) -> list[str]:
    """Cuts a text after the first half of each surrogate pair."""
    units = piece.encode("utf-16-be", "surrogatepass")
    parts = [""]
    for at in range(0, len(units), 2):
        unit = chr(int.from_bytes(units[at : at + 2], "big"))
        parts[-1] += unit
        if "\ud800" <= unit <= "\udbff":
            parts.append("")
    return [part for part in parts if part]


def _stop(how: str) -> Iterator[Beat]:
    if how == "hang_before_head":
        yield End("hang")
        return
    yield Head()
    if how == "reset":
        yield Pause(RESET_GRACE_SECONDS)
        yield End("reset")
    else:
        yield End("clean" if how == "cut" else "hang")


def _finish_before_last_text(beats: list[Beat]) -> None:
    texts = [at for at, beat in enumerate(beats) if isinstance(beat, Line) and beat.is_text]
    finish = next((at for at, beat in enumerate(beats) if isinstance(beat, Line) and beat.becomes == "success"), None)
    if texts and finish is not None and finish > texts[-1]:
        beats.insert(texts[-1], beats.pop(finish))
