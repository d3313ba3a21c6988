"""The parts of a managed browser that need no browser."""

import asyncio
import base64
from pathlib import Path

import pytest

from arenabridge.hub.clock import Clock
from arenabridge.hub.links.link import SocketClosed
from arenabridge.worker.browser import BrowserNotFound
from arenabridge.worker.managed.devtools import DevToolsGone
from arenabridge.worker.managed.injection import Injection
from arenabridge.worker.managed.keeper import MEANT_SECONDS, ManagedBrowser
from arenabridge.worker.managed.program import (
    BrowserChoice,
    NoDisplay,
    NotAsRoot,
    arguments_of,
    program_of,
    require_screen,
)
from arenabridge.worker.managed.run import Ending
from arenabridge.worker.managed.socket import MAX_WAITING_LENGTH, PIECE_LENGTH, TELL_CALLS, PageSocket

CHOICE = BrowserChoice(profile=Path("/somewhere/profile"), without_sandbox=True)
ORIGINS = ("https://arena.ai", "https://lmarena.ai")


class Script:
    """The page's end of a link."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []
        self.is_gone = False
        self.socket = PageSocket(self.take, lambda kind, text: self.taken.append((kind, text)))

    async def take(self, kind: str, text: str) -> None:
        await asyncio.sleep(0)
        if self.is_gone:
            raise DevToolsGone
        self.taken.append((kind, text))


@pytest.fixture
async def script() -> Script:
    return Script()


@pytest.mark.parametrize("length", [0, 1, PIECE_LENGTH, PIECE_LENGTH + 1, 3 * PIECE_LENGTH])
async def test_a_frame_reaches_the_script_in_pieces_that_are_not_too_long(script: Script, length: int) -> None:
    frame = "😀" * length
    await script.socket.send(frame)
    kinds = [kind for kind, _ in script.taken]
    assert kinds == ["part"] * (len(kinds) - 1) + ["frame"]
    assert max(len(text) for _, text in script.taken) <= PIECE_LENGTH
    assert "".join(text for _, text in script.taken) == frame


async def test_frames_of_several_senders_do_not_mix(script: Script) -> None:
    long = "a" * (3 * PIECE_LENGTH)
    await asyncio.gather(script.socket.send(long), script.socket.send(b"file"), script.socket.send("short"))
    assert [kind for kind, _ in script.taken] == ["part", "part", "frame", "file", "frame"]
    assert base64.b64decode(script.taken[3][1]) == b"file"


async def test_a_frame_of_the_script_is_received_whole_and_what_came_before_the_end_too(script: Script) -> None:
    for kind, text in [("part", "one "), ("part", "and "), ("frame", "two"), ("frame", "bye"), ("part", "lost")]:
        script.socket.heard(kind, text)
    script.socket.heard("close", "")
    assert [await script.socket.receive(), await script.socket.receive()] == ["one and two", "bye"]
    with pytest.raises(SocketClosed):
        await script.socket.receive()


async def test_the_script_is_told_what_was_taken_and_nothing_before(script: Script) -> None:
    for _ in range(TELL_CALLS):
        script.socket.heard("frame", "x")
    assert script.taken == []
    for _ in range(TELL_CALLS):
        await script.socket.receive()
    assert script.taken == [("taken", str(TELL_CALLS))]


async def test_a_page_that_says_more_than_is_taken_is_cut_off(script: Script) -> None:
    script.socket.heard("part", "x" * MAX_WAITING_LENGTH)
    script.socket.heard("part", "x")
    assert script.taken == [("close", "")]
    with pytest.raises(SocketClosed):
        await script.socket.send("more")


async def test_a_page_that_has_gone_ends_the_link(script: Script) -> None:
    receiving = asyncio.ensure_future(script.socket.receive())
    script.is_gone = True
    with pytest.raises(SocketClosed):
        await script.socket.send("frame")
    with pytest.raises(SocketClosed):
        await receiving
    await script.socket.close(1001, "")
    assert script.taken == []


def test_nothing_of_the_script_runs_before_origin_and_frame_are_known() -> None:
    source = Injection.make(ORIGINS, "secret").source
    assert source.startswith(
        'if (["https://arena.ai", "https://lmarena.ai"].includes(location.origin) && window.top === window.self) {\n'
    )
    assert source.endswith("})();\n}\n")


def test_no_two_runs_use_the_same_names() -> None:
    one, other = Injection.make(ORIGINS, "secret"), Injection.make(ORIGINS, "secret")
    assert len({one.name, one.binding, other.name, other.binding}) == 4


def test_no_flag_changes_what_pages_see() -> None:
    arguments = arguments_of(BrowserChoice(profile=Path("/p")))
    assert arguments == [
        "--user-data-dir=/p",
        "--no-first-run",
        "--no-default-browser-check",
        "--hide-crash-restore-bubble",
        "--disable-background-mode",
        "about:blank",
    ]


def test_where_it_can_not_be_started_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(NoDisplay, match="needs a screen"):
        require_screen(CHOICE, {})
    require_screen(CHOICE, {"DISPLAY": ":0"})
    require_screen(CHOICE, {"WAYLAND_DISPLAY": "wayland-0"})
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(NotAsRoot, match="browser_without_sandbox"):
        require_screen(BrowserChoice(profile=Path("/p")), {"DISPLAY": ":0"})
    with pytest.raises(BrowserNotFound, match="browser_program names nothing-of-the-kind"):
        program_of(BrowserChoice(profile=Path("/p"), program="nothing-of-the-kind"))


@pytest.mark.parametrize(("seconds_between", "stays_closed"), [(MEANT_SECONDS, True), (MEANT_SECONDS + 1, False)])
async def test_closed_twice_within_a_minute_it_is_meant(seconds_between: float, *, stays_closed: bool) -> None:
    now = [1000.0]
    clock = Clock(now=lambda: now[0], unix=lambda: 0.0)

    async def serve(_: PageSocket) -> None:
        pass

    browser = ManagedBrowser(CHOICE, Injection.make(ORIGINS, "secret"), serve, clock, "https://arena.ai/")
    browser.note(Ending(was_closed=True, code=0), 30)
    assert not browser.stays_closed.is_set()
    now[0] += seconds_between
    browser.note(Ending(was_closed=False, code=-9), 30)
    browser.note(Ending(was_closed=True, code=0), 30)
    assert browser.stays_closed.is_set() is stays_closed
