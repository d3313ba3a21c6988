"""Read the messages of a chat: roles of every age, content in all its forms."""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

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


_ID = Meta(extra_json_schema={"type": "string"})
_REFUSAL = Meta(extra_json_schema={"anyOf": [{"type": "string"}, {"type": "null"}]})
_ARGUMENTS = Meta(
    description="As text; some programs send them as an object.",
    extra_json_schema={"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "null"}]},
)
_CUSTOM = Meta(
    description="A tool that takes one text in no form: its `name`, and its `input`.",
    extra_json_schema={"anyOf": [{"type": "object"}, {"type": "null"}]},
)
_FUNCTION_CALL = Meta(
    description="The older form of `tool_calls`, of one: its `name`, and its `arguments`.",
    extra_json_schema={"anyOf": [{"type": "object"}, {"type": "null"}]},
)


class FunctionCall(msgspec.Struct):
    """What was called."""

    name: str | None = None
    arguments: Annotated[Any, _ARGUMENTS] = None


class ToolCall(msgspec.Struct):
    """
    A call that the model made in an earlier turn; it is told as text.

    Much of it is taken in any form: programs send such turns back as other providers or themselves have written them.
    """

    id: Annotated[Any, _ID] = None
    function: FunctionCall | None = None
    custom: Annotated[Any, _CUSTOM] = None


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
    refusal: Annotated[Any, _REFUSAL] = None
    tool_calls: list[ToolCall] | None = None
    function_call: Annotated[Any, _FUNCTION_CALL] = None
    tool_call_id: Annotated[Any, _ID] = None
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

        if isinstance(message.refusal, str) and message.refusal:
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
        if made := _made(message.function_call, "arguments"):
            yield made.text
        calls = message.tool_calls or ()
        for call in calls:
            made = _of_function(call.function) if call.function else _made(call.custom, "input")
            if made is None:
                continue
            id_ = _as_text(call.id)
            is_one_of_several = len(calls) > 1 and id_
            self._names[id_] = f"{made.name}, {id_}" if is_one_of_several else made.name
            yield f"{made.text} [{id_}]" if is_one_of_several else made.text

    def answered_by(self, message: ChatMessage) -> str | None:
        """The name of who speaks: of a tool's turn, the tool, with the call's id if it was one of several."""
        if message.tool_call_id is None:
            return message.name
        id_ = _as_text(message.tool_call_id)
        return self._names.get(id_, message.name or id_)


class _Made(NamedTuple):
    """A call that was made."""

    name: str
    arguments: str

    @property
    def text(self) -> str:
        return f"{self.name}({self.arguments})"


def _of_function(call: FunctionCall) -> _Made:
    return _Made(call.name or "", _as_text(call.arguments))


def _made(said: Any, arguments: str) -> _Made | None:
    """What is said of a call, whose arguments have this name; None if that is nothing."""
    if not isinstance(said, dict) or not said:
        return None
    made = _Made(_as_text(said.get("name")), _as_text(said.get(arguments)))
    return made if any(made) else None


def _as_text(said: Any) -> str:
    if said is None or isinstance(said, str):
        return said or ""
    try:
        return msgspec.json.encode(said).decode()
    except RecursionError:
        raise InvalidRequest("The messages are nested too deeply.", param="messages") from None


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
