"""Have one choice of an answer made: ask the hub, with what goes between the hub and who listens."""

import logging
from collections.abc import Sequence

import msgspec

from arenabridge.accounts.keys import ApiKey
from arenabridge.conversations.attaching import can_take
from arenabridge.errors import GatewayError
from arenabridge.http.answers.checked_answer import CheckedAnswer
from arenabridge.http.answers.cut_answer import CutAnswer
from arenabridge.http.answers.fallback_answer import FallbackAnswer, is_of_the_model
from arenabridge.http.answers.split_answer import SplitAnswer
from arenabridge.http.door.request_log import note_job, notes
from arenabridge.http.door.tracing import current_trace
from arenabridge.http.gateway import Gateway
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.chat import Message
from arenabridge.wire.link.messages import JobId
from arenabridge.wire.openai.cutting import Cutter
from arenabridge.wire.openai.json_format import JsonFormat, NotAsAsked
from arenabridge.wire.openai.repeated import Repeated
from arenabridge.wire.openai.request import ChatCompletionRequest
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.reply import Participant

_log = logging.getLogger(__name__)


class Asking:
    """
    One job, or others after it where its answer has to be repaired or its model fails in silence.

    It is one choice of the answer, or where two participants answer one for each of `heard`. `given` is the key's
    profile, as far as it suits this request.
    """

    def __init__(
        self,
        gateway: Gateway,
        key: ApiKey,
        wanted: ChatCompletionRequest,
        given: ClientProfile,
        heard: tuple[Participant, ...] = (),
    ) -> None:
        self._heard = heard
        self._given = given
        self._gateway = gateway
        self._key = key
        self._wanted = wanted
        name = wanted.chat.model
        known = [each for each in gateway.models.alternatives(name) if can_take(each.model, wanted.chat.messages)]
        self._models = [(each.name, each.model.id) for each in known] or [(name, name)]
        self._notes = notes()
        self._trace = current_trace()
        self._job = self._gateway.hub.new_job()
        self._is_stopped = False

    @property
    def job(self) -> JobId:
        """The current job."""
        return self._job

    def start(self, *sinks: ReplySink) -> int:
        """How many turns were dropped to make the conversation fit; raises what `Hub.submit` raises."""
        messages, format_ = self._wanted.chat.messages, self._wanted.json
        if format_ is None:
            return self._ask(messages, *sinks)
        (sink,) = sinks
        return self._ask_for_json(format_, format_.instruct(messages), sink)

    def abandon(self) -> None:
        """Whatever stage it has reached; nothing is asked from here on."""
        self._is_stopped = True
        self._gateway.hub.abandon(self._job)

    def _ask_for_json(self, format_: JsonFormat, messages: Sequence[Message], sink: ReplySink) -> int:
        def ask_again(answer: str, fault: NotAsAsked) -> None:
            self._job = self._gateway.hub.new_job()
            try:
                self._ask(format_.repair(messages, answer, fault), checked)
            except GatewayError as error:
                sink.fail(error)

        checked = CheckedAnswer(format_, sink, ask_again)
        return self._ask(messages, checked)

    def _ask(self, messages: Sequence[Message], *sinks: ReplySink) -> int:
        wanted, trace = self._wanted, self._trace
        if self._is_stopped:
            return 0
        if wanted.stop or wanted.max_tokens is not None:
            vocabulary = self._gateway.tokens.vocabulary
            cutters = (Cutter(wanted.stop, wanted.max_tokens, vocabulary) for _ in sinks)
            sinks = tuple(CutAnswer(*each, trace.was_cut) for each in zip(cutters, sinks, strict=True))
        if self._heard:
            return self._submit(messages, SplitAnswer(dict(zip(self._heard, sinks, strict=True))))
        return self._ask_in_turn(messages, *sinks)

    def _ask_in_turn(self, messages: Sequence[Message], sink: ReplySink) -> int:
        def ask_next(error: GatewayError) -> bool:
            if self._is_stopped or not self._goes_on_after(error):
                return False
            try:
                self._submit(messages, answer)
            except GatewayError as at_once:
                answer.fail(at_once)
            return True

        answer = FallbackAnswer(sink, ask_next)
        return self._submit(messages, answer)

    def _submit(self, messages: Sequence[Message], sink: ReplySink) -> int:
        """Ask the first of the models that are left that can be asked."""
        while True:
            _, model = self._models[0]
            chat = msgspec.structs.replace(self._wanted.chat, model=model, messages=tuple(messages))
            note_job(self._job, self._trace.request_id)
            self._trace.jobs.append(self._job)
            try:
                return self._gateway.hub.submit(
                    self._job,
                    chat,
                    key=self._key.id,
                    sink=sink,
                    asker=self._key.owner.id if self._key.owner else "",
                    client=self._key.profile,
                    watcher=self._trace,
                    repeated=Repeated(self._given, self._wanted.json),
                )
            except GatewayError as error:
                if not self._goes_on_after(error):
                    raise

    def _goes_on_after(self, error: GatewayError) -> bool:
        """Whether there is another model to ask; if so, it becomes the one to be asked."""
        if len(self._models) == 1 or not is_of_the_model(error):
            return False
        (failed, _), (asked, _) = self._models.pop(0), self._models[0]
        self._notes.append(f"{failed} failed with {error.code}, so {asked} was asked")
        _log.info("job %s: %s failed: %s; %s is asked", self._job, failed, error, asked)
        self._job = self._gateway.hub.new_job()
        return True
