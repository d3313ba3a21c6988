"""
The choices of a streamed answer: each the sink of one job, all in one stream, one after the other.

Chunks of several choices may come mixed, but many programs join the text of whatever chunk comes, and show two answers
word by word in turn. So what comes of a later choice is held back until those before it are whole.
"""

from collections.abc import Callable, Sequence

from arenabridge.errors import GatewayError
from arenabridge.http.answers.answer_stream import AnswerStream
from arenabridge.http.answers.answering import Answering
from arenabridge.http.answers.served_by import served_by, told_by
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.answer import AnswerWriter
from arenabridge.wire.openai.chunks import DONE
from arenabridge.wire.openai.shape import Shape
from arenabridge.wire.openai.usage import Spoken
from arenabridge.wire.reply import Finished, ReplyEvent

MAX_HELD_BYTES = 4 * 1024 * 1024
"""What the later choices of one answer may hold back; beyond it they are sent as they come."""


class StreamedChoice:
    """Writes what it hears into the stream. `spoken` is kept if the client wants the tokens counted."""

    def __init__(
        self,
        index: int,
        stream: AnswerStream,
        writer: AnswerWriter,
        shape: Shape,
        spoken: Spoken | None,
        group: "_Choices",
    ) -> None:
        self._index = index
        self._stream = stream
        self._writer = writer
        self._shape = shape
        self._spoken = spoken
        self._group = group

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._stream.tell(served_by(worker, how, model))

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        if headers := told_by(events):
            self._stream.tell(headers)
        data = b"".join([piece for event in events if (piece := self._encode(event))])
        return not data or self._group.push(self._index, data)

    def complete(self, finish: Finished) -> None:
        if self._spoken is not None:
            self._spoken.site = finish.usage
        rest = self._shape.end()
        end = self._writer.text(rest) if rest else b""
        end += self._writer.annotations(self._shape.annotations()) + self._writer.finish(finish.reason, finish.error)
        self._group.completed(self._index, end)

    def fail(self, error: GatewayError) -> None:
        self._group.failed(error)

    def _encode(self, event: ReplyEvent) -> bytes:
        if self._spoken is not None:
            self._spoken.note(event)
        if picture := self._shape.picture(event):
            return self._writer.pictures([picture])
        text, thoughts = self._shape.turn(event)
        if text:
            return self._writer.text(text)
        return self._writer.thoughts(thoughts) if thoughts else b""


def streamed(answering: Answering) -> AnswerStream:
    """Ask, and give back the stream to which the answer will be written; raises what is known to fail at once."""
    choices = answering.choices
    writers = [answering.writer(index) for index in range(choices)]
    spoken = [Spoken() for _ in writers] if answering.wanted.include_usage else []
    stream = AnswerStream(
        answering.gateway,
        opening=b"".join(writer.begin() for writer in writers),
        headers=answering.headers,
        on_gone=answering.stop,
        place=answering.place,
    )
    group = _Choices(answering, stream, writers[0], spoken)
    answering.start(
        [
            StreamedChoice(index, stream, writer, answering.shape(), spoken[index] if spoken else None, group)
            for index, writer in enumerate(writers)
        ]
    )
    return stream


class Turns:
    """
    What several say at once, passed on as one after the other. Pure.

    `write` takes what is said, and says whether more may come.
    """

    def __init__(self, count: int, write: Callable[[bytes], bool]) -> None:
        self._count = count
        self._write = write
        self._speaking = 0
        self._ended: set[int] = set()
        self._held: dict[int, list[bytes]] = {}
        self._held_bytes = 0

    @property
    def are_over(self) -> bool:
        return len(self._ended) == self._count

    def push(self, index: int, data: bytes) -> bool:
        if index <= self._speaking:
            return self._write(data)
        self._held.setdefault(index, []).append(data)
        self._held_bytes += len(data)
        return self._held_bytes <= MAX_HELD_BYTES or self.release()

    def end(self, index: int, data: bytes) -> None:
        self.push(index, data)
        self._ended.add(index)
        while self._speaking in self._ended:
            self._speaking += 1
            self._write_held(self._speaking)

    def release(self) -> bool:
        """Hold nothing back any more: what comes is passed on as it comes, mixed, which is better than lost."""
        self._speaking = self._count
        written = [self._write_held(index) for index in sorted(self._held)]
        return all(written)

    def _write_held(self, index: int) -> bool:
        held = b"".join(self._held.pop(index, ()))
        self._held_bytes -= len(held)
        return not held or self._write(held)


class _Choices:
    """Ends the stream when all are whole, or when one has failed, and then stops the others."""

    def __init__(
        self, answering: Answering, stream: AnswerStream, writer: AnswerWriter, spoken: Sequence[Spoken]
    ) -> None:
        self._answering = answering
        self._stream = stream
        self._writer = writer
        self._spoken = spoken
        self._turns = Turns(answering.choices, stream.push)

    def push(self, index: int, data: bytes) -> bool:
        """Write it in its turn; false says that the client takes no more."""
        return self._turns.push(index, data)

    def completed(self, index: int, end: bytes) -> None:
        self._turns.end(index, end)
        if not self._turns.are_over:
            return
        if self._spoken:
            self._answering.gateway.tasks.start(self._end_with_usage(), "counting tokens")
        else:
            self._stream.end(DONE)

    def failed(self, error: GatewayError) -> None:
        """Those behind the one that failed may be whole, and were paid for."""
        self._turns.release()
        self._stream.fail(error)
        self._answering.stop()

    async def _end_with_usage(self) -> None:
        try:
            tokens = await self._answering.tokens(self._spoken)
        except Exception:
            self._stream.fail(GatewayError())  # nobody else would end it
            raise
        self._stream.end(self._writer.usage(tokens.as_usage()) + DONE)
