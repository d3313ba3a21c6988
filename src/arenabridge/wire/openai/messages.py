"""Read the messages of a chat: roles of every age, content in all its forms."""

from collections.abc import Iterator

import msgspec

from arenabridge.errors import AttachmentUnsupported, InvalidRequest
from arenabridge.wire.chat import Message, Role
from arenabridge.wire.openai.fields import Fields

MAX_MESSAGES = 20_000

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


class FunctionCall(msgspec.Struct):
    """What was called, with its arguments as text."""

    name: str = ""
    arguments: str | None = None


class ToolCall(msgspec.Struct):
    """A call that the model made in an earlier turn; it is told as text."""

    function: FunctionCall | None = None


class ContentPart(msgspec.Struct):
    """A piece of a turn: text, under any of the names that its type has had."""

    type: str = "text"
    text: str | None = None
    refusal: str | None = None


class ChatMessage(msgspec.Struct):
    """A turn, as clients of every age send it."""

    role: str
    content: str | list[ContentPart | str] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None


def read_messages(fields: Fields) -> Iterator[Message]:
    """Raises `InvalidRequest` or `AttachmentUnsupported`, which name the part at fault."""
    messages = fields.get("messages")
    if not messages:
        raise InvalidRequest("The field messages is missing or empty.", param="messages")
    if len(messages) > MAX_MESSAGES:
        raise InvalidRequest(f"At most {MAX_MESSAGES} messages are taken, got {len(messages)}.", param="messages")
    for index, message in enumerate(messages):
        role = _ROLES.get(message.role)
        if role is None:
            known = ", ".join(_ROLES)
            param = f"messages[{index}].role"
            raise InvalidRequest(f"{param}: expected one of {known}, got {message.role[:50]!r}.", param=param)
        yield Message(role=role, text=_text(message, f"messages[{index}]"), name=message.name)


def _text(message: ChatMessage, where: str) -> str:
    if isinstance(message.content, list):
        text = "\n\n".join(_part(part, f"{where}.content[{index}]") for index, part in enumerate(message.content))
    else:
        text = message.content or ""
    calls = [call.function for call in message.tool_calls or () if call.function]
    return "\n\n".join([*([text] if text else []), *(f"{call.name}({call.arguments or ''})" for call in calls)])


def _part(part: ContentPart | str, where: str) -> str:
    if isinstance(part, str):
        return part
    if part.type in {"text", "input_text", "output_text"}:
        return part.text or ""
    if part.type == "refusal":
        return part.refusal or ""
    raise AttachmentUnsupported(
        f"{where}: content of type {part.type[:50]!r} can't be sent yet, only text.", param=where
    )
