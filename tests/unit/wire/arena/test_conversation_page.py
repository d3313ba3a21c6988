"""The last answer of a conversation, from the page that shows it."""

import json
from typing import Any

import pytest

from arenabridge.wire.arena.conversation_page import ShownAnswer, last_answer


def message(role: str, text: str, id_: str, *parents: str, status: str = "success") -> dict[str, Any]:
    return {"id": id_, "role": role, "content": text, "status": status, "parentMessageIds": list(parents)}


ASKED, ANSWERED = message("user", "Hi", "u1"), message("assistant", "Hello", "a1", "u1")


def page(*messages: Any, session: str = "s1", rows: str = "") -> str:
    state = {"id": session, "mode": "direct", "messages": list(messages)}
    row = "6:" + json.dumps(["$", "$L15", None, {"initialState": state, "children": "$L16"}]) + "\n"
    return f"<html><script>self.__next_f.push([1,{json.dumps(rows + row)}])</script></html>"


def test_the_last_answer_comes_with_the_turn_that_it_answers() -> None:
    assert last_answer(page(ASKED, ANSWERED), "s1") == ShownAnswer("Hi", "Hello", is_finished=True)
    later = message("user", "More", "u2", "a1"), message("assistant", "Yes", "a2", "u2")
    assert last_answer(page(ASKED, ANSWERED, *later), "s1") == ShownAnswer("More", "Yes", is_finished=True)


@pytest.mark.parametrize("status", ["pending", "failed", "flagged"])
def test_what_the_site_did_not_finish_is_said_to_be_so(status: str) -> None:
    shown = last_answer(page(ASKED, message("assistant", "Hel", "a1", "u1", status=status)), "s1")
    assert shown == ShownAnswer("Hi", "Hel", is_finished=False)


def test_a_long_text_stands_in_a_row_of_its_own() -> None:
    text = "long \u00e4 " * 300
    rows = f"1f:T{len(text.encode()):x},{text}"
    shown = last_answer(page(ASKED, message("assistant", "$1f", "a1", "u1"), rows=rows), "s1")
    assert shown is not None
    assert shown.text == text


def test_a_text_that_begins_with_a_dollar_has_two_there() -> None:
    shown = last_answer(page(ASKED, message("assistant", "$$5 each", "a1", "u1")), "s1")
    assert shown is not None
    assert shown.text == "$5 each"


@pytest.mark.parametrize(
    "other",
    [
        "<html>Just a moment...</html>",
        page(ASKED, ANSWERED, session="another"),
        page(ASKED),
        page(ASKED, ANSWERED, message("assistant", "B", "b1", "u1")),
        page(ASKED, message("assistant", "Hello", "a1", "another turn")),
        page("no message", 7),
        page(ASKED, ANSWERED)[:120],
    ],
)
def test_of_any_other_page_nothing_is_said(other: str) -> None:
    assert last_answer(other, "s1") is None
