"""
The userscript of the earlier bridges (version 2.5) as the gateway and the site meet it, written from its description.

It runs in a tab of its own: `Tab` keeps the site's cookies, its page, and the bad habits that a test gives it.
"""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arenabridge.app import Running

ORIGIN = "https://lmarena.ai"
REPORTS = "http://127.0.0.1:{port}/update"
PATIENCE_SECONDS = 5.0


@dataclass(kw_only=True)
class Habits:
    """What may be wrong with a tab. Counts are of pieces of the site's answer."""

    cut: int = 0
    """Pass on pieces of so many characters, wherever that cuts lines."""
    lists: bool = False
    """Pieces are lists of strings."""
    never_done: bool = False
    after_done: bool = False
    """Something still comes after the end."""
    strangers: bool = False
    """Speaks also of requests that nobody made."""
    nonsense: bool = False
    """Sends what is no JSON, and what says nothing."""
    drops_after: int | None = None
    """The socket breaks in the middle of an answer."""
    moves_after: int | None = None
    """A second socket is opened in the middle of an answer, which goes on over that one."""


@dataclass
class Tab:
    """A tab of the site with the script."""

    gateway: str
    site: httpx.AsyncClient
    habits: Habits = field(default_factory=Habits)
    reports_to: int = 0
    """The port for captured sessions."""
    title: str = "LMArena"
    armed: bool = False
    loaded: int = 0
    """How often its page was loaded."""
    commands: list[str] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    posted: list[int] = field(default_factory=list)
    """How its posts of the page's source were answered."""
    sockets: list[ClientConnection] = field(default_factory=list)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def socket(self) -> ClientConnection:
        """The one it uses."""
        return self.sockets[-1]

    async def load(self) -> None:
        """The page, and with it the script."""
        (await self.site.get("/")).raise_for_status()
        self.loaded += 1
        await self.connect()

    async def connect(self) -> None:
        url = self.gateway.replace("http", "ws", 1) + "/ws"
        self.sockets.append(await connect(url, additional_headers={"Origin": ORIGIN}, compression=None))
        self.title = "✅ LMArena"
        self._start(self._listen(self.socket))

    async def close(self) -> None:
        for socket in self.sockets:
            await socket.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def heard(self, command: str) -> None:
        """Wait for a command."""
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(lambda: command in self.commands)

    async def press_retry(self, session: str, message: str, *, prefix: str = "/nextjs-api") -> httpx.Response:
        """The person presses the page's button; an armed script reports it, and the page's request goes its way."""
        if self.armed:
            self.armed, self.title = False, self.title.removeprefix("🎯 ")
            await self._preflighted(REPORTS.format(port=self.reports_to), {"sessionId": session, "messageId": message})
        path = f"{prefix}/stream/retry-evaluation-session-message/{session}/messages/{message}"
        return await self.site.put(path, content="{}", headers={"content-type": "text/plain;charset=UTF-8"})

    # -- the script

    async def _listen(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in socket:
                await self._take(orjson.loads(frame))

    async def _take(self, message: dict[str, Any]) -> None:
        async with self._changed:
            self.commands.append(message.get("command", ""))
            self._changed.notify_all()
        match message:
            case {"command": "refresh" | "reconnect"}:
                self._start(self._reload())
            case {"command": "activate_id_capture"}:
                self.armed, self.title = True, f"🎯 {self.title}"
            case {"command": "send_page_source"}:
                self._start(self._send_page())
            case {"request_id": request, "payload": payload}:
                self.payloads.append(payload)
                self._start(self._carry_out(request, payload))

    async def _reload(self) -> None:
        before = self.socket
        await before.close()
        await self.load()

    async def _send_page(self) -> None:
        page = await self.site.get("/")
        url = f"{self.gateway}/internal/update_available_models"
        answer = await self._preflighted(url, page.text, "text/html; charset=utf-8")
        self.posted.append(answer.status_code)

    async def _preflighted(
        self, url: str, content: str | dict[str, str], kind: str = "application/json"
    ) -> httpx.Response:
        """As a browser sends it for a page of the site: it asks first."""
        body = content if isinstance(content, str) else orjson.dumps(content)
        asks = {"origin": ORIGIN, "access-control-request-method": "POST"}
        async with httpx.AsyncClient() as http:
            allowed = await http.options(url, headers={**asks, "access-control-request-headers": "content-type"})
            assert allowed.status_code in {200, 204}
            assert allowed.headers["access-control-allow-origin"] in {"*", ORIGIN}
            assert "content-type" in allowed.headers["access-control-allow-headers"].lower()
            return await http.post(url, content=body, headers={"origin": ORIGIN, "content-type": kind})

    async def _carry_out(self, request: str, payload: dict[str, Any]) -> None:
        session, message = payload["session_id"], payload["message_id"]
        if not session or not message or not payload["message_templates"]:
            await self._say(request, {"error": "session or message id is missing"})
            await self._say(request, "[DONE]")
            return
        path = f"/nextjs-api/stream/retry-evaluation-session-message/{session}/messages/{message}"
        body, kind = orjson.dumps(site_body(payload)), {"content-type": "text/plain;charset=UTF-8"}
        try:
            async with self.site.stream("PUT", path, content=body, headers=kind) as answer:
                if not answer.is_success:
                    text = (await answer.aread()).decode()
                    status = answer.status_code
                    words = f"Network response not OK. Status: {status}. Content: {text}"
                    await self._say(request, {"error": words})
                    return
                await self._pass_on(request, answer)
        except httpx.HTTPError as error:
            await self._say(request, {"error": str(error) or "network error"})

    async def _pass_on(self, request: str, answer: httpx.Response) -> None:
        habits, count = self.habits, 0
        async for read in answer.aiter_text():
            size = habits.cut or len(read)
            for piece in (read[at : at + size] for at in range(0, len(read), size)):
                if count == habits.drops_after:
                    await self.socket.close()
                    return
                if count == habits.moves_after:
                    await self.connect()
                count += 1
                await self._misbehave()
                await self._say(request, [piece[:1], piece[1:]] if habits.lists else piece)
        if not habits.never_done:
            await self._say(request, "[DONE]")
        if habits.after_done:
            await self._say(request, 'a0:"too late"\n')

    async def _misbehave(self) -> None:
        if self.habits.strangers:
            await self._say(str(uuid.uuid4()), 'a0:"of nobody"\n')
        if self.habits.nonsense:
            for frame in ("{", "[1]", '"text"', "{}", '{"request_id":7,"data":"x"}', '{"request_id":"x","data":null}'):
                await self.socket.send(frame)

    async def _say(self, request: str, data: object) -> None:
        with contextlib.suppress(ConnectionClosed):  # the script says so in its console
            await self.socket.send(orjson.dumps({"request_id": request, "data": data}).decode())

    def _start(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def site_body(payload: dict[str, Any]) -> dict[str, Any]:
    """The site's request, as the script builds it."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    templates, messages = payload["message_templates"], []
    parents: list[str] = []
    for number, template in enumerate(templates):
        is_last = number == len(templates) - 1
        id_ = str(uuid.uuid4())
        messages.append(
            {
                "role": template["role"],
                "content": template["content"],
                "id": id_,
                "evaluationId": None,
                "evaluationSessionId": payload["session_id"],
                "parentMessageIds": parents,
                "experimental_attachments": template.get("attachments") or [],
                "failureReason": None,
                "metadata": None,
                "participantPosition": template.get("participantPosition") or "a",
                "createdAt": now,
                "updatedAt": now,
                "status": "pending" if is_last and not payload.get("is_image_request") else "success",
            }
        )
        parents = [id_]
    return {"messages": messages, "modelId": payload["target_model_id"]}


@asynccontextmanager
async def tab(
    running: Running, site: str, habits: Habits | None = None, *, reports_to: int = 0, jar: httpx.Cookies | None = None
) -> AsyncIterator[Tab]:
    """A tab whose page was loaded, in the browser that has the cookies of `jar`."""
    async with httpx.AsyncClient(base_url=site, cookies=jar) as http:
        opened = Tab(running.base_url, http, habits or Habits(), reports_to)
        await opened.load()
        try:
            yield opened
        finally:
            await opened.close()
