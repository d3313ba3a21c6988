"""An answer ends where the client wants it to, however its text arrives."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings, strategies as st

from arenabridge.wire.openai.cutting import Cutter
from arenabridge.wire.openai.usage import BYTES_PER_TOKEN, estimate_tokens

FEW = st.text("abc", max_size=30)
STOPS = st.lists(st.text("abc", min_size=1, max_size=4), max_size=4)
LIMITS = st.none() | st.integers(1, 8)


def through(pieces: list[str], stop: list[str], max_tokens: int | None = None) -> tuple[str, str | None]:
    """What comes out in all, and why it ended."""
    cutter = Cutter(stop, max_tokens)
    shown = "".join([cutter.feed(piece) for piece in pieces])
    return shown + cutter.release(), cutter.cut


def as_defined(text: str, stop: list[str], max_tokens: int | None) -> tuple[str, str | None]:
    """The law, for a text that is there as a whole."""
    limit = len(text.encode()) if max_tokens is None else max_tokens * BYTES_PER_TOKEN
    allowed = text.encode()[:limit].decode(errors="ignore")
    for end in range(len(allowed) + 1):
        starts = [end - len(each) for each in stop if allowed[:end].endswith(each)]
        if starts:
            return allowed[: min(starts)], "stop"
    return allowed, "length" if allowed != text else None


def cut_up(text: str, places: list[int]) -> list[str]:
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[start:end] for start, end in pairwise(at)]


@settings(max_examples=400, deadline=None)
@given(FEW, st.lists(st.integers(0, 100), max_size=12), STOPS, LIMITS)
@example("aab", [1, 2], ["aab", "ab"], None)
@example("abcab", [1, 2, 3, 4], ["abcd", "c"], None)
def test_the_pieces_make_no_difference(text: str, places: list[int], stop: list[str], max_tokens: int | None) -> None:
    assert through(cut_up(text, places), stop, max_tokens) == as_defined(text, stop, max_tokens)


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(1, 12))
def test_a_limit_is_kept_by_our_own_count_and_splits_no_character(text: str, max_tokens: int) -> None:
    shown, cut = through(list(text), [], max_tokens)
    assert text.startswith(shown)
    assert estimate_tokens(shown) <= max_tokens
    assert (cut == "length") == (shown != text)


@settings(deadline=None)
@given(FEW, STOPS)
def test_only_what_may_begin_a_stop_sequence_is_held_back(text: str, stop: list[str]) -> None:
    cutter = Cutter(stop)
    shown = ""
    for at, character in enumerate(text):
        shown += cutter.feed(character)
        if cutter.cut is not None:
            break
        held = text[len(shown) : at + 1]
        assert text.startswith(shown)
        assert not held or any(each.startswith(held) and each != held for each in stop)


@pytest.mark.parametrize(
    ("pieces", "stop", "shown"),
    [
        (["one\nUs", "er:", " two"], ["\nUser:"], "one"),
        (["one\nUs", "age"], ["\nUser:"], "one\nUsage"),
        (["one\nUs"], ["\nUser:"], "one\nUs"),
        (["aaa", "ab"], ["aab"], "aa"),
        (["END"], ["END"], ""),
        (["一二", "三"], ["二三"], "一"),
    ],
)
def test_stop_sequences_are_found_across_pieces_and_left_out(pieces: list[str], stop: list[str], shown: str) -> None:
    assert through(pieces, stop)[0] == shown


def test_after_the_end_nothing_comes() -> None:
    cutter = Cutter(["."], 100)
    assert (cutter.feed("One. Two"), cutter.feed(" more."), cutter.release()) == ("One", "", "")


def test_an_answer_of_exactly_the_limit_is_whole() -> None:
    assert through(["abcd", "efgh"], [], 2) == ("abcdefgh", None)
    assert through(["abcd", "efghi"], [], 2) == ("abcdefgh", "length")


def test_a_long_answer_is_read_in_time_that_grows_with_its_length() -> None:
    cutter = Cutter(["a" * 1000])
    shown = [cutter.feed("ab" * 50) for _ in range(2_000)]
    assert sum(map(len, shown)) == 200_000
