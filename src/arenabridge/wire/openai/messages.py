"""Read the messages of a chat: roles of every age, content in all its forms."""

from collections.abc import Iterator

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


_THOUGHTS = frozenset({"thinking", "reasoning", "redacted_thinking"})
"""Parts of an answer that some clients keep and send back; they were never part of the conversation."""


class FunctionCall(msgspec.Struct):
    """What was called, with its arguments as text."""

    name: str = ""
    arguments: str | None = None


class CustomCall(msgspec.Struct):
    """What was called with one text, in no form."""

    name: str = ""
    input: str | None = None


class ToolCall(msgspec.Struct):
    """A call that the model made in an earlier turn; it is told as text."""

    id: str | None = None
    function: FunctionCall | None = None
    custom: CustomCall | None = None


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
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None
    function_call: FunctionCall | None = None
    """The older form of `tool_calls`, of one."""
    tool_call_id: str | None = None
    """On a tool's turn: the call that it answers."""
    images: list[ContentPart] | None = None
    """On an answer whose pictures were given in a separate field."""


def read_messages(fields: Fields) -> Iterator[Message]:
    """Raises `InvalidRequest` or `AttachmentUnsupported`, which name the part at fault."""
    messages = fields.get("messages")
    if not messages:
        raise InvalidRequest("The field messages is missing or empty.", param="messages")
    if len(messages) > MAX_MESSAGES:
        raise InvalidRequest(f"At most {MAX_MESSAGES} messages are taken, got {len(messages)}.", param="messages")
    files, called = 0, _Called()
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
        text = "\n\n".join(each for each in ("\n\n".join(read.texts), *called.told(message)) if each)
        yield Message(role=role, text=text, name=called.answered_by(message), files=tuple(read.files))


class _Content:
    """The texts and the files of one message."""

    def __init__(self, message: ChatMessage, where: str) -> None:
        self._is_answer = message.role == "assistant"
        self.texts: list[str] = []
        self.files: list[Attachment | RemoteFile] = []
        if isinstance(message.content, str):
            self.texts.append(message.content)
        else:
            for index, part in enumerate(message.content or ()):
                self._take(part, f"{where}.content[{index}]")
        for index, part in enumerate(message.images or ()):
            self._take(part, f"{where}.images[{index}]")

        if message.refusal:
            self.texts.append(message.refusal)

    def _take(self, part: ContentPart | str, where: str) -> None:
        if isinstance(part, ContentPart) and _is_file(part):
            self.files.append(read_file(part, where))
        elif not (self._is_answer and isinstance(part, ContentPart) and part.type in _THOUGHTS):
            self.texts.append(part if isinstance(part, str) else _text_of(part, where))


class _Called:
    """
    The calls of the turns so far, and how they are told, so that the model can tell which result is whose.

    Where a turn makes several calls, their ids stand beside them.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def told(self, message: ChatMessage) -> Iterator[str]:
        """The calls that this turn makes, as text."""
        if message.function_call is not None:
            yield _call(message.function_call.name, message.function_call.arguments)
        calls = message.tool_calls or ()
        for call in calls:
            made = call.function or call.custom
            if made is None:
                continue
            text = _call(made.name, made.arguments if isinstance(made, FunctionCall) else made.input)
            is_one_of_several = len(calls) > 1 and call.id
            self._names[call.id or ""] = f"{made.name}, {call.id}" if is_one_of_several else made.name
            yield f"{text} [{call.id}]" if is_one_of_several else text

    def answered_by(self, message: ChatMessage) -> str | None:
        """The name of who speaks: of a tool's turn, the tool, with the call's id if it was one of several."""
        if message.tool_call_id is None:
            return message.name
        return self._names.get(message.tool_call_id, message.name or message.tool_call_id)


def _call(name: str, arguments: str | None) -> str:
    return f"{name}({arguments or ''})"


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
