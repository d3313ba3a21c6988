"""What the sources of the userscript may and may not do."""

import re
from collections import Counter
from importlib.resources import files

import pytest

from arenabridge.userscript.assemble import PARTS

SOURCES = {
    entry.name.removesuffix(".js"): entry.read_text("utf-8")
    for entry in files("arenabridge.userscript").joinpath("parts").iterdir()
}
MARKUP_FROM_TEXT = (
    r"innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style"
)


def test_every_part_is_used_once() -> None:
    assert sorted(PARTS) == sorted(SOURCES)


def test_the_part_that_runs_comes_last() -> None:
    assert PARTS[-1] == "main"


@pytest.mark.parametrize("part", PARTS)
def test_a_part_says_what_it_is_for_before_anything_else(part: str) -> None:
    assert SOURCES[part].startswith("/**")


@pytest.mark.parametrize("part", PARTS)
def test_text_never_becomes_markup_or_code(part: str) -> None:
    assert not re.search(MARKUP_FROM_TEXT, SOURCES[part])


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"clock", "natives"}))
def test_only_the_clock_knows_timers(part: str) -> None:
    assert not re.search(r"setTimeout|setInterval|requestAnimationFrame", SOURCES[part])


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"natives", "observe"}))
def test_what_the_page_could_replace_is_taken_from_the_early_references(part: str) -> None:
    named = r"(?<![\w.])(?:fetch|WebSocket|Worker|MessageChannel|TextDecoder|AbortController)\("
    assert not re.search(named, SOURCES[part])


@pytest.mark.parametrize("part", sorted(set(PARTS) - {"title_marks"}))
def test_the_pages_title_is_left_alone(part: str) -> None:
    assert "document.title" not in SOURCES[part]


def test_the_session_is_read_for_a_press_of_the_persons_own_alone() -> None:
    assert [part for part, source in SOURCES.items() if ".cookie" in source] == ["hand_over"]
    assert SOURCES["hand_over"].index("if (!press.isTrusted)") < SOURCES["hand_over"].index("document.cookie")
    assert "handOver.give" not in re.sub(r"giveSession: handOver\.give", "", SOURCES["main"])


def test_no_two_parts_give_the_same_name() -> None:
    """They stand in one scope, where of two functions of one name the last is called by all."""
    declared = re.compile(r"^(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
    names = Counter(name for source in SOURCES.values() for name in declared.findall(source))
    assert [name for name, count in names.items() if count > 1] == []
