"""
Count what a client's request uses against limits: let it in, listen to its answers, settle at the end.

The limits are those of its key, and of the key's owner. An answer of which nothing came (cancelled before it began,
refused, empty) is given back. What came before a client hung up is counted.
"""

import contextlib
from collections.abc import AsyncIterator, Sequence

from arenabridge.accounts.admission import NOTHING, Admission, Used
from arenabridge.accounts.keys import ApiKey
from arenabridge.conversations.fitting import dropped_by
from arenabridge.errors import GatewayError
from arenabridge.http.door.model_rules import check_model
from arenabridge.http.door.tracing import current_trace
from arenabridge.http.gateway import Gateway
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.usage import Spoken, Tokens, estimate_tokens, total, uncounted
from arenabridge.wire.reply import Finished, ReplyEvent


@contextlib.asynccontextmanager
async def admitted(gateway: Gateway, key: ApiKey, chat: ChatRequest, choices: int) -> AsyncIterator["Metering"]:
    """
    Let a request in. An error raised within gives back what was reserved; otherwise the end of its answers settles it.

    Raises `ModelNotAllowed`, `RateLimited` or `BudgetExhausted`.
    """
    current_trace().wants(chat.model, chat.ignored)
    check_model(gateway.models, key, chat.model)
    prompt = estimate_tokens(_prompt(chat)) if key.counts_tokens else 0
    admission = await gateway.accounts.admissions.enter(key, requests=choices, tokens=prompt)
    metering = Metering(gateway, admission, chat, choices)
    try:
        yield metering
    except BaseException:
        metering.end()
        raise


class Metering:
    """One request that was let in."""

    def __init__(self, gateway: Gateway, admission: Admission, chat: ChatRequest, choices: int) -> None:
        self._gateway = gateway
        self._admission = admission
        self._chat = chat
        self._choices = choices
        self._left = choices
        self._heard: list[Metered] = []
        self._is_over = False
        self.trace = current_trace()
        self.headers = admission.headers

    def listen(self, sinks: Sequence[ReplySink]) -> list[ReplySink]:
        """What to give to those who answer instead."""
        self._left = len(sinks)
        self._heard = [Metered(self, sink) for sink in sinks]
        return list(self._heard)

    def ended(self) -> None:
        """One of the answers is over."""
        self._left -= 1
        if not self._left:
            self.end()

    def end(self) -> None:
        """The request is over, whatever has become of it. A second time does nothing."""
        if self._is_over:
            return
        self._is_over = True
        self._admission.release()
        if self._admission.is_counted or any(each.has_spoken for each in self._heard):
            self.trace.counting()
            self._gateway.tasks.start(self._settle_and_tell(), "settling what a request used")

    async def _settle_and_tell(self) -> None:
        tokens = None
        try:
            tokens = await self._settle()
        finally:
            self.trace.counted((tokens.prompt, tokens.completion, tokens.is_estimated) if tokens else None)

    async def _settle(self) -> Tokens | None:
        answered = [each.spoken for each in self._heard if each.has_spoken]
        if not answered:
            await self._admission.settle(NOTHING)
            return None
        tokens = await self._count(answered)
        used = tokens.prompt + tokens.completion
        await self._admission.settle(Used(min(len(answered), self._choices), used))
        return tokens

    async def _count(self, answered: Sequence[Spoken]) -> Tokens:
        prompt = _prompt(self._chat)
        return total(answered, await self._gateway.tokens.count(uncounted(prompt, answered)))


class Metered:
    """A sink before a sink: hears what passes. That turns were dropped is told before anything is generated."""

    def __init__(self, metering: Metering, sink: ReplySink) -> None:
        self._metering = metering
        self._sink = sink
        self.spoken = Spoken()
        self.has_spoken = False

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._sink.granted(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        if not self.has_spoken and any(dropped_by(event) is None for event in events):
            self.has_spoken = True
            self._metering.trace.spoke()
        for event in events:
            self.spoken.note(event)
        return self._sink.deliver(events)

    def complete(self, finish: Finished) -> None:
        self.spoken.site = finish.usage
        self._metering.trace.answered(finish.reason)
        self._sink.complete(finish)
        self._metering.ended()

    def fail(self, error: GatewayError) -> None:
        self._metering.trace.failed(error)
        self._sink.fail(error)
        self._metering.ended()


def _prompt(chat: ChatRequest) -> str:
    return "\n".join(message.text for message in chat.messages)
