"""A limit in tokens is kept by the vocabulary that counts them, however the text arrives."""

import importlib.util

import pytest
from hypothesis import example, given, settings, strategies as st

from arenabridge.http.answers.token_counter import LIBRARY, QuicktokVocabulary
from arenabridge.wire.openai.cutting import Cutter
from arenabridge.wire.openai.limiting import TokenLimit, Vocabulary


class Pairs:
    """Each token is two characters, or the last one of a text."""

    def count(self, text: str) -> int:
        return -(-len(text) // 2)

    def first(self, text: str, tokens: int) -> str:
        return text[: 2 * tokens]


VOCABULARIES: list[Vocabulary] = [Pairs()]
if importlib.util.find_spec(LIBRARY):
    VOCABULARIES.append(QuicktokVocabulary(LIBRARY))

TEXTS = st.text("ab .,\n世😀", max_size=200) | st.text(max_size=40)
LIMITS = st.integers(1, 60)


def through(pieces: list[str], max_tokens: int, vocabulary: Vocabulary) -> tuple[str, str | None]:
    """What comes out in all, and why it ended."""
    cutter = Cutter([], max_tokens, vocabulary)
    shown = "".join([cutter.feed(piece) for piece in pieces])
    return shown + cutter.release(), cutter.cut


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda each: type(each).__name__)
@settings(deadline=None)
@given(TEXTS, LIMITS, st.lists(st.integers(1, 30), max_size=40))
@example("x" * 200, 3, [1] * 40)
@example(" " * 200 + "x", 3, [7] * 40)
def test_the_pieces_make_no_difference_and_only_what_is_too_much_is_left_out(
    vocabulary: Vocabulary, text: str, max_tokens: int, sizes: list[int]
) -> None:
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at : at + size])
        at += size
    shown, cut = through([*pieces, text[at:]], max_tokens, vocabulary)
    assert (shown, cut) == through([text], max_tokens, vocabulary)
    assert text.startswith(shown)
    assert (cut == "length") == (shown != text)


@pytest.mark.parametrize("vocabulary", VOCABULARIES, ids=lambda each: type(each).__name__)
@settings(deadline=None)
@given(st.lists(st.sampled_from(["one", "Grüße", "antidisestablishmentarianism", "世界", "x1."]), max_size=40), LIMITS)
def test_what_is_shown_has_no_more_tokens_than_the_limit(
    vocabulary: Vocabulary, words: list[str], max_tokens: int
) -> None:
    shown, _ = through([" ".join(words)], max_tokens, vocabulary)
    assert vocabulary.count(shown) <= max_tokens


def test_nothing_is_held_back_far_from_the_limit() -> None:
    limit = TokenLimit(100, Pairs())
    assert [limit.feed(piece) for piece in ("Hel", "lo wor", "ld")] == ["Hel", "lo wor", "ld"]


def test_near_the_limit_a_word_waits_for_its_end() -> None:
    limit = TokenLimit(2, Pairs())
    assert [limit.feed(piece) for piece in ("a", "bc", "d")] == ["a", "", ""]
    assert (limit.feed(" e"), limit.is_over) == ("bcd", True)
