"""
Read the body of `POST /v1/chat/completions`.

Clients send far more than they need (`stop: []`, `logit_bias: {}`, nulls for everything they know), so null means
absent, unknown keys are no error, and only what would change the answer's meaning is refused.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NoReturn

import msgspec

from arenabridge.errors import AttachmentUnsupported, InvalidRequest, MalformedJson
from arenabridge.wire.chat import ChatRequest, Message, Role

MAX_MESSAGES = 20_000

MAX_IGNORED = 32
"""Names of unused parameters that are remembered: they go into a response header, which clients bound at 8 kB or so."""

MAX_IGNORED_CHARACTERS = 100
"""Of each of those names."""

_HALF_CHARACTER = re.compile(
    rb"(?<!\\)(?:\\\\)*\\u(?:d[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!d[89ab][0-9a-f]{2}\\u)d[c-f][0-9a-f]{2})",
    re.IGNORECASE,
)
"""One half of a surrogate pair, escaped, without the other: what is left where a program cut a string in JavaScript."""

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}

_UNDERSTOOD = frozenset({"model", "messages", "stream", "stream_options", "n"})

_WITHOUT_EFFECT = frozenset(
    {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "parallel_tool_calls"}
)
"""Keys that say nothing about the answer: not worth telling the client that they were not used."""


class _Function(msgspec.Struct):
    name: str = ""
    arguments: str | None = None


class _ToolCall(msgspec.Struct):
    function: _Function | None = None


class _Part(msgspec.Struct):
    type: str = "text"
    text: str | None = None
    refusal: str | None = None


class _Message(msgspec.Struct):
    role: str
    content: str | list[_Part | str] | None = None
    name: str | None = None
    tool_calls: list[_ToolCall] | None = None


class _StreamOptions(msgspec.Struct):
    include_usage: bool | None = None


class ChatCompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded request: the conversation, and how the client wants its answer."""

    chat: ChatRequest
    stream: bool
    include_usage: bool


_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def decode_chat_request(body: bytes) -> ChatCompletionRequest:
    """Raises `MalformedJson`, `InvalidRequest` or `AttachmentUnsupported`, each naming the field at fault."""
    fields = _decode_fields(body)
    if _field(fields, "n", int | None) not in {None, 1}:
        raise InvalidRequest("Only one answer per request can be served: n must be 1.", param="n")
    options = _field(fields, "stream_options", _StreamOptions | None)
    return ChatCompletionRequest(
        chat=ChatRequest(
            model=_model(fields),
            messages=tuple(_messages(fields)),
            ignored=tuple(sorted(islice(_ignored(fields), MAX_IGNORED))),
        ),
        stream=bool(_field(fields, "stream", bool | None)),
        include_usage=bool(options and options.include_usage),
    )


def _decode_fields(body: bytes) -> dict[str, msgspec.Raw]:
    try:
        return _fields.decode(body)
    except msgspec.ValidationError:
        raise InvalidRequest("The request body must be a JSON object.") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedJson(f"The request body is not valid JSON: {_what_is_wrong(body, error)}") from None


def _what_is_wrong(body: bytes, error: Exception) -> str:
    """The decoder speaks of hex escapes and of truncated input where half a character is the fault."""
    half = _HALF_CHARACTER.search(body)
    if half is None or not isinstance(error, msgspec.DecodeError):
        return str(error)
    return f"{half[0].decode()[-6:]} is half a character, a surrogate without its partner (byte {half.end() - 6})."


def _field(fields: dict[str, msgspec.Raw], name: str, type_: Any) -> Any:
    raw = fields.get(name)
    if raw is None:
        return None
    try:
        return msgspec.json.decode(raw, type=type_)
    except msgspec.ValidationError as error:
        _refuse(name, error)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise MalformedJson(f"The request body is not valid JSON: {error}", param=name) from None


def _refuse(name: str, error: msgspec.ValidationError) -> NoReturn:
    """Turn "Expected `str`, got `int` - at `$[0].content`" into a sentence about the client's own field."""
    what, _, where = str(error).partition(" - at `$")
    param = name + re.sub(r"`$", "", where)
    raise InvalidRequest(f"{param}: {what[:1].lower()}{what[1:].replace('`', '')}.", param=param) from None


def _model(fields: dict[str, msgspec.Raw]) -> str:
    model = _field(fields, "model", str | None)
    if not model:
        raise InvalidRequest("The field model is missing: name one of the models of GET /v1/models.", param="model")
    return str(model)


def _messages(fields: dict[str, msgspec.Raw]) -> Iterator[Message]:
    messages = _field(fields, "messages", list[_Message] | None)
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


def _text(message: _Message, where: str) -> str:
    if isinstance(message.content, list):
        text = "\n\n".join(_part(part, f"{where}.content[{index}]") for index, part in enumerate(message.content))
    else:
        text = message.content or ""
    calls = [call.function for call in message.tool_calls or () if call.function]
    return "\n\n".join([*([text] if text else []), *(f"{call.name}({call.arguments or ''})" for call in calls)])


def _part(part: _Part | str, where: str) -> str:
    if isinstance(part, str):
        return part
    if part.type in {"text", "input_text", "output_text"}:
        return part.text or ""
    if part.type == "refusal":
        return part.refusal or ""
    raise AttachmentUnsupported(
        f"{where}: content of type {part.type[:50]!r} can't be sent yet, only text.", param=where
    )


def _ignored(fields: dict[str, msgspec.Raw]) -> Iterator[str]:
    for name, raw in fields.items():
        if name not in _UNDERSTOOD | _WITHOUT_EFFECT and bytes(raw) not in {b"null", b"[]", b"{}"}:
            yield name[:MAX_IGNORED_CHARACTERS]
