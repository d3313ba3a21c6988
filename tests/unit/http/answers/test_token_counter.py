"""Tokens are counted exactly where the library is there, and by the length of the text where it is not."""

import importlib.util

import pytest

from arenabridge.http.answers.token_counter import LIBRARY, TokenCounter
from arenabridge.wire.openai.usage import estimate_tokens

KNOWN = {
    "": 0,
    "hello world": 2,
    "tiktoken is great!": 6,
    "antidisestablishmentarianism": 6,
    "2 + 2 = 4": 7,
    "お誕生日おめでとう": 8,
    "<|endoftext|>": 7,
}
"""By o200k: the cookbook's examples, and a special token as the plain text that a client means by it."""

is_installed = importlib.util.find_spec(LIBRARY) is not None


@pytest.mark.skipif(not is_installed, reason="the extra `tokens` is not installed")
async def test_counts_are_those_of_the_vocabulary() -> None:
    assert dict(zip(KNOWN, await TokenCounter().count(list(KNOWN)), strict=True)) == KNOWN


async def test_without_the_library_the_length_counts() -> None:
    texts = ["", "x" * 9, "四"]
    assert await TokenCounter("no_such_library").count(texts) == [estimate_tokens(text) for text in texts] == [0, 3, 1]
