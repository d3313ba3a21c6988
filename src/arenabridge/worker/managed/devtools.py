"""
The browser's DevTools protocol, as much of it as a managed browser needs: commands that are answered, and events.

Sessions are flat: a command or an event for a page carries the id of the session with it. Its source is the protocol's
own description (https://chromedevtools.github.io/devtools-protocol/, "tot").
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

import msgspec

_log = logging.getLogger(__name__)

CALL_SECONDS = 15.0
"""How long a command may take, but for those that carry frames: a page may stand still, and then its link is silent."""

MAX_UNANSWERED = 1000
"""Commands at once. A page takes one frame at a time, so that this many are only left by a browser that hangs."""

_NOISE = b'{"method":"Runtime.consoleAPICalled"'
"""Part of the events that are wanted; may be long."""


class DevToolsError(Exception):
    """The browser refused a command, or did not answer it."""


class DevToolsGone(DevToolsError):
    """The page or the browser that was meant is gone."""


class MessageWriter(Protocol):
    """Where commands go (`PipeWriter`)."""

    def write(self, message: bytes) -> None: ...
    async def drain(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Event:
    """What the browser tells of itself. `session` is None for the browser as a whole."""

    method: str
    parameters: dict[str, Any]
    session: str | None


class _Message(msgspec.Struct):
    """Anything the browser says."""

    id: int | None = None
    result: dict[str, Any] = {}
    error: dict[str, Any] | None = None
    method: str = ""
    params: dict[str, Any] = {}
    sessionId: str | None = None  # noqa: N815 - the protocol's spelling


_decoder = msgspec.json.Decoder(_Message)


@dataclass(slots=True)
class DevTools:
    """The commands of one browser. What it says comes in by `heard`, and `ended` is its end."""

    writer: MessageWriter
    tell: Callable[[Event], None]
    """Called with each event, in order, from the reader: it must not wait."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _unanswered: dict[int, tuple[str | None, "asyncio.Future[dict[str, Any]]"]] = field(default_factory=dict)
    _gone: bool = False

    async def call(
        self, method: str, *, session: str | None = None, seconds: float | None = CALL_SECONDS, **parameters: Any
    ) -> dict[str, Any]:
        """What a command gives; raises `DevToolsError`."""
        answer = self.start(method, session=session, **parameters)
        try:
            async with asyncio.timeout(seconds):
                await self.writer.drain()
                return await answer
        except TimeoutError:
            raise DevToolsError(f"{method}: no answer within {seconds} s") from None
        finally:
            answer.cancel()

    def start(self, method: str, *, session: str | None = None, **parameters: Any) -> "asyncio.Future[dict[str, Any]]":
        """Send a command, in the order of the calls; its answer may be awaited or left alone."""
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        if self._gone or len(self._unanswered) >= MAX_UNANSWERED:
            answer.set_exception(DevToolsGone("the browser is gone") if self._gone else DevToolsError("it hangs"))
            answer.exception()  # nobody may be waiting for it
            return answer
        number = next(self._numbers)
        self._unanswered[number] = (session, answer)
        answer.add_done_callback(lambda answer: self._settled(number, answer))
        command: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        self.writer.write(msgspec.json.encode(command))
        return answer

    def heard(self, frame: bytes) -> None:
        """One message of the browser."""
        if frame.startswith(_NOISE):
            return
        try:
            message = _decoder.decode(frame)
        except (msgspec.DecodeError, UnicodeError) as error:  # such as half a surrogate pair that a page made up
            _log.debug("a message of the browser makes no sense: %s", error)
            return
        if message.id is not None:
            self._answered(message.id, message)
        elif message.method:
            if message.method == "Target.detachedFromTarget":
                self._forget(message.params.get("sessionId"))
            self.tell(Event(message.method, message.params, message.sessionId))

    def ended(self) -> None:
        """Nothing more will come."""
        self._gone = True
        for _, answer in list(self._unanswered.values()):
            _fail(answer, DevToolsGone("the browser is gone"))

    def _answered(self, number: int, message: _Message) -> None:
        _, answer = self._unanswered.get(number, (None, None))
        if answer is None or answer.done():
            return
        if message.error is None:
            answer.set_result(message.result)
        else:
            answer.set_exception(DevToolsError(str(message.error.get("message", message.error))))

    def _forget(self, session: str | None) -> None:
        """The browser answers nothing to a session that has ended."""
        for of, answer in list(self._unanswered.values()):
            if of == session:
                _fail(answer, DevToolsGone("the page is gone"))

    def _settled(self, number: int, answer: "asyncio.Future[dict[str, Any]]") -> None:
        del self._unanswered[number]
        if not answer.cancelled():
            answer.exception()  # looked at, so that one nobody waited for is not reported


def _fail(answer: "asyncio.Future[dict[str, Any]]", error: DevToolsError) -> None:
    if not answer.done():
        answer.set_exception(error)
