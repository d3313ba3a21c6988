"""The answer of a job with two participants, told to a sink for each: they are choices of one answer."""

from collections.abc import Mapping, Sequence

from arenabridge.errors import GatewayError
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.reply import Finished, Participant, Refused, ReplyEvent, Unrecognized


class SplitAnswer:
    """
    A sink before others. What a participant without a sink says is dropped.

    One participant's failure is held back until the other's fate is known: beside an answer it is that choice's end,
    without one it is the request's failure.
    """

    def __init__(self, sinks: Mapping[Participant, ReplySink]) -> None:
        self._sinks = dict(sinks)
        self._begin()

    def _begin(self) -> None:
        self._open = dict(self._sinks)
        self._failed: dict[Participant, GatewayError] = {}
        self._has_answer = False

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._begin()
        for sink in self._sinks.values():
            sink.granted(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        """False once nobody listens any more."""
        for participant, sink in list(self._open.items()):
            own = [event for event in events if _is_of(event, participant)]
            said = [event for event in own if not isinstance(event, Finished)]
            if said and not sink.deliver(said):
                del self._open[participant]
                self._has_answer = True
                continue
            for finish in own:
                if isinstance(finish, Finished):
                    self._ended(participant, finish)
        return bool(self._open or self._failed)

    def complete(self, finish: Finished) -> None:
        for participant in list(self._open):
            self._ended(participant, finish)
        self._tell_failures()

    def fail(self, error: GatewayError) -> None:
        self._failed |= dict.fromkeys(self._open, error)
        self._open.clear()
        if not self._has_answer:
            self._failed = dict.fromkeys(self._failed, error)
        self._tell_failures()

    def _ended(self, participant: Participant, finish: Finished) -> None:
        sink = self._open.pop(participant, None)
        if sink is None:
            return
        if finish.error is not None:
            self._failed[participant] = finish.error
            return
        self._has_answer = True
        sink.complete(finish)

    def _tell_failures(self) -> None:
        for participant, error in self._failed.items():
            if self._has_answer:
                self._sinks[participant].complete(Finished(participant, "error", error=error))
            else:
                self._sinks[participant].fail(error)
        self._failed = {}


def _is_of(event: ReplyEvent, participant: Participant) -> bool:
    return not isinstance(event, Refused | Unrecognized) and event.participant == participant
