"""One request on its way to its answer: what the endpoints, and streamed and whole answers, have in common."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from starlette.requests import HTTPConnection

from arenabridge.accounts.keys import ApiKey
from arenabridge.errors import GatewayError, InvalidRequest
from arenabridge.http.answers.asking import Asking
from arenabridge.http.answers.pictured_answer import PicturedAnswer
from arenabridge.http.answers.queue_place import QueuePlace
from arenabridge.http.answers.served_by import without_turns
from arenabridge.http.door.header_text import header_text
from arenabridge.http.door.metering import Metering
from arenabridge.http.gateway import Gateway
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.openai.answer import AnswerWriter, Envelope, WholeChoice
from arenabridge.wire.openai.request import ChatCompletionRequest
from arenabridge.wire.openai.shape import Shape
from arenabridge.wire.openai.usage import Spoken, Tokens, total, uncounted
from arenabridge.wire.profile import ClientProfile, ReasoningDialect


class MakeWriter(Protocol):
    """Makes what writes one choice of a streamed answer."""

    def __call__(
        self, envelope: Envelope, *, include_usage: bool, index: int, reasoning: ReasoningDialect
    ) -> AnswerWriter: ...


@dataclass(frozen=True, slots=True)
class AnswerFormat:
    """How one endpoint writes its answers."""

    id_prefix: str
    writer: MakeWriter
    body: Callable[[Envelope, Sequence[WholeChoice], dict[str, Any], ReasoningDialect], bytes]
    has_pictures: bool = False
    """There is a field for them beside the text."""


class Answering:
    """Raises `InvalidRequest` for a request that it would be of no use to ask."""

    def __init__(
        self,
        gateway: Gateway,
        key: ApiKey,
        wanted: ChatCompletionRequest,
        format_: AnswerFormat,
        metering: Metering,
        request: HTTPConnection | None = None,
    ) -> None:
        check_says_something(wanted.chat)
        if key.profile.strict:
            check_all_has_effect(wanted.chat)
        self.gateway = gateway
        self.wanted = wanted
        self.headers = {**metering.headers, **ignored_headers(wanted.chat)}
        self._metering = metering
        self._format = format_
        self._profile = _fitting(key.profile, wanted, format_)
        self._keep = gateway.pictures.for_client(
            key.id,
            lambda stored: gateway.file_host.address_of(stored, request),
            as_data=self._profile.pictures == "data_uri",
        )
        self._pictured: list[PicturedAnswer] = []
        heard = gateway.models.heard(wanted.chat.model)
        if heard:
            _check_fits_a_pair(wanted, len(heard))
        self.choices = len(heard) or wanted.choices
        self._asking = [Asking(gateway, key, wanted, self._profile, heard) for _ in range(wanted.choices)]
        self._envelope = Envelope(
            id=format_.id_prefix + self._asking[0].job, created=int(time.time()), model=wanted.chat.model
        )

    def place(self) -> QueuePlace | None:
        """Where the first choice that waits stands in the queue."""
        places = (self.gateway.hub.place_in_queue(asking.job) for asking in self._asking)
        return next((QueuePlace(*place) for place in places if place is not None), None)

    def shape(self) -> Shape:
        return Shape(self._profile.reasoning, self._profile.citations, self._profile.pictures)

    def writer(self, index: int) -> AnswerWriter:
        return self._format.writer(
            self._envelope,
            include_usage=self.wanted.include_usage,
            index=index,
            reasoning=self._profile.reasoning,
        )

    def body(self, choices: Sequence[WholeChoice], tokens: Tokens) -> bytes:
        return self._format.body(self._envelope, choices, tokens.as_usage(), self._profile.reasoning)

    def start(self, sinks: Sequence[ReplySink]) -> None:
        """One for each choice; raises what keeps the first of them from being asked."""
        try:
            if self._profile.pictures != "off":
                self._pictured = [PicturedAnswer(sink, self._keep, self.gateway.tasks) for sink in sinks]
            sinks = self._metering.listen(self._pictured or sinks)
            groups = [sinks] if len(self._asking) == 1 else [[sink] for sink in sinks]
            for asking, own in zip(self._asking, groups, strict=True):
                self.headers |= without_turns(asking.start(*own))
        except GatewayError:
            self.stop()
            raise

    def stop(self) -> None:
        for asking in self._asking:
            asking.abandon()
        for pictured in self._pictured:
            pictured.stop()
        self._metering.end()

    async def tokens(self, answers: Sequence[Spoken]) -> Tokens:
        prompt = "\n".join(message.text for message in self.wanted.chat.messages)
        return total(answers, await self.gateway.tokens.count(uncounted(prompt, answers)))


def check_says_something(request: ChatRequest) -> None:
    """The site would refuse it or, worse, answer: either way the person's quota would pay."""
    if not any(message.text.strip() or message.files for message in request.messages):
        raise InvalidRequest("The messages hold no text and no files.", param="messages")


def _check_fits_a_pair(wanted: ChatCompletionRequest, answers: int) -> None:
    if wanted.choices > 1:
        raise InvalidRequest("n: two participants answer under this name, once.", param="n")
    if wanted.json is not None and answers > 1:
        message = "response_format: the answers of two participants can't be repaired. Ask one of them."
        raise InvalidRequest(message, param="response_format")


def check_all_has_effect(request: ChatRequest) -> None:
    if request.ignored:
        name = request.ignored[0]
        raise InvalidRequest(f"{name} has no effect here, and this API key refuses what has none.", param=name)


def _fitting(profile: ClientProfile, wanted: ChatCompletionRequest, format_: AnswerFormat) -> ClientProfile:
    """Text that has to be bare JSON, or to end at a certain place, gets no additions of ours."""
    if profile.pictures == "images" and not format_.has_pictures:
        profile = msgspec.structs.replace(profile, pictures="markdown")
    if wanted.json is not None and profile.reasoning == "think":
        profile = msgspec.structs.replace(profile, reasoning="off")
    if (wanted.json is not None or wanted.stop) and profile.citations == "footnotes":
        profile = msgspec.structs.replace(profile, citations="annotations")
    return profile


def ignored_headers(request: ChatRequest) -> dict[str, str]:
    """Names of parameters may be anything the client wrote."""
    return {"x-arenabridge-ignored": ", ".join(map(header_text, request.ignored))} if request.ignored else {}
