"""An answer that ends where its client wants it to: at a stop sequence, or at a limit. Then the site's is aborted."""

from collections.abc import Callable, Sequence

from arenabridge.errors import GatewayError
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.cutting import Cut, Cutter
from arenabridge.wire.reply import Finished, Image, Participant, ReplyEvent, Text, Video


class CutAnswer:
    """
    A sink before another one, which hears the text up to the cut and then of a finished answer.

    The hub is told that no more is wanted, and stops the job; a chat can't go on from a cut answer.
    """

    def __init__(self, cutter: Cutter, inner: ReplySink, on_cut: Callable[[Cut], None] = lambda _: None) -> None:
        self._cutter = cutter
        self._on_cut = on_cut
        self._inner = inner
        self._is_over = False

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._inner.granted(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        if self._is_over:
            return False
        kept = [kept for event in events for kept in self._keep(event)]
        wanted = not kept or self._inner.deliver(kept)
        if self._cutter.cut is None:
            return wanted
        self._is_over = True
        self._end(self._cutter.cut)
        return False

    def complete(self, finish: Finished) -> None:
        if self._is_over:
            return
        self._is_over = True
        rest = self._release(finish.participant)
        if rest and not self._inner.deliver(rest):
            return
        if self._cutter.cut is None:
            self._inner.complete(finish)
        else:
            self._end(self._cutter.cut)

    def fail(self, error: GatewayError) -> None:
        if not self._is_over:
            self._is_over = True
            self._inner.fail(error)

    def _end(self, cut: Cut) -> None:
        self._on_cut(cut)
        self._inner.complete(Finished("a", cut))

    def _keep(self, event: ReplyEvent) -> Sequence[ReplyEvent]:
        if self._cutter.cut is not None:
            return ()
        if isinstance(event, Text):
            text = self._cutter.feed(event.text)
            return (Text(event.participant, text),) if text else ()
        if isinstance(event, Image | Video):
            rest = self._release(event.participant)
            return (*rest, event) if self._cutter.cut is None else rest
        return (event,)

    def _release(self, participant: Participant) -> tuple[Text, ...]:
        rest = self._cutter.release()
        return (Text(participant, rest),) if rest else ()
