"""Tokens: the site's figures win, what it did not say is counted, and which of the two it is is told."""

from typing import Any

import pytest
from openai.types import CompletionUsage

from arenabridge.wire.openai.usage import (
    BYTES_PER_TOKEN,
    MAX_KEPT_CHARACTERS,
    Spoken,
    Tokens,
    estimate_tokens,
    total,
    uncounted,
)
from arenabridge.wire.reply import Image, Reasoning, Text, Usage


def spoken(text: str = "", thoughts: str = "", site: Usage | None = None) -> Spoken:
    made = Spoken()
    for event in (Reasoning("a", thoughts), Text("a", text), Image("a", "data:image/png;base64,AAAA", "image/png")):
        made.note(event)
    made.site = site
    return made


def tokens(*answers: Spoken, prompt: str = "p" * 40) -> Tokens:
    return total(answers, [estimate_tokens(text) for text in uncounted(prompt, answers)])


@pytest.mark.parametrize(
    ("site", "figures"),
    [
        (None, Tokens(10, 7, 5, is_estimated=True)),
        (Usage(None, None), Tokens(10, 7, 5, is_estimated=True)),
        (Usage(3, None), Tokens(3, 7, 5, is_estimated=True)),
        (Usage(None, 9), Tokens(10, 9, 5, is_estimated=True)),
        (Usage(3, 9), Tokens(3, 9, 5, is_estimated=False)),
        (Usage(0, 0), Tokens(0, 0, 0, is_estimated=False)),
        (Usage(3, 4), Tokens(3, 4, 4, is_estimated=False)),
    ],
)
def test_the_sites_figures_win_and_thoughts_are_never_more_than_all(site: Usage | None, figures: Tokens) -> None:
    assert tokens(spoken("t" * 8, "h" * 20, site)) == figures


def test_several_answers_are_added_and_their_prompt_counts_once() -> None:
    made = tokens(spoken("t" * 8, "h" * 20), spoken("t" * 4, site=Usage(3, 5)), spoken())
    assert made == Tokens(3, 7 + 5 + 0, 5, is_estimated=True)
    assert tokens(spoken("t" * 4), spoken("t" * 4)).prompt == 10


def test_of_a_very_long_answer_little_is_kept_and_all_is_counted() -> None:
    answer = Spoken()
    for _ in range(40):
        answer.note(Text("a", "x" * 100_000))
    assert len(answer.text) <= MAX_KEPT_CHARACTERS
    assert tokens(answer).completion == 40 * 100_000 // BYTES_PER_TOKEN


def test_what_the_site_has_counted_is_not_counted_again() -> None:
    assert uncounted("prompt", [spoken("text", "", Usage(1, 1))]) == [""]


@pytest.mark.parametrize("made", [Tokens(1, 5, 4, is_estimated=True), Tokens(0, 0, 0, is_estimated=False)])
def test_usage_is_one_for_the_official_client_and_adds_up(made: Tokens) -> None:
    written: dict[str, Any] = made.as_usage()
    read = CompletionUsage.model_validate(written, strict=True)
    assert read.total_tokens == read.prompt_tokens + read.completion_tokens == made.prompt + made.completion
    assert read.completion_tokens_details is not None
    assert read.completion_tokens_details.reasoning_tokens == made.thoughts
    assert (written["estimated"], made.source) == ((True, "estimated") if made.is_estimated else (False, "site"))
