"""
Decode the body of an answer of the site.

The body is a sequence of lines, one record a line: who speaks, the kind of record, a colon, JSON::

    a0:"Hello "                      text
    ag:"The user wants..."           reasoning
    a2:[{"type":"image", ...}]       data
    a3:"Something went wrong"        error
    ad:{"finishReason":"stop"}       end of this participant's answer

The kinds are those of the "data stream" protocol of the Vercel AI SDK, version 4 (seen in captures of 2025-11 and
2025-12, and in the site's own client of Nov 2025). A record is complete when its line is: the decoder never looks
inside an unfinished line, so it gives the same events however the network cut the body. Nothing is ever judged by the
words in it, since the words are the model's.
"""

import re
from typing import Any

import msgspec

from arenabridge.errors import SiteChanged
from arenabridge.wire.arena.finish import finish_reason, read_usage, total
from arenabridge.wire.arena.js_json import is_high_surrogate, loads, loads_piece, mend
from arenabridge.wire.arena.records import ERROR_MARKER, FAILURE_WITHOUT_WORDS, READERS, failure_of
from arenabridge.wire.reply import (
    Finished,
    Notice,
    Participant,
    Reasoning,
    Refused,
    ReplyEvent,
    Text,
    Unrecognized,
    Usage,
)

MAX_LINE_CHARACTERS = 8 * 2**20
"""A picture sent inline fits; a body that is not a stream of lines can't grow without bound."""

MAX_SAMPLE_CHARACTERS = 200
"""How much of a record that we do not know is kept to show it."""

_PLAIN: dict[str, tuple[Participant, type[Text | Reasoning]]] = {
    "a0:": ("a", Text),
    "b0:": ("b", Text),
    "ag:": ("a", Reasoning),
    "bg:": ("b", Reasoning),
}
"""Nearly every record of nearly every answer; these take the short way."""

_PARTICIPANTS: dict[str, Participant] = {"a": "a", "b": "b"}
_LABEL = re.compile(r"[a-z][0-9a-z](?=:)")
_decode_string = msgspec.json.Decoder(str).decode


