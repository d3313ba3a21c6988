"""The gateway as people start it: a process of its own, which can be stopped, killed and measured."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import arenabridge
from arenabridge.accounts.secrets import Secrets

STARTING_SECONDS = 30.0
SOURCES = str(Path(arenabridge.__file__).parents[1])


@dataclass(frozen=True)
class GatewayProcess:
    """One that listens. `key` is empty unless this start made the first key."""

    process: asyncio.subprocess.Process
    port: int
    key: str
    pairing: str

    @property
    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def open_files(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    async def health(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{self.port}/health")
            return dict(answer.json())

    async def is_ready(self) -> bool:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"http://127.0.0.1:{self.port}/readyz")).status_code == 200

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def kill(self) -> None:
        """As when the computer loses its power."""
        self.process.kill()
        await self.process.wait()


@asynccontextmanager
async def gateway_process(data_dir: Path, *, port: int = 0, **settings: object) -> AsyncIterator[GatewayProcess]:
    """Up; killed at the end if it still runs."""
    environment = {f"ARENABRIDGE_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "arenabridge", "serve", "--port", str(port), "--data-dir", str(data_dir), "--log-level", "warning"),
        env={**os.environ, "PYTHONPATH": SOURCES, "ARENABRIDGE_ENABLE_AUTO_UPDATE": "false", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said = await _said(process)
        listens_on = int(re.findall(r"at http://127\.0\.0\.1:(\d+)", said)[0])
        key = next(iter(re.findall(r"\(shown only now\)\s+(\S+)", said)), "")
        yield GatewayProcess(process, listens_on, key, Secrets.load(data_dir, environment).pairing)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def _said(process: asyncio.subprocess.Process) -> str:
    """All up to the line that comes last."""
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(STARTING_SECONDS):
        while "\n  Data " not in said:
            line = await process.stdout.readline()
            assert line, said
            said += line.decode()
    return said
