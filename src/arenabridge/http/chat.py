"""`POST /v1/chat/completions`."""

from starlette.requests import Request
from starlette.types import ASGIApp

from arenabridge.http.answering import AnswerFormat, Answering
from arenabridge.http.authentication import authenticate
from arenabridge.http.body import read_body
from arenabridge.http.collected_chat import collected
from arenabridge.http.gateway import gateway_of
from arenabridge.http.streamed_chat import streamed
from arenabridge.wire.openai.chunks import ChunkWriter
from arenabridge.wire.openai.completion import completion_body
from arenabridge.wire.openai.request import decode_chat_request

_FORMAT = AnswerFormat(id_prefix="chatcmpl-", writer=ChunkWriter, body=completion_body)


async def chat_completions(request: Request) -> ASGIApp:
    gateway = gateway_of(request)
    key = await authenticate(request)
    wanted = decode_chat_request(await read_body(request, gateway.settings.max_body_bytes))
    answering = Answering(gateway, key, wanted, _FORMAT)
    return streamed(answering) if wanted.stream else await collected(answering, request)
