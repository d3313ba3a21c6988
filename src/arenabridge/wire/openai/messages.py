"""Read the messages of a chat: roles of every age, content in all its forms."""

from collections.abc import Iterator, Sequence

import msgspec

from arenabridge.errors import AttachmentUnsupported, InvalidRequest
from arenabridge.wire.chat import Attachment, Message, RemoteFile, Role
from arenabridge.wire.openai.fields import Fields
from arenabridge.wire.openai.files import FILE_PARTS, MAX_FILES, FilePart, read_file

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


class ContentPart(FilePart):
    """A piece of a turn: text, or a file, under any of the names that its type has had."""

    type: str | None = None
    text: str | None = None
    refusal: str | None = None


class ChatMessage(msgspec.Struct):
    """A turn, as clients of every age send it."""

    role: str
    content: str | list[ContentPart | str] | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    images: list[ContentPart] | None = None
    """Of an answer that was given with its pictures in a field of their own."""


def read_messages(fields: Fields) -> Iterator[Message]:
    """Raises `InvalidRequest` or `AttachmentUnsupported`, which name the part at fault."""
    messages = fields.get("messages")
    if not messages:
        raise InvalidRequest("The field messages is missing or empty.", param="messages")
    if len(messages) > MAX_MESSAGES:
        raise InvalidRequest(f"At most {MAX_MESSAGES} messages are taken, got {len(messages)}.", param="messages")
    files = 0
    for index, message in enumerate(messages):
        role = _ROLES.get(message.role)
        if role is None:
            known = ", ".join(_ROLES)
            param = f"messages[{index}].role"
            raise InvalidRequest(f"{param}: expected one of {known}, got {message.role[:50]!r}.", param=param)
        read = _Content(message, f"messages[{index}]")
        files += len(read.files)
        if files > MAX_FILES:
            raise InvalidRequest(f"At most {MAX_FILES} files are taken in one request.", param="messages")
        yield Message(role=role, text=_text(message, read.texts), name=message.name, files=tuple(read.files))


class _Content:
    """The texts and the files of one message."""

    def __init__(self, message: ChatMessage, where: str) -> None:
        self.texts: list[str] = []
        self.files: list[Attachment | RemoteFile] = []
        if isinstance(message.content, str):
            self.texts.append(message.content)
        else:
            for index, part in enumerate(message.content or ()):
                self._take(part, f"{where}.content[{index}]")
        for index, part in enumerate(message.images or ()):
            self._take(part, f"{where}.images[{index}]")

    def _take(self, part: ContentPart | str, where: str) -> None:
        if isinstance(part, ContentPart) and _is_file(part):
            self.files.append(read_file(part, where))
        else:
            self.texts.append(part if isinstance(part, str) else _text_of(part, where))


def _text(message: ChatMessage, texts: Sequence[str]) -> str:
    text = "\n\n".join(texts)
    calls = [call.function for call in message.tool_calls or () if call.function]
    return "\n\n".join([*([text] if text else []), *(f"{call.name}({call.arguments or ''})" for call in calls)])


def _is_file(part: ContentPart) -> bool:
    """Parts without a type are text, unless they hold a file."""
    if part.type is None:
        return part.text is None and (part.image_url is not None or part.file is not None)
    return part.type in FILE_PARTS


def _text_of(part: ContentPart, where: str) -> str:
    if part.type in {None, "text", "input_text", "output_text"}:
        return part.text or ""
    if part.type == "refusal":
        return part.refusal or ""
    raise AttachmentUnsupported(f"{where}: content of type {(part.type or '')[:50]!r} can't be sent.", param=where)
