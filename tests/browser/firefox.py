"""
Firefox as the distribution has it, driven over WebDriver BiDi, which it speaks by itself.

Playwright would bring a Firefox of its own. This one's whole network is a proxy that knows the site's names alone.
"""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

VARIABLE = "ARENABRIDGE_FIREFOX"
_COMMANDS = ("firefox-esr", "firefox")
_ANNOUNCEMENT = "WebDriver BiDi listening on "


def find_firefox() -> str | None:
    """The program, if there is one."""
    named = os.environ.get(VARIABLE)
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _COMMANDS)), None)


@dataclass
class Firefox:
    """The commands of a session; errors fail the test."""

    connection: ClientConnection
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        await self.connection.send(json.dumps({"id": number, "method": method, "params": parameters}))
        async with asyncio.timeout(20):
            while (message := json.loads(await self.connection.recv())).get("id") != number:
                pass
        assert message["type"] == "success", message
        result: dict[str, Any] = message["result"]
        return result

    async def open(self, url: str, script: str) -> str:
        """The tab's id; the script is there before the page's own."""
        await self.send("script.addPreloadScript", functionDeclaration=f"() => {{\n{script}\n}}")
        tab: str = (await self.send("browsingContext.create", type="tab"))["context"]
        await self.send("browsingContext.navigate", context=tab, url=url, wait="complete")
        return tab

    async def install(self, extension: Path) -> None:
        """Until the browser ends."""
        await self.send("webExtension.install", extensionData={"type": "path", "path": str(extension)})

    async def evaluate(self, tab: str, expression: str) -> Any:
        answer = await self.send("script.evaluate", expression=expression, target={"context": tab}, awaitPromise=True)
        assert answer["type"] == "success", answer
        return answer["result"].get("value")


@asynccontextmanager
async def firefox(program: str, hostnames: tuple[str, ...], port: int) -> AsyncIterator[Firefox]:
    """Shows the local HTTPS server on `port` under these names; any certificate of it is taken."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with _site_proxy(hostnames, port) as proxy:
            (Path(profile) / "user.js").write_text(_preferences(proxy), encoding="utf-8")
            browser = await asyncio.create_subprocess_exec(
                program,
                "--headless",
                "--no-remote",
                "--profile",
                profile,
                "--remote-debugging-port=0",
                stderr=asyncio.subprocess.PIPE,
            )
            assert browser.stderr is not None
            draining = None
            try:
                address = await _announced(browser.stderr)
                draining = asyncio.create_task(browser.stderr.read())
                async with connect(f"{address}/session", max_size=None, compression=None) as connection:
                    driven = Firefox(connection)
                    await driven.send("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
                    yield driven
            finally:
                with suppress(ProcessLookupError):
                    browser.kill()
                await browser.wait()
                if draining is not None:
                    await draining


def _preferences(proxy: int) -> str:
    wanted: dict[str, Any] = {
        "network.proxy.type": 1,
        "network.proxy.http": "127.0.0.1",
        "network.proxy.http_port": proxy,
        "network.proxy.ssl": "127.0.0.1",
        "network.proxy.ssl_port": proxy,
        "network.trr.mode": 5,  # no names are asked for over HTTPS either
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "services.settings.server": "data:,",
        "app.update.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "browser.shell.checkDefaultBrowser": False,
    }
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wanted.items())


async def _announced(stderr: asyncio.StreamReader) -> str:
    async with asyncio.timeout(60):
        async for line in stderr:
            if line.decode(errors="replace").startswith(_ANNOUNCEMENT):
                return line.decode().removeprefix(_ANNOUNCEMENT).strip()
    raise AssertionError("Firefox ended before it could be driven")


@asynccontextmanager
async def _site_proxy(hostnames: tuple[str, ...], port: int) -> AsyncIterator[int]:
    """Connects the site's names to this port, and refuses all others."""
    wanted = {f"{hostname}:443" for hostname in hostnames}

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, target, _ = (await reader.readuntil(b"\r\n\r\n")).decode(errors="replace").split(" ", 2)
        if method != "CONNECT" or target not in wanted:
            writer.write(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            writer.close()
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await asyncio.gather(pass_on(reader, far_writer), pass_on(far_reader, writer))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
