"""The choices of a streamed answer: each the sink of one job, all in one stream."""

from collections.abc import Sequence

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


class StreamedChoice:
    """Writes what it hears into the stream. `spoken` is kept if the client wants the tokens counted."""

    def __init__(
        self, stream: AnswerStream, writer: AnswerWriter, shape: Shape, spoken: Spoken | None, group: "_Choices"
    ) -> None:
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
        return not data or self._stream.push(data)

    def complete(self, finish: Finished) -> None:
        if self._spoken is not None:
            self._spoken.site = finish.usage
        rest = self._shape.end()
        end = self._writer.text(rest) if rest else b""
        end += self._writer.annotations(self._shape.annotations()) + self._writer.finish(finish.reason, finish.error)
        self._group.completed(end)

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
            StreamedChoice(stream, writer, answering.shape(), spoken[index] if spoken else None, group)
            for index, writer in enumerate(writers)
        ]
    )
    return stream


class _Choices:
    """Ends the stream when all are whole, or when one has failed, and then stops the others."""

    def __init__(
        self, answering: Answering, stream: AnswerStream, writer: AnswerWriter, spoken: Sequence[Spoken]
    ) -> None:
        self._answering = answering
        self._stream = stream
        self._writer = writer
        self._spoken = spoken
        self._left = answering.choices

    def completed(self, end: bytes) -> None:
        self._stream.push(end)
        self._left -= 1
        if self._left:
            return
        if self._spoken:
            self._answering.gateway.tasks.start(self._end_with_usage(), "counting tokens")
        else:
            self._stream.end(DONE)

    def failed(self, error: GatewayError) -> None:
        self._stream.fail(error)
        self._answering.stop()

    async def _end_with_usage(self) -> None:
        try:
            tokens = await self._answering.tokens(self._spoken)
        except Exception:
            self._stream.fail(GatewayError())  # nobody else would end it
            raise
        self._stream.end(self._writer.usage(tokens.as_usage()) + DONE)
