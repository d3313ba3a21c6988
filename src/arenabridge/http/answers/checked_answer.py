"""An answer that has to be JSON: gathered, checked, asked for once more if it is not, and only then passed on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce

from arenabridge.conversations.fitting import dropped_by
from arenabridge.errors import GatewayError, InvalidJsonAnswer, SiteFailed
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.content import content_of
from arenabridge.wire.openai.json_format import JsonFormat, NotAsAsked
from arenabridge.wire.openai.usage import summed, superseded
from arenabridge.wire.reply import Finished, Participant, Reasoning, ReplyEvent, Text, Usage

MAX_CHARACTERS = 8 * 2**20
"""The largest answer with its thoughts, which wait here as a whole."""

MAX_REPAIRS = 1
"""How often is asked once more: each time costs the person's quota."""

AskAgain = Callable[[str, NotAsAsked], None]
"""Continues the conversation with the bad answer and what is wrong with it, and has it answered into the same sink."""


class CheckedAnswer:
    """A sink before another one, which hears of a checked answer, in one piece."""

    def __init__(self, format_: JsonFormat, inner: ReplySink, ask_again: AskAgain) -> None:
        self._format = format_
        self._inner = inner
        self._ask_again = ask_again
        self._repairs = 0
        self._text: list[str] = []
        self._others: list[ReplyEvent] = []
        self._superseded: list[ReplyEvent] = []
        self._paid: list[Usage | None] = []
        """What the site counted of the answers that are not shown."""
        self._characters = 0

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._inner.granted(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        if events and dropped_by(events[0]):
            return self._inner.deliver(events)  # a header can be told only before the answer
        for event in events:
            content = content_of(event)
            if content:
                self._text.append(content)
            else:
                self._others.append(event)
            self._characters += len(event.text if isinstance(event, Reasoning) else content)
        if self._characters > MAX_CHARACTERS:
            self._inner.fail(SiteFailed(f"The answer is longer than {MAX_CHARACTERS} characters."))
            return False
        return True

    def complete(self, finish: Finished) -> None:
        """A cut answer can't be whole JSON; its finish reason says that it was cut."""
        answer = "".join(self._text)
        if finish.reason != "stop":
            self._pass_on(answer, finish)
            return
        try:
            self._pass_on(self._format.check(answer), finish)
        except NotAsAsked as fault:
            self._repair(answer, finish, fault)

    def fail(self, error: GatewayError) -> None:
        self._inner.fail(error)

    def _repair(self, answer: str, finish: Finished, fault: NotAsAsked) -> None:
        if self._repairs == MAX_REPAIRS:
            self._inner.fail(InvalidJsonAnswer(f"The model was asked twice for JSON and its answer is none: {fault}"))
            return
        self._repairs += 1
        thoughts = "".join(event.text for event in self._others if isinstance(event, Reasoning))
        self._superseded.append(superseded(finish.participant, answer, thoughts))
        self._paid.append(finish.usage)
        self._text, self._others, self._characters = [], [], 0
        self._ask_again(answer, fault)

    def _pass_on(self, answer: str, finish: Finished) -> None:
        participant: Participant = finish.participant
        if self._inner.deliver([*self._superseded, *self._others, Text(participant, answer)]):
            self._inner.complete(replace(finish, usage=reduce(summed, [*self._paid, finish.usage])))
