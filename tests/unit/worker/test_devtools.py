"""The browser's DevTools through a pipe: commands are answered or fail, whatever becomes of browser and pages."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given, strategies as st

from arenabridge.worker.managed.devtools import MAX_UNANSWERED, DevTools, DevToolsError, DevToolsGone, Event
from arenabridge.worker.managed.pipe import MessageSplitter


@given(st.lists(st.binary(max_size=20).map(lambda message: message.replace(b"\0", b"")), max_size=8), st.data())
def test_messages_arrive_whole_however_the_pipe_cuts_them(messages: list[bytes], data: st.DataObject) -> None:
    splitter = MessageSplitter()
    rest = b"".join(message + b"\0" for message in messages)
    arrived = []
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        arrived += splitter.feed(rest[:cut])
        rest = rest[cut:]
    assert arrived == messages


def test_a_message_that_is_too_long_is_passed_over_and_not_kept() -> None:
    splitter = MessageSplitter(limit=10)
    for _ in range(100):
        assert splitter.feed(b"123456789") == []
        assert sum(map(len, splitter._pieces)) <= 10
    assert splitter.feed(b"\0short\0") == [b"short"]
    assert splitter.passed_over == 1


@dataclass
class Browser:
    """Its end of the pipe: what was written to it, and what it says."""

    said: list[Event] = field(default_factory=list)
    written: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.devtools = DevTools(self, self.said.append)

    def write(self, message: bytes) -> None:
        self.written.append(msgspec.json.decode(message))

    async def drain(self) -> None:
        pass

    def says(self, **message: Any) -> None:
        self.devtools.heard(msgspec.json.encode(message))


@pytest.fixture
async def browser() -> Browser:
    return Browser()


async def test_answers_go_to_the_commands_they_belong_to(browser: Browser) -> None:
    first = browser.devtools.start("First", session="s1", x=1)
    second = browser.devtools.start("Second")
    assert browser.written[0] == {"id": 1, "method": "First", "params": {"x": 1}, "sessionId": "s1"}
    browser.says(id=2, result={"is": "second"})
    browser.says(id=1, error={"code": -32000, "message": "no such thing"})
    assert await second == {"is": "second"}
    with pytest.raises(DevToolsError, match="no such thing"):
        await first


async def test_events_are_told_and_noise_and_nonsense_are_not(browser: Browser) -> None:
    browser.says(method="Page.loadEventFired", params={"at": 1}, sessionId="s1")
    browser.devtools.heard(b'{"method":"Runtime.consoleAPICalled","params":{}}')
    browser.devtools.heard(b'{"method":"Runtime.bindingCalled","params":{"payload":"\\ud83d"}}')
    browser.devtools.heard(b"\xff{")
    browser.says(id=99, result={})
    assert browser.said == [Event("Page.loadEventFired", {"at": 1}, "s1")]


async def test_what_a_page_owes_fails_when_it_goes_and_all_else_when_the_browser_does(browser: Browser) -> None:
    of_page = browser.devtools.start("One", session="s1")
    of_other = browser.devtools.start("Two", session="s2")
    browser.says(method="Target.detachedFromTarget", params={"sessionId": "s1"})
    with pytest.raises(DevToolsGone):
        await of_page
    assert not of_other.done()
    browser.devtools.ended()
    for answer in (of_other, browser.devtools.start("Three")):
        with pytest.raises(DevToolsGone):
            await answer


async def test_a_browser_that_answers_nothing_is_not_asked_for_ever(browser: Browser) -> None:
    with pytest.raises(DevToolsError, match="no answer"):
        await browser.devtools.call("Slow", seconds=0.01)
    await asyncio.sleep(0)
    for _ in range(MAX_UNANSWERED):
        browser.devtools.start("Again")
    with pytest.raises(DevToolsError, match="hangs"):
        await browser.devtools.start("Once more")
    browser.devtools.ended()
