"""
Releases to update to: real wheels of a small program of our name and shape, in a real package index on the loopback.

The program knows `version` and `serve`. What it does to its data directory when it starts stands for a migration.
"""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

SERVES = """
import http.server, pathlib, sys

def serve(arguments):
    data = pathlib.Path(arguments[arguments.index("--data-dir") + 1])
    (data / "migrated").write_text(VERSION)
    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
    http.server.HTTPServer(("127.0.0.1", int(arguments[arguments.index("--port") + 1])), Ready).serve_forever()
"""

BREAKS = """
import sys

def serve(arguments):
    sys.exit("a table is missing")
"""

BREAKS_IN_PLACE = """
import sys
if "beside" not in sys.prefix:
    sys.exit("it works everywhere but here")
"""

MAIN = """
if __name__ == "__main__":
    if sys.argv[1] == "version":
        print(VERSION)
    else:
        serve(sys.argv[2:])
"""

PROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "arenabridge"
version = "{version}"
requires-python = ">=3"
[tool.hatch.build.targets.wheel]
packages = ["arenabridge"]
"""


def build(folder: Path, version: str, program: str = SERVES, pins: str | None = "") -> Path:
    """A wheel; `pins` is what it says it was tested with, None if it says nothing."""
    package = folder / version / "arenabridge"
    (package / "updates").mkdir(parents=True)
    (package / "__init__.py").write_text(f"__version__ = {version!r}\n")
    (package / "__main__.py").write_text(f"{program}\nVERSION = {version!r}\n{MAIN}")
    if pins is not None:
        (package / "updates/gateway.txt").write_text(pins)
    (package.parent / "pyproject.toml").write_text(PROJECT.format(version=version))
    (built,) = WheelBuilder(str(package.parent)).build(directory=str(folder / "built"), versions=["standard"])
    return Path(built)


@dataclass
class Index:
    """A simple repository (PEP 503): a folder with wheels and a page of links."""

    folder: Path
    url: str
    links: list[str] = field(default_factory=list)

    def publish(self, wheel: Path, *, sha256: str | None = None, attributes: str = "") -> None:
        """`sha256` is what the page says, if not the truth."""
        place = self.folder / "simple/arenabridge"
        place.mkdir(parents=True, exist_ok=True)
        content = wheel.read_bytes()
        (place / wheel.name).write_bytes(content)
        digest = sha256 or hashlib.sha256(content).hexdigest()
        self.links.append(f'<a href="{wheel.name}#sha256={digest}" {attributes}>{wheel.name}</a>')
        (place / "index.html").write_text(f"<!doctype html>{''.join(self.links)}")


@contextmanager
def index_on_loopback(folder: Path) -> Iterator[Index]:
    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]  # as the server passes them

        def log_message(self, format: str, *arguments: object) -> None:
            """Not among the tests' output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Index(folder, f"http://127.0.0.1:{server.server_port}/simple")
        finally:
            server.shutdown()
            thread.join()
