"""
What memory the gateway takes while files pass through it: `python benchmarks/file_memory.py`.

Measured in 2026-11 on two shared cores, in MiB more than before: 1 for one form of 50 MiB, 15 for 20 of them at once,
25 for one PNG of 9.9 MB as JSON, 131 for 20 of those at once, 33 for 20 downloads of 50 MiB at once.

A gateway in a process of its own; its peak is what Linux counts (`VmHWM`, set back before each case).
"""

import asyncio
import base64
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx

MIB = 2**20
PIECE_BYTES = 64 * 1024
BOUNDARY = "a-boundary"


def memory_mib(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


async def form(size: int) -> AsyncIterator[bytes]:
    """A form with one file, never whole in memory here either."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{os.urandom(4).hex()}"\r\n\r\n'
    yield head.encode()
    for _ in range(0, size, PIECE_BYTES):
        yield os.urandom(PIECE_BYTES)
    yield f"\r\n--{BOUNDARY}--\r\n".encode()


async def upload(http: httpx.AsyncClient, size: int) -> str:
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    answer = await http.post("/upload", content=form(size), headers=headers)
    answer.raise_for_status()
    return str(answer.json()["url"])


async def upload_json(http: httpx.AsyncClient, size: int) -> str:
    packed = base64.b64encode(b"\x89PNG\r\n\x1a\n" + os.urandom(size - 8)).decode()
    answer = await http.post("/upload", json={"file_name": "a.png", "file_data": f"data:image/png;base64,{packed}"})
    answer.raise_for_status()
    return str(answer.json()["url"])


async def download(http: httpx.AsyncClient, url: str) -> None:
    async with http.stream("GET", url) as answer:
        async for _ in answer.aiter_raw(PIECE_BYTES):
            pass


async def measure(pid: int, name: str, case: Callable[[], Awaitable[object]]) -> None:
    forget_peak(pid)
    before, started = memory_mib(pid, "VmRSS"), asyncio.get_running_loop().time()
    await case()
    seconds = asyncio.get_running_loop().time() - started
    peak = memory_mib(pid, "VmHWM")
    print(
        f"{name:44} {seconds:6.2f} s   before {before:6.1f} MiB   peak {peak:6.1f} MiB   more {peak - before:6.1f} MiB"
    )


async def cases(pid: int, http: httpx.AsyncClient) -> None:
    await upload(http, MIB)  # whatever is loaded when first used
    await measure(pid, "one form of 50 MiB", lambda: upload(http, 50 * MIB))
    await measure(
        pid, "20 forms of 50 MiB at once", lambda: asyncio.gather(*(upload(http, 50 * MIB) for _ in range(20)))
    )
    await measure(pid, "one PNG of 9.9 MB as JSON", lambda: upload_json(http, 9_900_000))
    await measure(
        pid,
        "20 PNGs of 9.9 MB as JSON at once",
        lambda: asyncio.gather(*(upload_json(http, 9_900_000) for _ in range(20))),
    )
    url = await upload(http, 50 * MIB)
    await measure(
        pid, "20 downloads of 50 MiB at once", lambda: asyncio.gather(*(download(http, url) for _ in range(20)))
    )


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "arenabridge",
            "serve",
            "--port",
            "0",
            "--log-level",
            "warning",
            "--data-dir",
            folder,
        ]
        environment = {**os.environ, "ARENABRIDGE_ENABLE_AUTO_UPDATE": "false"}
        gateway = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
        if gateway.stdout is None:
            raise RuntimeError("a pipe was asked for")
        try:
            said: dict[str, str] = {}
            async for line in gateway.stdout:
                words = line.decode().split()
                said |= {"url": words[-1]} if line.startswith(b"Arena Bridge is at") else {}
                said |= {"key": words[-1]} if b"API key" in line else {}
                if words[:1] == ["Data"]:
                    break
            headers = {"x-api-key": said["key"]}
            async with httpx.AsyncClient(base_url=said["url"], headers=headers, timeout=300, trust_env=False) as http:
                await cases(gateway.pid, http)
        finally:
            gateway.terminate()
            await gateway.wait()


asyncio.run(main())