class ArenaStreamDecoder:
    """
    Turns pieces of one answer's body into events: `feed()` what arrives, then `end()`.

    The pieces are text (the userscript decodes UTF-8), cut anywhere. Raises SiteChanged, and nothing else, when a line
    reaches `MAX_LINE_CHARACTERS`. The text of all events can be encoded in UTF-8.
    """

    def __init__(self) -> None:
        self._pieces: list[str] = []  # of the unfinished line; joined once, when its end arrives
        self._size = 0
        self._halves: dict[str, str] = {}  # label -> high surrogate that ended its last record
        self._steps: dict[Participant, Usage] = {}

    def feed(self, text: str) -> list[ReplyEvent]:
        lines = text.split("\n")
        tail = lines.pop()
        events: list[ReplyEvent] = []
        if lines and self._pieces:
            self._keep(lines[0])
            lines[0] = self._take()
        if len(text) >= MAX_LINE_CHARACTERS:
            _check_length(max(map(len, lines), default=0))
        for line in lines:
            plain = None if self._halves else _decode_plain(line)
            if plain is not None:
                events.append(plain)
            else:
                events += self._decode(line)
        if tail:
            self._keep(tail)
        return events

    def end(self) -> list[ReplyEvent]:
        """Return what the last line held if the body did not end with a line end."""
        events = self._decode(self._take())
        return events + [event for participant in _PARTICIPANTS.values() for event in self._flush(participant)]

    def _keep(self, piece: str) -> None:
        self._size += len(piece)
        _check_length(self._size)
        self._pieces.append(piece)

    def _take(self) -> str:
        line = "".join(self._pieces)
        self._pieces, self._size = [], 0
        return line

    def _decode(self, line: str) -> list[ReplyEvent]:
        if not line or line.isspace():
            return []
        participant, code = _PARTICIPANTS.get(line[0]), line[1:2]
        try:
            if participant is None or line[2:3] != ":":
                return [_failure_without_prefix(line)]
            return self._read(participant, code, line[3:])
        except (ValueError, TypeError, KeyError):
            return [_unrecognized(line)]

    def _read(self, participant: Participant, code: str, payload: str) -> list[ReplyEvent]:
        match code:
            case "0":
                return self._text(participant, loads_piece(payload))
            case "g":
                return self._reasoning(participant, loads_piece(payload))
            case "3":
                return [*self._flush(participant), Refused(participant, failure_of(loads(payload)))]
            case "d":
                return self._finish(participant, _object(payload))
            case "e":
                return self._step_finish(participant, _object(payload))
            case _:
                return READERS[code](participant, loads(payload))

    def _text(self, participant: Participant, piece: str) -> list[ReplyEvent]:
        if piece == ERROR_MARKER:
            return [*self._flush(participant), Refused(participant, FAILURE_WITHOUT_WORDS)]
        text = self._whole_characters(participant + "0", piece)
        return [Text(participant, text)] if text else []

    def _reasoning(self, participant: Participant, piece: str) -> list[ReplyEvent]:
        text = self._whole_characters(participant + "g", piece)
        return [Reasoning(participant, text)] if text else []

    def _whole_characters(self, label: str, piece: str) -> str:
        """Hold back half a character at the end of a record until the next one of its label brings the other half."""
        text = self._halves.pop(label, "") + piece
        if text and is_high_surrogate(text[-1]):
            self._halves[label] = text[-1]
            text = text[:-1]
        return mend(text)

    def _flush(self, participant: Participant) -> list[ReplyEvent]:
        """Give out half characters whose other halves can't come any more."""
        events: list[ReplyEvent] = []
        if half := self._halves.pop(participant + "g", ""):
            events.append(Reasoning(participant, mend(half)))
        if half := self._halves.pop(participant + "0", ""):
            events.append(Text(participant, mend(half)))
        return events

    def _finish(self, participant: Participant, value: dict[str, Any]) -> list[ReplyEvent]:
        reason = finish_reason(value)
        usage = read_usage(value) or self._steps.pop(participant, None)
        refused = [Refused(participant, failure_of(value))] if value.get(ERROR_MARKER) else []
        return [*self._flush(participant), *refused, Finished(participant, reason, usage)]

    def _step_finish(self, participant: Participant, value: dict[str, Any]) -> list[ReplyEvent]:
        """A step's end is not the answer's; its usage counts if the answer's own end tells none."""
        if usage := read_usage(value):
            self._steps[participant] = total(self._steps.get(participant), usage)
        return [Notice(participant, "step_finish", value)]


def _check_length(characters: int) -> None:
    if characters >= MAX_LINE_CHARACTERS:
        raise SiteChanged(f"The site sent a line of more than {MAX_LINE_CHARACTERS} characters.")


def _decode_plain(line: str) -> Text | Reasoning | None:
    """The short way for whole text without half characters; None sends the line the long way, which knows all."""
    kind = _PLAIN.get(line[:3])
    if kind is None:
        return None
    try:
        text = _decode_string(line[3:])
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    if not text or text == ERROR_MARKER:
        return None
    participant, event = kind
    return event(participant, text)


def _object(payload: str) -> dict[str, Any]:
    value = loads(payload)
    if not isinstance(value, dict):
        raise TypeError(f"expected an object, got {type(value).__name__}")
    return value


def _failure_without_prefix(line: str) -> ReplyEvent:
    """The body of an error answer, which normally comes with a status of its own: `{"error": ...}` alone on a line."""
    if not line.startswith("{"):
        return _unrecognized(line)
    value = _object(line)
    if not (value.get("error") or value.get(ERROR_MARKER)):
        return _unrecognized(line)
    return Refused(None, failure_of(value))


def _unrecognized(line: str) -> Unrecognized:
    label = _LABEL.match(line)
    return Unrecognized(label[0] if label else "?", mend(line[:MAX_SAMPLE_CHARACTERS].rstrip("\r")))
