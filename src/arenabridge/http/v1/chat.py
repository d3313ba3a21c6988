"""`POST /v1/chat/completions`."""

from starlette.requests import Request
from starlette.types import ASGIApp

from arenabridge.accounts.keys import ApiKey
from arenabridge.errors import FileUrlFailed, FileUrlRefused, FileUrlTimeout, ToolsNotSupported, UnknownFile
from arenabridge.http.answers.answering import AnswerFormat, Answering
from arenabridge.http.answers.collected_chat import collected
from arenabridge.http.answers.repeatable import repeatable
from arenabridge.http.answers.streamed_chat import streamed
from arenabridge.http.door.authentication import authenticate
from arenabridge.http.door.body import read_body
from arenabridge.http.door.metering import admitted
from arenabridge.http.files.request_files import with_files
from arenabridge.http.gateway import gateway_of
from arenabridge.http.openapi.operation import ASKING_ERRORS, EVENT_STREAM, Answer, Operation
from arenabridge.wire.openai.chunks import ChunkWriter
from arenabridge.wire.openai.completion import completion_body
from arenabridge.wire.openai.request import decode_chat_request
from arenabridge.wire.openai.request_schema import ChatCompletionBody
from arenabridge.wire.openai.response_schema import ChatCompletion, ChatCompletionChunk

OPERATION = Operation(
    tag="Chat",
    summary="Ask a model for the next turn of a conversation",
    description=(
        "Streamed answers are `chat.completion.chunk` events and end with `[DONE]`. A failure after the stream has "
        "begun is an event with the error object, then `[DONE]`, without a finish reason. Comments keep a silent "
        "stream open. Parameters without effect are named in the header `x-arenabridge-ignored`, or refused if the key "
        "is strict."
    ),
    body=ChatCompletionBody,
    example={"model": "NAME", "messages": [{"role": "user", "content": "Hello"}]},
    answers=(
        Answer(ChatCompletion, "The answer."),
        Answer(ChatCompletionChunk, "With `stream`, its pieces.", media_type=EVENT_STREAM),
    ),
    errors=(*ASKING_ERRORS, ToolsNotSupported, FileUrlRefused, FileUrlFailed, FileUrlTimeout, UnknownFile),
)

_FORMAT = AnswerFormat(id_prefix="chatcmpl-", writer=ChunkWriter, body=completion_body, has_pictures=True)

_ADVICE = "Send large files to POST /upload, one by one, and name them here by the addresses it answers with."


@repeatable
async def chat_completions(request: Request) -> ASGIApp:
    return await answer_chat(request, await authenticate(request))


async def answer_chat(request: Request, key: ApiKey) -> ASGIApp:
    """For whoever has this key."""
    gateway = gateway_of(request)
    wanted = decode_chat_request(await read_body(request, gateway.settings.max_body_bytes, advice=_ADVICE))
    async with admitted(gateway, key, wanted.chat, wanted.choices) as metering:
        if wanted.max_tokens is not None:
            await gateway.tokens.load()
        answering = Answering(gateway, key, await with_files(gateway, key, wanted), _FORMAT, metering, request)
        return streamed(answering) if wanted.stream else await collected(answering, request)
