"""Have several pictures made at once, each by a job of its own, and gather what comes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from arenabridge.accounts.keys import ApiKey
from arenabridge.errors import ClientGone, GatewayError, NoPicture
from arenabridge.http.answers.asking import Asking
from arenabridge.http.answers.pictured_answer import Keep, PicturedAnswer
from arenabridge.http.answers.served_by import served_by
from arenabridge.http.door.client import until_gone
from arenabridge.http.door.metering import Metering
from arenabridge.http.gateway import Gateway
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.request import ChatCompletionRequest
from arenabridge.wire.reply import Finished, Image, ReplyEvent, Text

MAX_WORDS_CHARACTERS: Final = 1000
"""Characters shown in the error of what a model says instead of making a picture."""


class PictureChoice:
    """The sink of one job."""

    def __init__(self, group: "AskedPictures") -> None:
        self._group = group
        self.pictures: list[Image] = []
        self.error: GatewayError | None = None
        self.is_over = False
        self._words = ""

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        self._group.headers |= served_by(worker, how, model)

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        for event in events:
            if isinstance(event, Image):
                self.pictures.append(event)
            elif isinstance(event, Text) and len(self._words) < MAX_WORDS_CHARACTERS:
                self._words += event.text[:MAX_WORDS_CHARACTERS]
        return not self._group.is_over

    def complete(self, finish: Finished) -> None:
        self._end(finish.error or (None if self.pictures else NoPicture(self._refusal())))

    def fail(self, error: GatewayError) -> None:
        """A picture that was made before the job failed still counts."""
        self._end(None if self.pictures else error)

    def _refusal(self) -> str:
        words = " ".join(self._words.split())[:MAX_WORDS_CHARACTERS]
        return f"The model made no picture. It said: {words}" if words else ""

    def _end(self, error: GatewayError | None) -> None:
        if not self.is_over:
            self.is_over, self.error = True, error
            self._group.ended()


class AskedPictures:
    """`number` jobs for one request. `keep` says how its client gets each picture."""

    def __init__(
        self, gateway: Gateway, key: ApiKey, wanted: ChatCompletionRequest, number: int, keep: Keep, metering: Metering
    ) -> None:
        self.headers: dict[str, str] = dict(metering.headers)
        self._missing: Counter[str] = Counter()
        self._gateway = gateway
        self._metering = metering
        self._asking = [Asking(gateway, key, wanted, key.profile) for _ in range(number)]
        self._choices = [PictureChoice(self) for _ in self._asking]
        self._pictured = [PicturedAnswer(choice, keep, gateway.tasks) for choice in self._choices]
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @property
    def is_over(self) -> bool:
        return self._end.done()

    def lacks(self, code: str) -> None:
        """One picture is missing in the answer."""
        self._missing[code] += 1
        self.headers["x-arenabridge-missing"] = f"{self._missing.total()} ({', '.join(sorted(self._missing))})"

    def ended(self) -> None:
        """One of the jobs is over."""
        if all(choice.is_over for choice in self._choices) and not self._end.done():
            self._end.set_result(None)

    async def pictures(self, request: Request) -> list[Image]:
        """
        All that came; some may be missing. Raises what the first failed with if none came, or `ClientGone`.

        A model may make several for one job: all of them are given.
        """
        self._start()
        await self._all_or_gone(request)
        failed = [choice.error for choice in self._choices if choice.error is not None]
        if len(failed) == len(self._choices):
            raise failed[0]
        for error in failed:
            self.lacks(error.code)
        return [picture for choice in self._choices for picture in choice.pictures]

    def _start(self) -> None:
        for asking, sink in zip(self._asking, self._metering.listen(self._pictured), strict=True):
            try:
                asking.start(sink)
            except GatewayError as error:
                sink.fail(error)

    def _stop(self) -> None:
        for asking in self._asking:
            asking.abandon()
        for pictured in self._pictured:
            pictured.stop()
        self._metering.end()

    async def _all_or_gone(self, request: Request) -> None:
        async def watch() -> None:
            await until_gone(request.receive)
            if not self._end.done():
                self._end.set_exception(ClientGone())

        watcher = self._gateway.tasks.start(watch(), "client of pictures")
        try:
            await self._end
        except (GatewayError, asyncio.CancelledError):
            self._stop()
            raise
        finally:
            watcher.cancel()
