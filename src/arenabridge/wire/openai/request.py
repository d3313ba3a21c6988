"""
Read the body of `POST /v1/chat/completions`.

Unknown fields are no error, and only what would change the answer's meaning is refused.
"""

from collections.abc import Iterator, Set as AbstractSet
from itertools import islice
from typing import NoReturn

import msgspec

from arenabridge.errors import InvalidRequest, ToolsNotSupported
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.openai.fields import Fields
from arenabridge.wire.openai.json_format import JsonFormat
from arenabridge.wire.openai.messages import read_messages
from arenabridge.wire.openai.request_schema import (
    MAX_CHOICES,
    MAX_MODEL_CHARACTERS,
    MAX_STOP_CHARACTERS,
    MAX_STOP_SEQUENCES,
    ChatCompletionBody,
)

MAX_IGNORED = 32
"""Names of unused parameters that are remembered: they go into a response header, which clients bound at 8 kB or so."""

MAX_IGNORED_CHARACTERS = 100
"""Characters of each of those names."""

_UNDERSTOOD = frozenset(
    {"model", "stream", "stream_options", "n", "stop", "max_tokens", "max_completion_tokens", "response_format"}
)

_WITHOUT_EFFECT = frozenset(
    {"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key", "parallel_tool_calls"}
)
"""Keys that say nothing about the answer: not worth telling the client that they were not used."""


_KEPT_CHOICES = ("none", "auto")
"""Of tools: an answer without a call is what was asked for, or may be."""


class ChatCompletionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A decoded request: the conversation, and how the client wants its answer."""

    chat: ChatRequest
    stream: bool = False
    include_usage: bool = False
    choices: int = 1
    """How many answers are wanted, each from a separate job."""
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    json: JsonFormat | None = None


def decode_chat_request(body: bytes) -> ChatCompletionRequest:
    """Raises `MalformedJson`, `InvalidRequest` and their kin, each naming the field at fault."""
    fields = Fields(body, ChatCompletionBody)
    _check_tools(fields)
    understood = {"messages", *_kept_as_asked(fields)}
    return with_wishes(
        fields,
        ChatRequest(
            model=read_model(fields), messages=tuple(read_messages(fields)), ignored=read_ignored(fields, understood)
        ),
        json=_json_format(fields),
    )


def with_wishes(fields: Fields, chat: ChatRequest, json: JsonFormat | None = None) -> ChatCompletionRequest:
    """What is said in the same words for a chat and for the older completions."""
    options = fields.get("stream_options")
    return ChatCompletionRequest(
        chat=chat,
        stream=bool(fields.get("stream")),
        include_usage=bool(options and options.include_usage),
        choices=_choices(fields),
        stop=_stop(fields),
        max_tokens=_max_tokens(fields),
        json=json,
    )


def read_model(fields: Fields) -> str:
    model = fields.get("model")
    if not model:
        raise InvalidRequest("The field model is missing: name one of the models of GET /v1/models.", param="model")
    return check_model_name(model)


def check_model_name(model: str) -> str:
    """The name, if it is no longer than a name can be; it is looked at in many places from here on."""
    if len(model) > MAX_MODEL_CHARACTERS:
        raise InvalidRequest(
            f"model: a name has at most {MAX_MODEL_CHARACTERS} characters, got {len(model)}.", param="model"
        )
    return model


def read_ignored(fields: Fields, understood: AbstractSet[str]) -> tuple[str, ...]:
    """What the client sent and we don't use; `understood` is what its endpoint does, beside what all do."""
    return tuple(sorted(islice(_ignored(fields, _UNDERSTOOD | _WITHOUT_EFFECT | understood), MAX_IGNORED)))


def _ignored(fields: Fields, used: AbstractSet[str]) -> Iterator[str]:
    return (name[:MAX_IGNORED_CHARACTERS] for name in fields.said() if name not in used)


def _choices(fields: Fields) -> int:
    choices = fields.get("n")
    if choices is None:
        return 1
    if not 1 <= choices <= MAX_CHOICES:
        raise InvalidRequest(f"n: from 1 to {MAX_CHOICES} answers can be asked for, got {choices}.", param="n")
    return int(choices)


def _stop(fields: Fields) -> tuple[str, ...]:
    """Empty ones, which some programs send for "none", would end every answer at once."""
    stop = fields.get("stop")
    sequences = tuple(each for each in ([stop] if isinstance(stop, str) else stop or ()) if each)
    if len(sequences) > MAX_STOP_SEQUENCES:
        raise InvalidRequest(f"stop: at most {MAX_STOP_SEQUENCES} are taken, got {len(sequences)}.", param="stop")
    if any(len(each) > MAX_STOP_CHARACTERS for each in sequences):
        raise InvalidRequest(f"stop: each may have {MAX_STOP_CHARACTERS} characters.", param="stop")
    return sequences


def _max_tokens(fields: Fields) -> int | None:
    """The smaller of the old name's and the new one's; zero and less, as some programs say "no limit", are none."""
    limits = (fields.get(name) for name in ("max_tokens", "max_completion_tokens"))
    return min((limit for limit in limits if limit is not None and limit > 0), default=None)


def _json_format(fields: Fields) -> JsonFormat | None:
    wanted = fields.get("response_format")
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return JsonFormat()
    if wanted.type != "json_schema":
        param = "response_format.type"
        raise InvalidRequest(f"{param}: expected one of text, json_object, json_schema.", param=param)
    described = wanted.json_schema
    if described is None or described.schema is None:
        param = "response_format.json_schema.schema"
        raise InvalidRequest(f"{param} is missing.", param=param)
    return JsonFormat(described.schema, described.name or "")


def _kept_as_asked(fields: Fields) -> Iterator[str]:
    """Wishes that are fulfilled in any case."""
    yield from (name for name in ("tool_choice", "function_call") if fields.get(name) in _KEPT_CHOICES)
    if fields.get("logprobs") is False:
        yield "logprobs"
    if fields.get("modalities") == ["text"]:
        yield "modalities"


def _check_tools(fields: Fields) -> None:
    """Tools that may be called are ignored like any other parameter; a call that must come can't be had."""
    choice = fields.get("tool_choice")
    is_demanded = choice == "required" if isinstance(choice, str) else choice and choice.type != "allowed_tools"
    if is_demanded:
        _refuse_tools("tool_choice")
    if isinstance(fields.get("function_call"), dict):
        _refuse_tools("function_call")


def _refuse_tools(param: str) -> NoReturn:
    message = f"The models of the site can't be made to call a tool: {param} may be auto or none."
    raise ToolsNotSupported(message, param=param)
