"""
The browser's process, with a pipe to its DevTools: started, waited for, ended.

A POSIX system gives the browser its ends of the pipe as the file descriptors 3 and 4, which is where
`--remote-debugging-pipe` looks for them. On Windows they are inherited handles, named by `--remote-debugging-io-pipes`.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from arenabridge.worker.managed.pipe import PipeReader, PipeWriter

PIPE_ARGUMENT = "--remote-debugging-pipe"

TERMINATE_SECONDS = 3.0
"""A browser that does not go when it is told to is told by the system; one that does not go then is killed."""

MAX_LAST_WORDS = 4096
"""The end of what a browser writes on stderr is kept: it says why it could not start."""

_LOWEST_OWN_DESCRIPTOR = 10
"""Our descriptors keep out of the way of the browser's 3 and 4."""


@dataclass(frozen=True, slots=True)
class _Started:
    pid: int
    wait: Callable[[], int]
    """Blocks until it ends; gives its exit code, negative for a signal."""
    end: Callable[[bool], None]
    """Ends it, by force if true."""
    output: BinaryIO
    commands: BinaryIO
    answers: BinaryIO


class BrowserProcess:
    """One run of a browser."""

    def __init__(self, started: _Started, writer: PipeWriter) -> None:
        self._started = started
        self._loop = asyncio.get_running_loop()
        self._exit: asyncio.Future[int] = self._loop.create_future()
        self._words = b""
        self.writer = writer
        self._reader: PipeReader | None = None
        for work in (self._wait, self._listen):
            threading.Thread(target=work, name=f"browser {started.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._started.pid

    @property
    def last_words(self) -> str:
        """The end of what it wrote on stderr."""
        return self._words.decode(errors="replace").strip()

    @property
    def has_ended(self) -> bool:
        return self._exit.done()

    async def listen(self, message: Callable[[bytes], None], ended: Callable[[], None]) -> None:
        """Have each message told from now on, and the pipe's end."""
        _, self._reader = await self._loop.connect_read_pipe(lambda: PipeReader(message, ended), self._started.answers)

    def when_ended(self, call: Callable[[], None]) -> None:
        """Have it called soon after the process has ended."""
        self._exit.add_done_callback(lambda _: call())

    async def ended(self) -> int:
        """Its exit code, once it has ended; negative for a signal."""
        return await asyncio.shield(self._exit)

    async def end(self, patience_seconds: float) -> None:
        """See to it that it is gone: it has been asked to go, and gets no longer than this to do so."""
        for patience, by_force in ((patience_seconds, False), (TERMINATE_SECONDS, True)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self.ended()
                    break
            with contextlib.suppress(OSError):  # it has just gone
                self._started.end(by_force)
        await self.ended()
        self.writer.close()
        if self._reader is not None:
            self._reader.close()

    def _wait(self) -> None:
        code = self._started.wait()
        with contextlib.suppress(RuntimeError):  # the loop ended first
            self._loop.call_soon_threadsafe(self._exit.set_result, code)

    def _listen(self) -> None:
        with self._started.output as output:
            while data := output.read(1024):
                self._words = (self._words + data)[-MAX_LAST_WORDS:]


async def start_browser(program: Path, arguments: Sequence[str]) -> BrowserProcess:
    """Start it with the ends of the pipe in its hands; raises `OSError`."""
    started = _start(program, arguments)
    _, writer = await asyncio.get_running_loop().connect_write_pipe(PipeWriter, started.commands)
    return BrowserProcess(started, writer)


if sys.platform == "win32":

    def _start(program: Path, arguments: Sequence[str]) -> _Started:
        import msvcrt  # noqa: PLC0415 - Windows alone has it
        from asyncio.windows_utils import PipeHandle, pipe  # noqa: PLC0415 - likewise

        # the ends that stay here are overlapped, as the event loop needs them
        commands_theirs, commands_ours = pipe(overlapped=(False, True))
        answers_ours, answers_theirs = pipe(overlapped=(True, False))
        theirs = (commands_theirs, answers_theirs)
        for handle in theirs:
            os.set_handle_inheritable(handle, True)
        pipes = f"--remote-debugging-io-pipes={commands_theirs},{answers_theirs}"
        try:
            process = subprocess.Popen(  # noqa: S603 - the person's browser
                [str(program), PIPE_ARGUMENT, pipes, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                startupinfo=subprocess.STARTUPINFO(lpAttributeList={"handle_list": list(theirs)}),
                creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
            )
        finally:
            for handle in theirs:
                os.close(msvcrt.open_osfhandle(handle, 0))
        return _Started(
            process.pid,
            process.wait,
            lambda by_force: process.kill() if by_force else process.terminate(),
            process.stderr,
            PipeHandle(commands_ours),
            PipeHandle(answers_ours),
        )

else:

    def _start(program: Path, arguments: Sequence[str]) -> _Started:
        ends = [_moved(end) for _ in range(3) for end in os.pipe()]
        commands_theirs, commands_ours, answers_ours, answers_theirs, output_ours, output_theirs = ends
        theirs = {3: commands_theirs, 4: answers_theirs, 2: output_theirs}
        try:
            pid = os.posix_spawn(
                program,
                [str(program), PIPE_ARGUMENT, *arguments],
                os.environ,
                file_actions=[(os.POSIX_SPAWN_DUP2, end, number) for number, end in theirs.items()],
                setpgroup=0,  # Ctrl-C in the terminal is for us; the browser is closed when answers have ended
            )
        except OSError:
            for end in (commands_ours, answers_ours, output_ours):
                os.close(end)
            raise
        finally:
            for end in theirs.values():
                os.close(end)
        return _Started(
            pid,
            lambda: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
            lambda by_force: os.kill(pid, signal.SIGKILL if by_force else signal.SIGTERM),
            os.fdopen(output_ours, "rb", buffering=0),
            os.fdopen(commands_ours, "wb", buffering=0),
            os.fdopen(answers_ours, "rb", buffering=0),
        )

    def _moved(end: int) -> int:
        import fcntl  # noqa: PLC0415 - Windows has none

        moved = fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _LOWEST_OWN_DESCRIPTOR)
        os.close(end)
        return moved
