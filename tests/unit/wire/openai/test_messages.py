"""Turns that hold more than words: calls of tools, their results, refusals, thoughts."""

from typing import Any

import orjson
import pytest

from arenabridge.errors import AttachmentUnsupported
from arenabridge.wire.chat import Message
from arenabridge.wire.openai.request import decode_chat_request


def messages(*given: dict[str, Any]) -> list[Message]:
    return list(decode_chat_request(orjson.dumps({"model": "gpt", "messages": given})).chat.messages)


def call(name: str, arguments: str, id: str = "c1") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"content": "Let me see.", "tool_calls": [call("look", '{"at":1}')]}, 'Let me see.\n\nlook({"at":1})'),
        ({"content": None, "tool_calls": [{"function": {"name": "go"}}]}, "go()"),
        ({"tool_calls": [{"type": "custom", "custom": {"name": "sh", "input": "ls"}}]}, "sh(ls)"),
        ({"tool_calls": [{"type": "something_new"}]}, ""),
        ({"content": None, "function_call": {"name": "get_w", "arguments": '{"c":1}'}}, 'get_w({"c":1})'),
        ({"content": None, "refusal": "I can't."}, "I can't."),
        ({"content": "Yes.", "refusal": False}, "Yes."),
        (
            {"content": "Yes.", "function_call": False, "tool_calls": [{"id": 1, "function": {"name": "go"}}]},
            "Yes.\n\ngo()",
        ),
        ({"function_call": {"name": "get_w", "arguments": {"c": "\u00e9"}}}, 'get_w({"c":"\u00e9"})'),
        ({"tool_calls": [{"function": {"name": "go", "arguments": {"at": [1]}}}]}, 'go({"at":[1]})'),
        ({"tool_calls": [{"custom": {"name": None, "input": {"x": 1}}}]}, '({"x":1})'),
        ({"tool_calls": [{"function": {"name": None, "arguments": 7}}, {"custom": "?"}]}, "(7)"),
    ],
)
def test_all_that_an_answer_did_is_told_as_text(said: dict[str, Any], text: str) -> None:
    assert [message.text for message in messages({"role": "assistant", **said})] == [text]


def test_results_are_told_apart_by_their_calls_however_they_are_ordered() -> None:
    calls = [call("weather", '{"city":"A"}', "c1"), call("weather", '{"city":"B"}', "c2")]
    told = messages(
        {"role": "assistant", "tool_calls": calls},
        {"role": "tool", "tool_call_id": "c2", "content": "rain"},
        {"role": "tool", "tool_call_id": "c1", "content": "sun"},
    )
    assert told[0].text == 'weather({"city":"A"}) [c1]\n\nweather({"city":"B"}) [c2]'
    assert [(turn.name, turn.text) for turn in told[1:]] == [("weather, c2", "rain"), ("weather, c1", "sun")]


def test_calls_whose_ids_are_numbers_are_told_apart_too() -> None:
    told = messages(
        {"role": "assistant", "tool_calls": [{"id": each, "function": {"name": "look"}} for each in (1, 2)]},
        {"role": "tool", "tool_call_id": 2, "content": "rain"},
    )
    assert (told[0].text, told[1].name) == ("look() [1]\n\nlook() [2]", "look, 2")


def test_a_result_has_its_tools_name_and_one_of_an_unknown_call_the_calls_id() -> None:
    told = messages(
        {"role": "assistant", "tool_calls": [call("weather", "{}", "c1")]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "tool", "tool_call_id": "c9", "content": "?"},
        {"role": "function", "name": "clock", "content": "noon"},
    )
    assert [turn.name for turn in told] == [None, "weather", "c9", "clock"]


def test_thoughts_that_come_back_are_no_part_of_the_conversation() -> None:
    parts = [{"type": kind, kind: "Hm", "text": "Hm"} for kind in ("thinking", "reasoning", "redacted_thinking")]
    answer = {"role": "assistant", "content": [*parts, {"type": "text", "text": "Yes."}]}
    assert messages(answer) == [Message("assistant", "Yes.")]
    with pytest.raises(AttachmentUnsupported):
        messages({"role": "user", "content": parts})
