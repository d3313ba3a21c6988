"""A site under the real one's name, over HTTPS and HTTP/2: answers what a test tells it, notes what it is asked."""

import asyncio
import base64
import hashlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypercorn.asyncio import serve
from hypercorn.config import Config

HOSTNAMES = ("lmarena.ai", "arena.ai")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The site</title><link rel="icon" href="data:,">
<script>self.__rows = ["models: \\u00e4, b"]</script><script src="/_next/static/chunks/main.js"></script>
<body><h1>The site</h1><p>A page with nothing on it.</p></body></html>"""


@dataclass(frozen=True)
class Seen:
    """A request that reached the site."""

    method: str
    path: str
    headers: dict[str, str]
    body: str


@dataclass
class Answer:
    """
    What a path answers: the pieces, each a write of its own, `pace_seconds` apart.

    With `held`, silence follows until the other side leaves.
    """

    pieces: Iterable[bytes] = (b'a0:"hello"\n', b'ad:{"finishReason":"stop"}\n')
    status: int = 200
    content_type: str = "text/event-stream"
    held: bool = False
    pace_seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class ScriptedSite:
    """
    `answers` by path (without the query), or by method and path; one may depend on what was asked.

    `page_headers` go with every page. Port and key are those of `serving`. Bodies are noted as text, of which bytes
    that are none remain as surrogates.
    """

    port: int
    spki: str
    answers: dict[str, Answer | Callable[[Seen], Answer]] = field(default_factory=dict)
    page_headers: dict[str, str] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    open: set[str] = field(default_factory=set)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def url(self) -> str:
        return f"https://{HOSTNAMES[0]}/"

    def asked(self, prefix: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path.startswith(prefix)]

    async def until_open(self, *paths: str) -> None:
        """Waits until exactly the streams of these paths are running."""
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: self.open == set(paths))

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await _lifespan(receive, send)
        path = scope["path"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        seen = Seen(scope["method"], path, headers, (await _body(receive)).decode(errors="surrogateescape"))
        self.seen.append(seen)
        scripted = self.answers.get(f"{seen.method} {path}") or self.answers.get(path)
        if scripted is None:
            return await self._page(send)
        answer = scripted if isinstance(scripted, Answer) else scripted(seen)
        self.open.add(path)
        await self._notify()
        try:
            await _stream(answer, receive, send)
        finally:
            self.open.discard(path)
            await self._notify()
        return None

    async def _page(self, send: Any) -> None:
        headers = {"content-type": "text/html; charset=utf-8", **self.page_headers}
        await send({"type": "http.response.start", "status": 200, "headers": _encoded(headers)})
        await send({"type": "http.response.body", "body": PAGE.encode()})

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()


async def _stream(answer: Answer, receive: Any, send: Any) -> None:
    headers = {"content-type": answer.content_type, "x-request-id": "r-1", "RateLimit-Remaining": "7"} | answer.headers
    await send({"type": "http.response.start", "status": answer.status, "headers": _encoded(headers)})
    for piece in answer.pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(answer.pace_seconds)
    while answer.held and (await receive())["type"] != "http.disconnect":
        pass
    await send({"type": "http.response.body", "body": b""})


async def _body(receive: Any) -> bytes:
    pieces = []
    while (message := await receive())["type"] == "http.request":
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(pieces)


async def _lifespan(receive: Any, send: Any) -> None:
    for _ in ("startup", "shutdown"):
        message = await receive()
        await send({"type": f"{message['type']}.complete"})


def _encoded(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


@asynccontextmanager
async def serving_scripted_site(*, http2: bool = True) -> AsyncIterator[ScriptedSite]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with TemporaryDirectory() as folder:
        config = Config()
        config.errorlog = None
        config.bind = [f"fd://{listener.detach()}"]
        config.alpn_protocols = ["h2", "http/1.1"] if http2 else ["http/1.1"]
        config.graceful_timeout = 0.1
        spki = _certify(config, Path(folder))
        site = ScriptedSite(port, spki)
        stop = asyncio.Event()
        # Hypercorn's type of an application names every event of ASGI as a TypedDict; ours is the plain form
        server = asyncio.create_task(serve(site, config, shutdown_trigger=stop.wait))  # type: ignore[arg-type]
        try:
            yield site
        finally:
            stop.set()
            await server


def _certify(config: Config, folder: Path) -> str:
    """Writes a throw-away certificate; returns the base64 SHA-256 of its public key."""
    leaf = trustme.CA().issue_cert(*HOSTNAMES)
    chain, key = folder / "chain.pem", folder / "key.pem"
    leaf.private_key_pem.write_to_path(key)
    chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    config.certfile, config.keyfile = str(chain), str(key)
    public = x509.load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).public_key()
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(der).digest()).decode()
