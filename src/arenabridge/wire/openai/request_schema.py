"""
The bodies that clients send, field by field: what each is read as, and what the API's document says of it.

Bounds are told here and kept where the field is read, since clients get them in words there. What a body may hold
besides these fields is taken and has no effect.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct

from arenabridge.wire.openai.messages import MAX_MESSAGES, ChatMessage

MAX_MODEL_CHARACTERS = 300
"""Of a name to ask by, which two names side by side are far from: it is compared with others in many places."""

MAX_CHOICES = 8
"""Each is a job of its own, and costs the person's quota like a request."""

MAX_STOP_SEQUENCES = 4
"""As at OpenAI."""

MAX_STOP_CHARACTERS = 1000
"""Of each stop sequence."""


class StreamOptions(Struct):
    """What a stream says besides the answer."""

    include_usage: Annotated[
        bool | None, Meta(description="One more chunk at the end, without choices, has the token counts.")
    ] = None


class JsonSchema(Struct):
    """A JSON Schema, and what it is called."""

    name: str | None = None
    schema: dict[str, Any] | bool | None = None


class ResponseFormat(Struct):
    """Text, any JSON object, or JSON that is valid by a schema."""

    type: Annotated[str, Meta(extra_json_schema={"enum": ["text", "json_object", "json_schema"]})] = "text"
    json_schema: JsonSchema | None = None


class ToolChoice(Struct):
    """A tool that is to be called; one of several that may be has the type `allowed_tools`."""

    type: str = "function"


class Wishes(Struct, kw_only=True):
    """What is said in the same words for a chat and for its older kin."""

    model: Annotated[
        str,
        Meta(
            description="One of the names of `GET /v1/models`, or one of your own (`aliases`).",
            extra_json_schema={"maxLength": MAX_MODEL_CHARACTERS},
        ),
    ]
    stream: Annotated[bool | None, Meta(description="Answer as server-sent events, piece by piece.")] = None
    stream_options: StreamOptions | None = None
    n: Annotated[
        int | None,
        Meta(
            description="How many answers; each is a request to the site of its own.",
            extra_json_schema={"minimum": 1, "maximum": MAX_CHOICES},
        ),
    ] = None
    stop: Annotated[
        str | list[str | None] | None,
        Meta(
            description=f"The answer ends before the first of these: up to {MAX_STOP_SEQUENCES}, "
            f"of up to {MAX_STOP_CHARACTERS} characters each."
        ),
    ] = None
    max_tokens: Annotated[
        int | None,
        Meta(description="Where the answer is cut, counted by the length of its text; zero and less are no limit."),
    ] = None
    max_completion_tokens: Annotated[
        int | None, Meta(description="The newer name of `max_tokens`; the smaller of the two counts.")
    ] = None


class ChatCompletionBody(Wishes, kw_only=True):
    """
    A conversation, and how its next turn is wanted.

    What has no effect is taken in any form: nobody is refused for what would not have been done in any case.
    """

    messages: Annotated[
        list[ChatMessage],
        Meta(
            description="The conversation; at least one message must hold text or a file.",
            extra_json_schema={"minItems": 1, "maxItems": MAX_MESSAGES},
        ),
    ]
    response_format: Annotated[
        ResponseFormat | None,
        Meta(description="Asked for in words, checked, and asked for once more if the answer is not as asked."),
    ] = None
    tool_choice: Annotated[
        str | ToolChoice | None,
        Meta(description="`auto` or `none`: a call that must come is refused with `tools_not_supported`."),
    ] = None
    function_call: Annotated[
        Any,
        Meta(
            description="The older name of `tool_choice`; likewise.",
            extra_json_schema={"anyOf": [{"type": "string"}, {"type": "object"}, {"type": "null"}]},
        ),
    ] = None
    logprobs: Annotated[
        Any,
        Meta(
            description="There are none; `false` is what is so in any case.",
            extra_json_schema={"anyOf": [{"type": "boolean"}, {"type": "null"}]},
        ),
    ] = None
    modalities: Annotated[
        Any,
        Meta(
            description="`text` is what there is in any case.",
            extra_json_schema={"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        ),
    ] = None


class CompletionBody(Wishes, kw_only=True):
    """A text that is to be gone on with."""

    prompt: Annotated[str | list[str], Meta(description="One text; a list may hold one as well.")]
