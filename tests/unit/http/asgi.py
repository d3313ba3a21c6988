"""One request to an ASGI application, without a server."""

from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    messages: list[Message]

    @property
    def status(self) -> int:
        status = self.messages[0]["status"]
        assert isinstance(status, int)
        return status

    @property
    def headers(self) -> dict[str, str]:
        """Several of one name are joined, as a client sees them."""
        found: dict[str, str] = {}
        for name, value in self.messages[0]["headers"]:
            key = name.decode()
            found[key] = f"{found[key]}, {value.decode()}" if key in found else value.decode()
        return found

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def error(self) -> dict[str, Any]:
        error = orjson.loads(self.body)["error"]
        assert isinstance(error, dict)
        return error


async def ask(
    application: ASGIApp, path: str = "/v1/models", *, method: str = "GET", type: str = "http", **headers: str
) -> Answer:
    """Names of headers are given with underscores for hyphens."""
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        messages.append(message)

    named = {"host": "localhost:5102", **{name.replace("_", "-"): value for name, value in headers.items()}}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
    scope = {"type": type, "method": method, "path": path, "raw_path": path.encode(), "headers": encoded}
    await application(scope, receive, send)
    return Answer(messages)


@dataclass
class Behind:
    """What is behind a middleware: answers, and remembers the paths it was asked for."""

    headers: tuple[tuple[bytes, bytes], ...] = ()

    def __post_init__(self) -> None:
        self.paths: list[str] = []

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})
