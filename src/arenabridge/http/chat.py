"""`POST /v1/chat/completions`."""

import secrets
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from arenabridge.errors import InvalidRequest
from arenabridge.http.authentication import authenticate
from arenabridge.http.body import read_body
from arenabridge.http.collected_chat import CollectedChat, answer_or_gone
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.streamed_chat import StreamedChat
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.openai.chunks import ChunkWriter
from arenabridge.wire.openai.completion import completion_body
from arenabridge.wire.openai.request import ChatCompletionRequest, decode_chat_request
from arenabridge.wire.openai.usage import usage_object
from arenabridge.wire.reply import Finished


async def chat_completions(request: Request) -> ASGIApp:
    gateway = gateway_of(request)
    key = await authenticate(request)
    wanted = decode_chat_request(await read_body(request, gateway.settings.max_body_bytes))
    _check_says_something(wanted.chat)
    job = JobId(secrets.token_hex(8))
    if wanted.stream:
        return _streamed(gateway, wanted, job, key.id)
    return await _collected(request, gateway, wanted.chat, job, key.id)


def _check_says_something(request: ChatRequest) -> None:
    """The site would refuse it or, worse, answer: either way the person's quota would pay."""
    if not any(message.text.strip() for message in request.messages):
        raise InvalidRequest("The messages hold no text.", param="messages")


def _streamed(gateway: Gateway, wanted: ChatCompletionRequest, job: JobId, key: str) -> StreamedChat:
    writer = ChunkWriter(
        id=_completion_id(job),
        created=int(time.time()),
        model=wanted.chat.model,
        include_usage=wanted.include_usage,
    )
    chat = StreamedChat(
        gateway,
        writer,
        prompt=_prompt(wanted.chat) if wanted.include_usage else None,
        headers=_headers(wanted.chat),
        on_gone=lambda: gateway.hub.abandon(job),
    )
    gateway.hub.submit(job, wanted.chat, key=key, sink=chat)
    return chat


async def _collected(request: Request, gateway: Gateway, wanted: ChatRequest, job: JobId, key: str) -> Response:
    chat = CollectedChat()
    gateway.hub.submit(job, wanted, key=key, sink=chat)

    def answer(finish: Finished) -> Response:
        body = completion_body(
            id=_completion_id(job),
            created=int(time.time()),
            model=wanted.model,
            text=chat.text,
            reasoning=chat.reasoning,
            reason=finish.reason,
            usage=usage_object(finish.usage, prompt=_prompt(wanted), completion=chat.text),
        )
        return Response(body, media_type="application/json", headers=_headers(wanted) | chat.headers)

    return await answer_or_gone(request, gateway.tasks, chat, answer, on_gone=lambda: gateway.hub.abandon(job))


def _completion_id(job: JobId) -> str:
    return f"chatcmpl-{job}"


def _prompt(request: ChatRequest) -> str:
    return "\n".join(message.text for message in request.messages)


def _headers(request: ChatRequest) -> dict[str, str]:
    """Names of parameters may be anything the client wrote: only plain ones fit into a header."""
    ignored = [name for name in request.ignored if name.isidentifier() and name.isascii()]
    return {"x-arenabridge-ignored": ", ".join(ignored)} if ignored else {}
