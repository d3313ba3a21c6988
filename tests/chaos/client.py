"""
Clients that check what they get: the exact text, or a typed error, and never both.

HTTP is spoken by hand, one connection a request, so that a client can go away, or stop reading, at any byte.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from chaos.reference_site import prompt, reference

PATIENCE_SECONDS = 90.0
"""Longer than all deadlines of the gateway together: who waits longer waits in the dark."""

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

Ending = Literal["whole", "error", "left", "broken"]


class Broken(Exception):
    """The connection ended before the answer did."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One request, and how its client behaves."""

    number: int
    words: int = 20
    model: str = "gpt"
    streamed: bool = True
    leaves_after_seconds: float | None = None
    leaves_after_bytes: float = float("inf")
    sips_bytes: int = 0
    """Reads so few bytes at a time, with a pause after each."""

    shows_picture: bool = False

    @property
    def body(self) -> bytes:
        parts: list[Any] = [{"type": "text", "text": prompt(self.number, self.words)}]
        if self.shows_picture:
            data = base64.b64encode(PICTURE + b"%d" % self.number).decode()  # none is like another
            parts.append({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}})
        messages = [{"role": "user", "content": parts}]
        return orjson.dumps({"model": self.model, "stream": self.streamed, "messages": messages})


@dataclass(frozen=True)
class Outcome:
    """How it ended, with the error's code; `wrong` says what is against the law."""

    ending: Ending
    code: str = ""
    wrong: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Client:
    """Asks at `port`; `key` is its API key."""

    port: int
    key: str

    async def ask(self, wish: Wish) -> tuple[Outcome, int]:
        """What came of it, and the port it asked from."""
        began = asyncio.get_running_loop().time()
        got = Received(wish)
        ending: Ending = "whole"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**16)
        port: int = writer.get_extra_info("sockname")[1]
        try:
            async with asyncio.timeout(min(wish.leaves_after_seconds or PATIENCE_SECONDS, PATIENCE_SECONDS)):
                writer.write(self.request(wish))
                async for piece in _answer(reader, got, wish.sips_bytes):
                    got.body += piece
                    if len(got.body) >= wish.leaves_after_bytes:
                        ending = "left"
                        break
        except TimeoutError:
            if wish.leaves_after_seconds is None:
                return Outcome("broken", "", f"request {wish.number}: nothing came in {PATIENCE_SECONDS} s"), port
            ending = "left"
        except (Broken, OSError):
            ending = "broken"
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
        return got.judged(ending, asyncio.get_running_loop().time() - began), port

    def request(self, wish: Wish) -> bytes:
        head = (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {self.key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(wish.body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + wish.body


class Received:
    """What has come for one wish, and what the law says of it."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._expected = reference(wish.number, wish.words)
        self.status = 0
        self.body = bytearray()

    def judged(self, ending: Ending, seconds: float) -> Outcome:
        judge = self._error if self.status not in {0, 200} else self._stream if self._wish.streamed else self._plain
        found = judge(is_whole=ending == "whole")
        wrong = f"request {self._wish.number}: {found.wrong}" if found.wrong else ""
        return Outcome(found.ending if ending == "whole" else ending, found.code, wrong, seconds)

    def _error(self, *, is_whole: bool) -> Outcome:
        if not is_whole or b"<center>nginx" in self.body:  # a gateway behind it died
            return Outcome("broken")
        error = orjson.loads(self.body)["error"]
        return Outcome("error", error["code"], "" if error["code"] and error["message"] else "an error without words")

    def _plain(self, *, is_whole: bool) -> Outcome:
        if not is_whole:
            return Outcome("broken")
        choice = orjson.loads(self.body)["choices"][0]
        is_exact = choice["message"]["content"] == self._expected and choice["finish_reason"] == "stop"
        return Outcome("whole", wrong="" if is_exact else f"not its text: {choice}")

    def _stream(self, *, is_whole: bool) -> Outcome:
        events = self.body.decode(errors="ignore").split("\n\n")
        complete, rest = events[:-1], events[-1]
        said = [event[6:] for event in complete if event.startswith("data: ")]
        is_done = "[DONE]" in said
        chunks = [orjson.loads(each) for each in said if each != "[DONE]"]
        text = "".join(_texts(chunks))
        finished = [reason for chunk in chunks for reason in _reasons(chunk)]
        errors = [chunk["error"] for chunk in chunks if "error" in chunk]
        code = errors[0]["code"] if errors else ""
        wrong = self._wrong(text, finished, errors, is_whole=is_whole, ends_well=is_done and not rest)
        return Outcome("error" if errors else "whole", code, wrong)

    def _wrong(self, text: str, finished: list[str], errors: list[Any], *, is_whole: bool, ends_well: bool) -> str:
        if not self._expected.startswith(text):
            return f"a text that is not its own: {text[-200:]!r}"
        if finished and (errors or text != self._expected or finished != ["stop"]):
            return f"finished {finished} with {len(text)} of {len(self._expected)} characters and errors {errors}"
        if is_whole and not ends_well:
            return "the stream has no end of its own"
        if is_whole and len(finished) + len(errors) != 1:
            return f"an end that says {finished} and {errors}"
        return ""


def _texts(chunks: list[Any]) -> list[str]:
    return [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk.get("choices", [])]


def _reasons(chunk: Any) -> list[str]:
    return [choice["finish_reason"] for choice in chunk.get("choices", []) if choice["finish_reason"]]


async def _answer(reader: asyncio.StreamReader, got: Received, sips: int) -> AsyncIterator[bytes]:
    """The pieces of a body; raises `Broken`."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        got.status = int(head.split(" ")[1])
        if "transfer-encoding: chunked" not in head:
            yield await reader.readexactly(int(head.split("content-length: ")[1].split("\r\n")[0]))
            return
        while size := int(await reader.readuntil(b"\r\n"), 16):
            async for piece in _sipped(reader, size, sips):
                yield piece
            await reader.readexactly(2)
        await reader.readexactly(2)
    except asyncio.IncompleteReadError as error:
        raise Broken from error


async def _sipped(reader: asyncio.StreamReader, size: int, sips: int) -> AsyncIterator[bytes]:
    while size:
        piece = await reader.readexactly(min(size, sips or size))
        size -= len(piece)
        yield piece
        if sips:
            await asyncio.sleep(0.001)
