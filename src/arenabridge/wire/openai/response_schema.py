"""
What clients hear, as types: for the API's document, and for the tests that hold our answers to it.

Answers are not made of these, since that would cost a stream several times what it costs to fill in a template; every
field that is written is here, and no other is allowed.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from arenabridge.wire.arena.bodies import Modality

UnixTime = Annotated[int, Meta(description="Seconds since 1970, UTC.")]
FinishReason = Literal["stop", "length", "content_filter", "tool_calls", "error"]
"""`error` only where two participants answer and one of them fails."""


class Failure(Struct, forbid_unknown_fields=True):
    """What failed, and whose fault it is."""

    message: Annotated[str, Meta(description="What happened, and often what to do; for people.")]
    type: Annotated[str, Meta(description="The family of the error, in OpenAI's words.")]
    param: Annotated[str | None, Meta(description="The field of the request at fault.")]
    code: Annotated[str, Meta(description="The error; each has its page at `/help/{code}`.")]


class ErrorAnswer(Struct, forbid_unknown_fields=True):
    """Every failure: as the body of an HTTP error, and as an event of a stream that has begun."""

    error: Failure


class UrlCitation(Struct, forbid_unknown_fields=True):
    """A source, at the place that cites it: characters of the text, as a point."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(Struct, forbid_unknown_fields=True):
    """A source of the text."""

    type: Literal["url_citation"]
    url_citation: UrlCitation


class TokenDetails(Struct, forbid_unknown_fields=True):
    """What is part of the completion's tokens."""

    reasoning_tokens: int


class Usage(Struct, forbid_unknown_fields=True):
    """Tokens: the first two figures add up to the third."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    completion_tokens_details: TokenDetails
    estimated: Annotated[bool, Meta(description="At least one figure is not the site's own.")]


class ImageAddress(Struct, forbid_unknown_fields=True):
    """Where the picture is."""

    url: str


class AnswerPicture(Struct, forbid_unknown_fields=True):
    """A picture of the answer, where the API key wants them in a field of their own."""

    type: Literal["image_url"]
    image_url: ImageAddress


class AnswerMessage(Struct, forbid_unknown_fields=True):
    """The model's turn. Where its thoughts go is said with the API key."""

    role: Literal["assistant"]
    content: str
    refusal: None
    reasoning_content: str | UnsetType = UNSET
    reasoning: Annotated[str | UnsetType, Meta(description="The same as `reasoning_content`.")] = UNSET
    annotations: list[Annotation] | UnsetType = UNSET
    images: list[AnswerPicture] | UnsetType = UNSET


class AnswerChoice(Struct, forbid_unknown_fields=True):
    """One answer."""

    index: int
    message: AnswerMessage
    logprobs: None
    finish_reason: FinishReason
    error: Failure | UnsetType = UNSET


class ChatCompletion(Struct, forbid_unknown_fields=True):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"]
    created: UnixTime
    model: Annotated[str, Meta(description="The name that the request used.")]
    choices: list[AnswerChoice]
    usage: Usage


class Delta(Struct, forbid_unknown_fields=True):
    """What a chunk adds: the role comes first and once, and the last delta is empty."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    reasoning_content: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    annotations: list[Annotation] | UnsetType = UNSET
    images: list[AnswerPicture] | UnsetType = UNSET


class ChunkChoice(Struct, forbid_unknown_fields=True):
    """A piece of one answer; the last one has the finish reason."""

    index: int
    delta: Delta
    logprobs: None
    finish_reason: FinishReason | None
    error: Failure | UnsetType = UNSET


class ChatCompletionChunk(Struct, forbid_unknown_fields=True):
    """An event of a streamed answer. With `include_usage` all have `usage`, which is null but in the last."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: UnixTime
    model: str
    choices: list[ChunkChoice]
    usage: Usage | UnsetType | None = UNSET


class TextChoice(Struct, forbid_unknown_fields=True):
    """One answer, or in a stream a piece of one, which has no finish reason but the last."""

    index: int
    text: str
    logprobs: None
    finish_reason: FinishReason | None
    error: Failure | UnsetType = UNSET


class Completion(Struct, forbid_unknown_fields=True):
    """An answer to a bare prompt, or an event of a streamed one."""

    id: str
    object: Literal["text_completion"]
    created: UnixTime
    model: str
    choices: list[TextChoice]
    usage: Usage | UnsetType | None = UNSET


class Picture(Struct, forbid_unknown_fields=True):
    """A picture: whole, or the address where the gateway keeps it."""

    b64_json: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class ImagesAnswer(Struct, forbid_unknown_fields=True):
    """Pictures, all as they were asked for."""

    created: UnixTime
    data: list[Picture]


class Architecture(Struct, forbid_unknown_fields=True):
    """What goes in and what comes out, in OpenRouter's form."""

    modality: str
    input_modalities: list[str]
    output_modalities: list[str]


class ModelCapabilities(Struct, forbid_unknown_fields=True):
    """What the site says that the model can do."""

    vision: bool
    image_generation: bool
    search: bool
    web: bool
    video: bool
    requires_upload: bool
    multiple_images: bool
    aspect_ratios: list[str]


class Model(Struct, forbid_unknown_fields=True):
    """A model that the site offers, under a name that is unique here."""

    id: str
    object: Literal["model"]
    created: UnixTime
    owned_by: str
    name: str
    type: Modality
    architecture: Architecture
    capabilities: ModelCapabilities
    context_length: Annotated[
        int,
        Meta(description="About how many tokens of a conversation the site takes at once, whatever the model could."),
    ]
    first_seen: UnixTime
    last_seen: UnixTime
    available: Annotated[bool, Meta(description="It was on the site's page when that was last read.")]
    rank: int | UnsetType = UNSET
    rank_by_modality: dict[str, int] | UnsetType = UNSET
    alias_of: Annotated[
        list[str] | UnsetType, Meta(description="The models that a name of your own stands for, in their order.")
    ] = UNSET


class ModelList(Struct, forbid_unknown_fields=True):
    """The names that can be used."""

    object: Literal["list"]
    data: list[Model]


class AnthropicModel(Struct, forbid_unknown_fields=True):
    """A model, for clients that send `anthropic-version`."""

    type: Literal["model"]
    id: str
    display_name: str
    created_at: str


class AnthropicModelList(Struct, forbid_unknown_fields=True):
    """All on one page, for clients that send `anthropic-version`."""

    data: list[AnthropicModel]
    has_more: bool
    first_id: str | None
    last_id: str | None
