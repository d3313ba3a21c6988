"""Run a command's coroutine: on uvloop where there is one, until it ends or the person stops it."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def stop_signal() -> asyncio.Event:
    """Set by Ctrl-C or SIGTERM; needs a running loop."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stopped.set)
        except NotImplementedError:  # Windows: signals arrive between two turns of the loop
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stopped.set))
    return stopped


async def until_stopped() -> None:
    await stop_signal().wait()


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
