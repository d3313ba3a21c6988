"""
Chromium over plain CDP.

Playwright keeps each of its pages "visible" and lifts the limits on timers; without it a tab behind another is as
hidden as a person's.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from tempfile import TemporaryDirectory
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from arenabridge.worker.browser import find_browser, quiet_arguments

_ANNOUNCEMENT = "DevTools listening on "


@dataclass
class PlainTab:
    """A tab in the foreground until the next one opens."""

    chromium: "PlainChromium"
    session: str

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self.chromium.send(method, session=self.session, **parameters)

    async def freeze(self) -> None:
        await self.send("Page.setWebLifecycleState", state="frozen")

    async def thaw(self) -> None:
        await self.send("Page.setWebLifecycleState", state="active")


@dataclass
class PlainChromium:
    """The commands of a browser; nothing is enabled in it that a command does not enable."""

    connection: ClientConnection
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        command: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session is not None:
            command["sessionId"] = session
        await self.connection.send(json.dumps(command))
        async with asyncio.timeout(30):
            while (message := json.loads(await self.connection.recv())).get("id") != number:
                pass
        assert "error" not in message, message["error"]
        result: dict[str, Any] = message["result"]
        return result

    async def open(self, url: str, script: str = "") -> PlainTab:
        target = await self.send("Target.createTarget", url="about:blank")
        attached = await self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        tab = PlainTab(self, attached["sessionId"])
        await tab.send("Page.enable")
        await tab.send("Page.addScriptToEvaluateOnNewDocument", source=script)
        await tab.send("Page.navigate", url=url)
        return tab


@asynccontextmanager
async def plain_chromium(arguments: Sequence[str]) -> AsyncIterator[PlainChromium]:
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = await asyncio.create_subprocess_exec(
            find_browser(),
            "--headless=new",
            "--no-sandbox",  # its only page is ours
            "--remote-debugging-port=0",
            f"--user-data-dir={profile}",
            *quiet_arguments(),
            *arguments,
            stderr=asyncio.subprocess.PIPE,
        )
        assert browser.stderr is not None
        draining = None
        try:
            address = await _announced(browser.stderr)
            draining = asyncio.create_task(browser.stderr.read())
            async with connect(address, max_size=None, compression=None) as connection:
                chromium = PlainChromium(connection)
                yield chromium
                await chromium.send("Browser.close")
            await browser.wait()
        finally:
            if browser.returncode is None:
                browser.kill()
                await browser.wait()
            if draining is not None:
                await draining


async def _announced(stderr: asyncio.StreamReader) -> str:
    async with asyncio.timeout(20):
        async for line in stderr:
            if line.decode().startswith(_ANNOUNCEMENT):
                return line.decode().removeprefix(_ANNOUNCEMENT).strip()
    raise AssertionError("the browser ended before it could be driven")
