"""A screen that nobody sees, for browsers that have a window."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

PROGRAM = "Xvfb"
SIZE = "1280x900x24"


@contextmanager
def unseen_screen() -> Iterator[None]:
    """In the environment as `DISPLAY`, at a number that was free; skips the test where the server is not installed."""
    if shutil.which(PROGRAM) is None:
        if os.environ.get("CI") == "true":
            raise AssertionError(f"{PROGRAM} is not installed")
        pytest.skip(f"{PROGRAM} is not installed")
    told, number = os.pipe()
    server = subprocess.Popen(  # noqa: S603 - ours
        [PROGRAM, "-displayfd", str(number), "-screen", "0", SIZE, "-nolisten", "tcp"],
        pass_fds=(number,),
        stderr=subprocess.DEVNULL,
    )
    os.close(number)
    with os.fdopen(told) as answer, pytest.MonkeyPatch.context() as environment:
        environment.setenv("DISPLAY", f":{answer.readline().strip()}")
        environment.delenv("WAYLAND_DISPLAY", raising=False)
        yield
    server.terminate()
    server.wait()
