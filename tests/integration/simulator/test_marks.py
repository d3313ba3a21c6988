"""The rules by which a prompt's marks are read."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from arenabridge.simulator.marks import Mark, last_marks
from arenabridge.simulator.pacing import Splitter


@pytest.mark.parametrize(
    ("prompt", "texts"),
    [
        ("no mark", []),
        ("SAY<<never closed", []),
        ("SAY<<a>>", ["a"]),
        ("say<<a>> MYSAY<<b>>", []),
        ("SAY<<a>> SAY<<b>>", ["a", "b"]),
        ("SAY<<a>>\nSAY<<b>>", ["b"]),
        ("SAY<<a>> and SAY<<b>>", ["b"]),
        ("SAY<<print(1 << 2 >> 1)>>", ["print(1 << 2 >> 1)"]),
        ("SAY<<a>>>", ["a>"]),
        ("SAY<<<b>x</b>>>", ["<b>x</b>"]),
        ("SAY<<lost SAY<<found>>", ["found"]),
        ("SAY##<<x >># y>>##", ["x >># y"]),
    ],
)
def test_a_mark_ends_where_its_brackets_balance(prompt: str, texts: list[str]) -> None:
    assert [mark.text for mark in last_marks(prompt)] == texts


@given(st.text().filter(lambda text: ">>#" not in text))
def test_guards_let_every_text_through(text: str) -> None:
    assert last_marks(f"SAY#<<{text}>>#") == (Mark("SAY", text),)


@given(st.binary(), st.integers(1, 9), st.integers(0, 40))
def test_a_splitter_loses_nothing_and_keeps_its_size(data: bytes, size: int, cut: int) -> None:
    splitter = Splitter(size)
    pieces = [*splitter.feed(data[:cut]), *splitter.feed(data[cut:])]
    assert {len(piece) for piece in pieces} <= {size}
    assert b"".join(pieces) + splitter.rest() == data
