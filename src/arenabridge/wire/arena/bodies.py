"""
Build the requests that make the site answer.

Shapes and the order of keys are those of captures of the site's own page: 2025-11-02 (old: the page sends the
messages), 2025-11-07 (new: the site keeps them) and the bridges of early 2026. Referer, Origin and cookies are the
browser's. The fields of the site's checks (`recaptchaV3Token`) are left out: only its own page may fill them in.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec
import orjson

from arenabridge.wire.arena.ids import AttemptIds
from arenabridge.wire.arena.js_json import mend
from arenabridge.wire.reply import Participant
from arenabridge.wire.step import Step

Mode = Literal["direct", "battle", "side-by-side"]
Modality = Literal["chat", "image", "search", "webdev", "video"]

_HEADERS = {"Content-Type": "text/plain;charset=UTF-8"}
"""The page's own header, though the body is JSON."""

_IMAGE_FEATURE_FLAGS = {"editImageButtonEnabled": "control"}
"""Sent by the page with every request for a picture; the other value seen is `treatment-1`."""


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """What changed between versions of the site."""

    stream_path: str
    sends_history: bool
    """The page sends all messages of a conversation at every turn, instead of the new one alone."""
    always_names_b: bool = False
    """`modelBMessageId` is there in direct chat too, and the user's message has `metadata`."""
    retry_takes_history: bool = True
    """A repeated turn answers the messages that the request brings, instead of those that the site keeps."""


AUGUST_2025 = Dialect(stream_path="/api/stream", sends_history=True)
"""Until 2025-08-26."""

OCTOBER_2025 = Dialect(stream_path="/nextjs-api/stream", sends_history=True)
"""2025-08-27 to 2025-11-06."""

NOVEMBER_2025 = Dialect(stream_path="/nextjs-api/stream", sends_history=False)
"""2025-11-07 to the end of that month."""

CURRENT = Dialect(stream_path="/nextjs-api/stream", sends_history=False, always_names_b=True, retry_takes_history=False)
"""Since December 2025, with what the bridges of early 2026 add."""

DIALECTS: dict[str, Dialect] = {
    "2025-08": AUGUST_2025,
    "2025-10": OCTOBER_2025,
    "2025-11": NOVEMBER_2025,
    "current": CURRENT,
}
"""The dialects, by the names that a setting gives them."""


class SiteAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file the site already has (`name` is its key there, `url` is signed), or one inline as a `data:` URI."""

    name: str
    content_type: str
    url: str


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What the user says in this turn, and what kind of answer is wanted."""

    text: str
    modality: Modality = "chat"
    attachments: tuple[SiteAttachment, ...] = ()


