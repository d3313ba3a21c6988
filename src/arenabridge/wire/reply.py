"""
What an answer is made of, whatever site it came from and whatever format it leaves in.

A decoder gives these events in the order in which the site sent them. `Text` that can be seen, `Image` and `Video` are
*content*: an answer without any of them is empty. At most one `Finished` per participant is meaningful; an answer that
ends without one was cut off.
"""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from arenabridge.errors import GatewayError

Participant = Literal["a", "b"]
"""Who answers: direct chat has `a` alone (a repeated turn may be `b`'s), battle and side-by-side have both."""

FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "error"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the site counted them; None where it did not say."""

    prompt_tokens: int | None
    completion_tokens: int | None


class Text(msgspec.Struct, frozen=True, gc=False):
    """
    A piece of the answer, to be shown as it is; never empty.

    A Struct, since one is made for every word: a frozen dataclass takes six times as long to make.
    """

    participant: Participant
    text: str


class Reasoning(msgspec.Struct, frozen=True, gc=False):
    """A piece of what the model thought before it answered; never part of the answer's text; never empty."""

    participant: Participant
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture: `source` is an http(s) URL or a `data:` URI."""

    participant: Participant
    source: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video: `source` is an http(s) URL or a `data:` URI."""

    participant: Participant
    source: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A source of the text. The same `id` comes again when more is known: the last one wins."""

    id: str
    url: str
    title: str | None = None
    offsets: tuple[int, ...] = ()
    """Where in the answer's text the source is cited, in characters, as the site counts them."""


@dataclass(frozen=True, slots=True)
class Citations:
    """What is known by now of some of the sources."""

    participant: Participant
    sources: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The participant has ended its answer."""

    participant: Participant
    reason: FinishReason
    usage: Usage | None = None
    error: GatewayError | None = None
    """Why, where the reason is `error` and the other participant's answer stands."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The site reported a failure inside the stream. `participant` is None when it spoke for the whole answer."""

    participant: Participant | None
    message: str


@dataclass(frozen=True, slots=True)
class Notice:
    """
    A known record that carries no part of the answer.

    `kind` is one of heartbeat, routed_model, step_start, step_finish, annotations, tool_call, source, signature, file,
    webdev, redacted_reasoning; or the gateway's own superseded (`wire.openai.usage`) and dropped_turns
    (`conversations.fitting`).
    """

    participant: Participant
    kind: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class Unrecognized:
    """
    A record this version does not know. Counted and shown, never fatal: the site may have added something.

    `label` is what precedes the colon (`aq`), or `?` for a line that is no record; `sample` is the line's beginning.
    """

    label: str
    sample: str


ReplyEvent = Text | Reasoning | Image | Video | Citations | Finished | Refused | Notice | Unrecognized
