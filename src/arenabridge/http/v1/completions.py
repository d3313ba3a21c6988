"""`POST /v1/completions`, for programs older than chats."""

from starlette.requests import Request
from starlette.types import ASGIApp

from arenabridge.http.answers.answering import AnswerFormat, Answering
from arenabridge.http.answers.collected_chat import collected
from arenabridge.http.answers.repeatable import repeatable
from arenabridge.http.answers.streamed_chat import streamed
from arenabridge.http.door.authentication import authenticate
from arenabridge.http.door.body import read_body
from arenabridge.http.door.metering import admitted
from arenabridge.http.gateway import gateway_of
from arenabridge.http.openapi.operation import ASKING_ERRORS, EVENT_STREAM, Answer, Operation
from arenabridge.wire.openai.request_schema import CompletionBody
from arenabridge.wire.openai.response_schema import Completion
from arenabridge.wire.openai.text_completion import TextChunkWriter, text_completion_body
from arenabridge.wire.openai.text_request import decode_text_request

OPERATION = Operation(
    tag="Chat",
    summary="Have a text gone on with",
    description="The older kin of chat completions: the prompt is a chat of one turn. It has no place for sources.",
    body=CompletionBody,
    example={"model": "NAME", "prompt": "Once upon a time"},
    answers=(
        Answer(Completion, "The answer."),
        Answer(Completion, "With `stream`, its pieces.", media_type=EVENT_STREAM),
    ),
    errors=ASKING_ERRORS,
)

_FORMAT = AnswerFormat(id_prefix="cmpl-", writer=TextChunkWriter, body=text_completion_body)


@repeatable
async def completions(request: Request) -> ASGIApp:
    gateway = gateway_of(request)
    key = await authenticate(request)
    wanted = decode_text_request(await read_body(request, gateway.settings.max_body_bytes))
    async with admitted(gateway, key, wanted.chat, wanted.choices) as metering:
        if wanted.max_tokens is not None:
            await gateway.tokens.load()
        answering = Answering(gateway, key, wanted, _FORMAT, metering, request)
        return streamed(answering) if wanted.stream else await collected(answering, request)
