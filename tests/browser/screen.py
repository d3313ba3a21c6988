"""A screen that nobody sees, for browsers that have a window, and what is on it."""

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PROGRAM = "Xvfb"
SIZE = "1280x900x24"


@dataclass(frozen=True)
class Screen:
    """`memory` is what the server shows, as a file of X's own form for window dumps (XWD)."""

    memory: Path

    def part(self, left: int, top: int, right: int, bottom: int) -> list[bytes]:
        """The rows of a rectangle, four bytes a pixel."""
        dump = self.memory.read_bytes()
        header = struct.unpack(">25I", dump[:100])
        size, row_bytes, colours = header[0], header[12], header[19]
        begin = size + colours * 12
        rows = [begin + row_bytes * row for row in range(top, bottom)]
        return [dump[row + left * 4 : row + right * 4] for row in rows]


@contextmanager
def unseen_screen() -> Iterator[Screen]:
    """In the environment as `DISPLAY`, at a number that was free; skips the test where the server is not installed."""
    if shutil.which(PROGRAM) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{PROGRAM} is not installed")
        pytest.skip(f"{PROGRAM} is not installed")
    with TemporaryDirectory(prefix="arenabridge-screen-") as folder, pytest.MonkeyPatch.context() as environment:
        told, number = os.pipe()
        server = subprocess.Popen(  # noqa: S603 - ours
            [PROGRAM, "-displayfd", str(number), "-screen", "0", SIZE, "-fbdir", folder, "-nolisten", "tcp"],
            pass_fds=(number,),
            stderr=subprocess.DEVNULL,
        )
        try:
            os.close(number)
            with os.fdopen(told) as answer:
                environment.setenv("DISPLAY", f":{answer.readline().strip()}")
            environment.delenv("WAYLAND_DISPLAY", raising=False)
            yield Screen(Path(folder) / "Xvfb_screen0")
        finally:
            server.terminate()
            server.wait()
