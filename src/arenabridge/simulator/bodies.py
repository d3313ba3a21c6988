"""
The request bodies of the three generating calls, read strictly, in the shape of the site version.

Shapes as captured: whole `messages` lists until 2025-11-06, `userMessage` from the day after. Keys that a shape does
not name are ignored, as the site does with e.g. `tools`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec import Struct, field

from arenabridge.simulator.identifiers import is_uuid
from arenabridge.simulator.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from arenabridge.simulator.conversations import Position
    from arenabridge.simulator.versions import Generation

Mode = Literal["direct", "battle", "side-by-side", "direct-battle"]
Modality = Literal["chat", "image", "search", "webdev", "video"]
Role = Literal["user", "assistant", "system", "data"]

BodyT = TypeVar("BodyT", bound=Struct)


class Attachment(Struct, rename="camel", frozen=True):
    """`url` may be a signed storage URL or, as the earlier bridges sent it, a `data:` URI."""

    name: str
    content_type: str
    url: str


class ListedMessage(Struct, rename="camel", frozen=True):
    """One entry of `messages`: of a history, or a placeholder for what is about to be said."""

    role: Role
    content: str
    id: str
    parent_message_ids: list[str] = []
    experimental_attachments: list[Attachment] = field(name="experimental_attachments", default_factory=list)
    participant_position: Literal["a", "b"] = "a"
    model_id: str | None = None
    evaluation_session_id: str | None = None
    status: Literal["pending", "success", "failed", "flagged"] = "pending"


class UserMessage(Struct, frozen=True):
    """What the user says, in the new shape."""

    content: str
    experimental_attachments: list[Attachment] = []


class TurnBody(Struct, rename="camel", frozen=True, kw_only=True):
    """What create and post have in common; `messages` is the old shape, `userMessage` the new one."""

    id: str
    user_message_id: str
    model_a_message_id: str
    modality: Modality
    mode: Mode | None = None
    model_a_id: str | None = None
    model_b_id: str | None = None
    model_b_message_id: str | None = None
    messages: list[ListedMessage] | None = None
    user_message: UserMessage | None = None

    @property
    def prompt(self) -> UserMessage:
        """What the user says now, whichever shape says it."""
        if self.user_message is not None:
            return self.user_message
        said = next(each for each in self.messages or () if each.id == self.user_message_id)
        return UserMessage(said.content, said.experimental_attachments)

    @property
    def answer_ids(self) -> dict[Position, str]:
        """The id chosen for the answer at each position of a call with two participants."""
        both: dict[Position, str] = {"a": self.model_a_message_id}
        if self.model_b_message_id is not None:
            both["b"] = self.model_b_message_id
        return both


class RetryBody(Struct, rename="camel", frozen=True, kw_only=True):
    """What a retry brings: a history of its own, or a token alone."""

    messages: list[ListedMessage] | None = None
    model_id: str | None = None


def read_create(raw: bytes, generation: Generation, *, strict_ids: bool) -> TurnBody:
    """The body of create-evaluation; `Refusal` 400 tells what is wrong with it."""
    body = _turn(raw, generation, strict_ids=strict_ids)
    if body.mode is None:
        raise invalid("mode: Required")
    _check_participants(body)
    return body


def read_post(raw: bytes, generation: Generation, session_id: str, *, strict_ids: bool) -> TurnBody:
    """The body of post-to-evaluation, whose `id` repeats the session of the path and whose `mode` is optional."""
    body = _turn(raw, generation, strict_ids=strict_ids)
    if body.id.lower() != session_id.lower():
        raise invalid("id: does not match the evaluation session of the path")
    return body


def read_retry(raw: bytes, generation: Generation) -> RetryBody:
    """The body of a retry: a history of the caller's own, or from Dec 2025 nothing but a token."""
    body = _decoded(raw, RetryBody)
    if not generation.retry_trusts_messages:
        return RetryBody()
    if body.messages is None:
        return body
    _check_ids((each.id for each in body.messages), strict=False)
    if not any(each.role == "user" for each in body.messages):
        raise invalid("messages: no user message")
    return body


def _turn(raw: bytes, generation: Generation, *, strict_ids: bool) -> TurnBody:
    body = _decoded(raw, TurnBody)
    own = [body.id, body.user_message_id, *body.answer_ids.values()]
    _check_ids(own, strict=strict_ids)
    if len({each.lower() for each in own}) != len(own):
        raise invalid("ids: must differ from each other")
    if generation.bodies_list_messages:
        _check_messages(body)
    elif body.user_message is None:
        raise invalid("userMessage: Required")
    return body


def _check_participants(body: TurnBody) -> None:
    """Direct: A's model; battle: none, the site draws them; side by side: both."""
    if body.mode == "battle" and (body.model_a_id is not None or body.model_b_id is not None):
        raise invalid("modelAId: not allowed in battle mode")
    if body.mode != "battle" and body.model_a_id is None:
        raise invalid("modelAId: Required")
    if body.mode == "side-by-side" and body.model_b_id is None:
        raise invalid("modelBId: Required")
    if body.mode == "direct" and body.model_b_id is not None:
        raise invalid("modelBId: not allowed in direct mode")
    if body.mode != "direct" and body.model_b_message_id is None:
        raise invalid("modelBMessageId: Required")


def _check_messages(body: TurnBody) -> None:
    """Old shape: the new user message and a placeholder for each answer, linked by their parents."""
    if body.messages is None:
        raise invalid("messages: Required")
    listed = {each.id: each for each in body.messages}
    _check_ids(listed, strict=False)
    said = listed.get(body.user_message_id)
    if said is None or said.role != "user":
        raise invalid("messages: the user message is missing")
    for position, answer_id in body.answer_ids.items():
        answer = listed.get(answer_id)
        if answer is None or answer.role != "assistant" or answer.parent_message_ids != [said.id]:
            raise invalid(f"messages: the placeholder of participant {position} is missing or has another parent")
        if answer.participant_position != position or answer.content:
            raise invalid(f"messages: the placeholder of participant {position} is not empty or misplaced")
    if any(each.evaluation_session_id not in (None, body.id) for each in body.messages):
        raise invalid("messages: evaluationSessionId of another session")


def _check_ids(ids: Iterable[str], *, strict: bool) -> None:
    for each in ids:
        if not is_uuid(each, strict=strict):
            raise invalid(f"Invalid uuid: {each[:80]!r}")


def _decoded(raw: bytes, shape: type[BodyT]) -> BodyT:
    try:
        value: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise invalid("Invalid JSON body") from None
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as wrong:
        raise invalid(str(wrong)) from None