class Answerers(msgspec.Struct, frozen=True):
    """Who is to answer: one model, two unknown ones, or two chosen ones. Models are named by their id."""

    mode: Mode
    model_a: str | None = None
    model_b: str | None = None

    @classmethod
    def direct(cls, model: str) -> "Answerers":
        return cls("direct", model)

    @classmethod
    def battle(cls) -> "Answerers":
        return cls("battle")

    @classmethod
    def side_by_side(cls, model_a: str, model_b: str) -> "Answerers":
        return cls("side-by-side", model_a, model_b)


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier message of a conversation, for the versions of the site that take them from the page."""

    id: str
    role: Literal["user", "assistant", "system", "data"]
    text: str
    position: Participant = "a"
    attachments: tuple[SiteAttachment, ...] = ()


def create(dialect: Dialect, ids: AttemptIds, who: Answerers, prompt: Prompt) -> Step:
    """The first message of a conversation."""
    body = {
        "id": ids.session,
        "mode": who.mode,
        **_participants(dialect, ids, who),
        **_said(dialect, ids, who, prompt, ()),
    }
    return _generate("POST", f"{dialect.stream_path}/create-evaluation", body)


def post(dialect: Dialect, ids: AttemptIds, who: Answerers, prompt: Prompt, history: Sequence[Turn] = ()) -> Step:
    """A later message of the conversation `ids.session`; `history` counts only where the page sends it."""
    body = {
        "id": ids.session,
        **({"mode": who.mode} if dialect.sends_history else {}),
        **_participants(dialect, ids, who),
        **_said(dialect, ids, who, prompt, history),
    }
    return _generate("POST", f"{dialect.stream_path}/post-to-evaluation/{quote(ids.session, safe='')}", body)


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """A repeated turn: the answer `message` of `session` is made again, from other ones where the site takes them."""

    session: str
    message: str
    model: str | None = None
    history: tuple[Turn, ...] = ()
    modality: Modality = "chat"


def retry(dialect: Dialect, again: Retry, unix_ms: int) -> Step:
    """`unix_ms` dates the messages. Model and history count only where `dialect.retry_takes_history`."""
    path = f"{dialect.stream_path}/retry-evaluation-session-message/{quote(again.session, safe='')}"
    body = {"messages": _forged(again, unix_ms), "modelId": again.model} if dialect.retry_takes_history else {}
    return _generate("PUT", f"{path}/messages/{quote(again.message, safe='')}", body)


def _generate(method: Literal["POST", "PUT"], path: str, body: dict[str, Any]) -> Step:
    return Step(method=method, path=path, headers=dict(_HEADERS), body=orjson.dumps(body).decode(), generates=True)


def _participants(dialect: Dialect, ids: AttemptIds, who: Answerers) -> dict[str, Any]:
    named = {"modelAId": who.model_a, "modelBId": who.model_b}
    with_b = dialect.always_names_b or who.mode != "direct"
    return {
        **{key: model for key, model in named.items() if model is not None},
        "userMessageId": ids.user,
        "modelAMessageId": ids.a,
        **({"modelBMessageId": ids.b} if with_b else {}),
    }


def _said(dialect: Dialect, ids: AttemptIds, who: Answerers, prompt: Prompt, history: Sequence[Turn]) -> dict[str, Any]:
    if dialect.sends_history:
        said: dict[str, Any] = {"messages": _messages(ids, who, prompt, history)}
    else:
        message = {"content": mend(prompt.text), "experimental_attachments": _attachments(prompt.attachments)}
        said = {"userMessage": message | ({"metadata": {}} if dialect.always_names_b else {})}
    flags = {"featureFlags": _IMAGE_FEATURE_FLAGS} if prompt.modality == "image" else {}
    return {**said, "modality": prompt.modality, **flags}


def _attachments(attachments: Sequence[SiteAttachment]) -> list[dict[str, str]]:
    return [{"name": each.name, "contentType": each.content_type, "url": each.url} for each in attachments]


def _messages(ids: AttemptIds, who: Answerers, prompt: Prompt, history: Sequence[Turn]) -> list[dict[str, Any]]:
    """The whole conversation, then the new message and an empty place for each answer."""
    models = {"a": who.model_a, "b": who.model_b}
    parents = [[], *([turn.id] for turn in history)]
    said = [
        _message(ids.session, turn, parent, models[turn.position])
        for turn, parent in zip(history, parents, strict=False)
    ]
    asked = Turn(id=ids.user, role="user", text=prompt.text, attachments=prompt.attachments)
    empty = [Turn(id=ids.a, role="assistant", text="")]
    if who.mode != "direct":
        empty.append(Turn(id=ids.b, role="assistant", text="", position="b"))
    answers = [_message(ids.session, turn, [ids.user], models[turn.position]) | {"status": "pending"} for turn in empty]
    return [*said, _message(ids.session, asked, parents[-1], None), *answers]


def _message(session: str, turn: Turn, parents: list[str], model: str | None) -> dict[str, Any]:
    """The user's messages stay `pending` for ever, the answers are `success` (captures of 2025-11-02)."""
    answer = turn.role == "assistant"
    return {
        "id": turn.id,
        "role": turn.role,
        "content": mend(turn.text),
        **({"reasoning": ""} if answer else {}),
        "experimental_attachments": _attachments(turn.attachments),
        "parentMessageIds": parents,
        "participantPosition": turn.position,
        "modelId": model if answer else None,
        "evaluationSessionId": session,
        "status": "success" if answer else "pending",
        "failureReason": None,
    }


def _forged(again: Retry, unix_ms: int) -> list[dict[str, Any]]:
    """Messages in a chain, as the earlier bridges sent them: all done but the last, for pictures that one too."""
    date = datetime.fromtimestamp(unix_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    parents = [[], *([turn.id] for turn in again.history)]
    forged = [
        {
            "role": turn.role,
            "content": mend(turn.text),
            "id": turn.id,
            "evaluationId": None,
            "evaluationSessionId": again.session,
            "parentMessageIds": parent,
            "experimental_attachments": _attachments(turn.attachments),
            "failureReason": None,
            "metadata": None,
            "participantPosition": turn.position,
            "createdAt": date,
            "updatedAt": date,
            "status": "success",
        }
        for turn, parent in zip(again.history, parents, strict=False)
    ]
    if forged and again.modality != "image":
        forged[-1]["status"] = "pending"
    return forged
