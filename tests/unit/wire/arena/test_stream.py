"""The stream decoder: text in, events out."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.errors import SiteChanged
from arenabridge.wire.arena.stream import MAX_LINE_CHARACTERS, MAX_SAMPLE_CHARACTERS, ArenaStreamDecoder
from arenabridge.wire.reply import (
    Citation,
    Citations,
    Finished,
    Image,
    Notice,
    Reasoning,
    Refused,
    ReplyEvent,
    Text,
    Unrecognized,
    Usage,
    Video,
)

BODY = (
    'ag:""\nag:"Think."\na0:"one "\na2:[{"type":"image","image":"https://x/1.png"}]\r\na0:"two \\u4e16\u2028\x85\\n"\n'
    'b0:"\\ud83d"\nb0:"\\ude0a"\n\nb0:"B says: Enable JavaScript and cookies to continue"\n'
    'bd:{"finishReason":"stop","usage":{"promptTokens":1,"completionTokens":null}}\n<p>\nad:{"finishReason":"unknown"}'
)
EVENTS = [
    Reasoning("a", "Think."),
    Text("a", "one "),
    Image("a", "https://x/1.png", "image/png"),
    Text("a", "two 世\u2028\x85\n"),
    Text("b", "😊"),
    Text("b", "B says: Enable JavaScript and cookies to continue"),
    Finished("b", "stop", Usage(1, None)),
    Unrecognized("?", "<p>"),
    Finished("a", "stop"),
]

# Fragments that garbage is made of: pure noise would hardly ever reach a reader.
FRAGMENTS = st.sampled_from(
    [
        *(
            "a0:",
            "ag:",
            "a2:",
            "a3:",
            "ac:",
            "ad:",
            "ae:",
            "b",
            "k",
            "\n",
            "\r",
            '"',
            "\\",
            "\\ud83d",
            "\\ude0a",
            "\ud83d",
        ),
        *("{", "}", "[", "]", ":", ",", "null", "NaN", "1e999", "-1", "true", '"type"', '"image"', '"error"', '"data"'),
        *('"finishReason"', '"usage":{"promptTokens":', '"toolCallId":"citation-source"', '"argsTextDelta":', "<html>"),
        *('"mimeType":', '"url"', '"source"', "hasArenaError", "\x00", "世", "[" * 3000),
    ]
)
PAYLOADS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("citation-source"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "error", "usage", "image", "url", "data", "source", "toolCallId", "args", "mimeType"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
).map(json.dumps)


def decode(*pieces: str) -> list[ReplyEvent]:
    decoder = ArenaStreamDecoder()
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.end()


def cut(text: str, places: list[int]) -> list[str]:
    edges = [0, *sorted(places), len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def test_records_come_out_in_the_order_sent() -> None:
    """A picture between two texts stays between them."""
    assert decode(BODY) == EVENTS


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_the_cuts_do_not_matter(places: list[int]) -> None:
    """However the network cuts the body, the events are the same."""
    assert decode(*cut(BODY, places)) == EVENTS


def test_one_character_at_a_time() -> None:
    assert decode(*BODY) == EVENTS


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=3), max_size=15).map("".join), st.lists(st.integers(0, 40), max_size=4))
def test_garbage_is_never_an_error(garbage: str, places: list[int]) -> None:
    """Whatever comes, it comes out as events whose text can be sent on, wherever it is cut."""
    events = decode(garbage)
    repr(events).encode()
    assert repr(decode(*cut(garbage, places))) == repr(events)  # repr: NaN is not equal to itself


@settings(max_examples=150, deadline=None)
@given(st.sampled_from("0g2389abcdefhijkz"), PAYLOADS)
def test_no_payload_is_an_error(code: str, payload: str) -> None:
    """Every code takes every JSON value."""
    repr(decode(f"a{code}:{payload}\n")).encode()


def source(**fields: Any) -> str:
    return "ac:" + json.dumps({"toolCallId": "citation-source", "argsTextDelta": json.dumps({"source": fields})})


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ('a0:"x"', Text("a", "x")),
        ('b0:"x"\r', Text("b", "x")),
        ('a0:"nul \\u0000 and raw \x00"', Text("a", "nul \0 and raw \0")),
        ('a0:"a0:\\"x\\""', Text("a", 'a0:"x"')),
        ('a0:"{\\"error\\":1}]}"', Text("a", '{"error":1}]}')),
        ('bg:"x"', Reasoning("b", "x")),
        ('a0:"the hasArenaError flag"', Text("a", "the hasArenaError flag")),
        ('ag:"hasArenaError"', Reasoning("a", "hasArenaError")),
        ('a0:"hasArenaError"', Refused("a", "The site reported a failure.")),
        ('a2:[{"hasArenaError":true,"message":"no"}]', Refused("a", "no")),
        ('a8:[{"hasArenaError":true}]', Refused("a", "The site reported a failure.")),
        ('{"hasArenaError":true}', Refused(None, "The site reported a failure.")),
        ('a3:"quota"', Refused("a", "quota")),
        ('a3:""', Refused("a", "The site reported a failure.")),
        ('a3:{"error":{"message":"deep"}}', Refused("a", "deep")),
        ('b3:{"message":"flat"}', Refused("b", "flat")),
        ('{"error":"words"}', Refused(None, "words")),
        ('{"error":{"message":"words","code":7}}', Refused(None, "words")),
        ('{"note":"words"}', Unrecognized("?", '{"note":"words"}')),
        ('{"error":', Unrecognized("?", '{"error":')),
        ('ad:{"finishReason":"stop"}', Finished("a", "stop")),
        ('ad:{"finishReason":"length"}', Finished("a", "length")),
        ('ad:{"finishReason":"content-filter"}', Finished("a", "content_filter")),
        ('ad:{"finishReason":"tool-calls"}', Finished("a", "tool_calls")),
        ('ad:{"finishReason":"error"}', Finished("a", "error")),
        ('ad:{"finishReason":"other"}', Finished("a", "stop")),
        ('ad:{"finishReason":["odd"]}', Finished("a", "stop")),
        ("ad:{}", Finished("a", "stop")),
        ('ad:{"usage":{"promptTokens":12,"completionTokens":34.0}}', Finished("a", "stop", Usage(12, 34))),
        ('ad:{"usage":{"promptTokens":NaN,"completionTokens":34}}', Finished("a", "stop", Usage(None, 34))),
        ('ad:{"usage":{"promptTokens":null,"completionTokens":null}}', Finished("a", "stop")),
        ('ad:{"usage":{"promptTokens":-1,"completionTokens":true}}', Finished("a", "stop")),
        ("ad:null", Unrecognized("ad", "ad:null")),
        ('ae:{"finishReason":"stop"}', Notice("a", "step_finish", {"finishReason": "stop"})),
        ('af:{"messageId":"m"}', Notice("a", "step_start", {"messageId": "m"})),
        ('ah:{"url":"u"}', Notice("a", "source", {"url": "u"})),
        ('ai:{"data":"d"}', Notice("a", "redacted_reasoning", {"data": "d"})),
        ('aj:{"signature":"s"}', Notice("a", "signature", {"signature": "s"})),
        ('ak:{"mimeType":"text/csv","data":"QQ"}', Notice("a", "file", {"mimeType": "text/csv", "data": "QQ"})),
        ('ak:{"mimeType":"image/webp","data":"QQ"}', Image("a", "data:image/webp;base64,QQ", "image/webp")),
        ('a8:[{"k":1}]', Notice("a", "annotations", [{"k": 1}])),
        ('a9:{"toolName":"edit_file"}', Notice("a", "tool_call", {"toolName": "edit_file"})),
        (
            'ac:{"toolCallId":"7","argsTextDelta":"{"}',
            Notice("a", "tool_call", {"toolCallId": "7", "argsTextDelta": "{"}),
        ),
        ('a2:[{"type":"heartbeat"}]', Notice("a", "heartbeat")),
        ('a2:[{"type":"routed_model","organization":"openai"}]', Notice("a", "routed_model", "openai")),
        ('a2:[{"type":"webdev","event":{"type":"init"}}]', Notice("a", "webdev", {"type": "init"})),
        ('a2:[{"type":"image","data":"QQ=="}]', Image("a", "data:image/png;base64,QQ==", "image/png")),
        (
            'a2:[{"type":"image","image":"data:image/gif;base64,QQ"}]',
            Image("a", "data:image/gif;base64,QQ", "image/gif"),
        ),
        (
            'a2:[{"type":"image","image":"https://x/a]}?b","mimeType":"image/jpeg"}]',
            Image("a", "https://x/a]}?b", "image/jpeg"),
        ),
        ('b2:[{"type":"video","video":"https://x/v"}]', Video("b", "https://x/v", "video/mp4")),
        ('a2:[{"type":"video","url":"https://x/v","mimeType":"video/webm"}]', Video("a", "https://x/v", "video/webm")),
        (
            'a2:[{"type":"image","image":"javascript:1"}]',
            Unrecognized("a2", "{'type': 'image', 'image': 'javascript:1'}"),
        ),
        ('a2:[{"type":"new"}]', Unrecognized("a2", "{'type': 'new'}")),
        ("a2:[7]", Unrecognized("a2", "7")),
        ("a0:not json", Unrecognized("a0", "a0:not json")),
        ("a0:7", Unrecognized("a0", "a0:7")),
        ('a0:"cut', Unrecognized("a0", 'a0:"cut')),
        ('c0:"x"', Unrecognized("c0", 'c0:"x"')),
        ("az:1", Unrecognized("az", "az:1")),
        ('zb0:"x"', Unrecognized("?", 'zb0:"x"')),
        ("<title>Just a moment...</title>", Unrecognized("?", "<title>Just a moment...</title>")),
        (":", Unrecognized("?", ":")),
    ],
)
def test_one_line(line: str, event: ReplyEvent) -> None:
    """Each kind of record, and what is none, gives one event; nothing is dropped in silence."""
    assert decode(line) == [event]


def test_every_element_of_a_data_record_counts() -> None:
    line = 'a2:[{"type":"heartbeat"},{"type":"image","image":"https://x/1"},{"type":"image","image":"https://x/2"}]'
    assert [type(event) for event in decode(line)] == [Notice, Image, Image]


def test_sources_grow_and_come_again_as_an_array() -> None:
    first = {"url": "https://e.org/a", "id": "1", "charLocation": [73]}
    grown = first | {"charLocation": [73, 414], "title": "T", "favicon": "https://e.org/i"}
    array = "ac:" + json.dumps(
        {"toolCallId": "citation-source", "argsTextDelta": json.dumps({"source": [grown, {"url": "https://e.org/b"}]})}
    )
    small, full = (
        Citation("1", "https://e.org/a", None, (73,)),
        Citation("1", "https://e.org/a", "T", (73, 414)),
    )
    assert decode(f"{source(**first)}\n{source(**grown)}\n{array}\n") == [
        Citations("a", (small,)),
        Citations("a", (full,)),
        Citations("a", (full, Citation("https://e.org/b", "https://e.org/b"))),
    ]


def test_a_source_that_is_no_web_page_is_no_source() -> None:
    assert [type(event) for event in decode(source(url="javascript:1", id="1"))] == [Unrecognized]


STEP = 'ae:{"finishReason":"stop","usage":{"promptTokens":9,"completionTokens":1},"isContinued":false}\n'


def test_the_usage_of_the_steps_counts_if_the_end_tells_none() -> None:
    assert decode(STEP, STEP, 'ad:{"finishReason":"stop"}')[-1] == Finished("a", "stop", Usage(18, 2))
    told = 'ad:{"finishReason":"stop","usage":{"promptTokens":9,"completionTokens":1}}'
    assert decode(STEP, STEP, told)[-1] == Finished("a", "stop", Usage(9, 1))
    assert decode(STEP, 'bd:{"finishReason":"stop"}')[-1] == Finished("b", "stop")


def test_a_step_is_not_the_end() -> None:
    assert not [event for event in decode(STEP) if isinstance(event, Finished)]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        ('a0:"x\\ud83d"\na0:"\\ude0ay"', [Text("a", "x"), Text("a", "😊y")]),
        ('a0:"\\ud83d"\nb0:"z"\na0:"\\ude0a"', [Text("b", "z"), Text("a", "😊")]),
        ('a0:"\\ud83d"\nag:"\\ude0a"\na0:"\\ude0a"', [Reasoning("a", "\ufffd"), Text("a", "😊")]),
        ('a0:"\\ud83d"\na0:"z"', [Text("a", "\ufffdz")]),
        ('a0:"\\ud83d"\nad:{}', [Text("a", "\ufffd"), Finished("a", "stop")]),
        ('a0:"\\ud83d"\na3:"no"', [Text("a", "\ufffd"), Refused("a", "no")]),
        ('a0:"\\ud83d"', [Text("a", "\ufffd")]),
        ('a0:"\\ude0a"', [Text("a", "\ufffd")]),
        ('a0:"\\ud83d\\ud83d"\na0:"\\ude0a"', [Text("a", "\ufffd"), Text("a", "😊")]),
        ('a0:"\\ud83d"\na0:""\na0:"\\ude0a"', [Text("a", "😊")]),
        ('a3:"\\ud83d"', [Refused("a", "\ufffd")]),
    ],
)
def test_half_characters_are_joined_or_replaced(body: str, events: list[ReplyEvent]) -> None:
    """A character may be cut in two between two records of one kind; a half that stays alone can't be encoded."""
    assert decode(body) == events


def test_a_character_that_the_link_cut_in_two_is_joined() -> None:
    """A string of JavaScript may be cut between surrogates, and Python does not join them by itself."""
    assert decode('a0:"x\ud83d', '\ude0ay"\n') == [Text("a", "x😊y")]


def test_a_line_without_end_is_an_error_and_not_a_leak() -> None:
    decoder = ArenaStreamDecoder()
    decoder.feed("x" * (MAX_LINE_CHARACTERS - 1))
    with pytest.raises(SiteChanged):
        decoder.feed("x")


def test_a_long_line_is_an_error_even_if_it_comes_whole() -> None:
    with pytest.raises(SiteChanged):
        decode("x\n" + "x" * MAX_LINE_CHARACTERS + "\n")


def test_a_sample_is_short() -> None:
    [event] = decode("<" * 100_000)
    assert isinstance(event, Unrecognized)
    assert len(event.sample) == MAX_SAMPLE_CHARACTERS


def test_a_picture_sent_inline_costs_linear_time() -> None:
    """Keeping `buffer + piece` takes seconds here."""
    record = 'a2:[{"type":"image","data":"' + "A" * 5_000_000 + '"}]\n'
    pieces = [record[start : start + 1024] for start in range(0, len(record), 1024)]
    began = time.process_time()
    [event] = decode(*pieces)
    assert time.process_time() - began < 0.5  # 0.02 on an ordinary machine
    assert isinstance(event, Image)


CHAT = """\
a0:"Hello "
a0:"there! "
a0:"How "
a0:"can "
a0:"I "
a0:"help "
a0:"you "
a0:"today?"
ad:{"finishReason":"stop"}
"""

BATTLE = """\
b0:"This "
a0:"Based "
b0:"is fine."
bd:{"finishReason":"stop"}
a0:"on the picture…"
ad:{"finishReason":"stop"}
"""

REASONING = """\
ag:""
ag:"Let me think. "
a0:"42"
ae:{"finishReason":"stop","usage":{"promptTokens":9,"completionTokens":1},"isContinued":false}
ad:{"finishReason":"stop","usage":{"promptTokens":9,"completionTokens":1}}
"""


def test_a_chat_as_captured() -> None:
    *words, end = decode(CHAT)
    assert "".join(word.text for word in words if isinstance(word, Text)) == "Hello there! How can I help you today?"
    assert (len(words), end) == (8, Finished("a", "stop"))


def test_a_battle_as_captured() -> None:
    """The end of one side is not the end of the other."""
    assert decode(BATTLE) == [
        Text("b", "This "),
        Text("a", "Based "),
        Text("b", "is fine."),
        Finished("b", "stop"),
        Text("a", "on the picture…"),
        Finished("a", "stop"),
    ]


def test_reasoning_as_captured() -> None:
    """The empty record that it begins with is no content."""
    thought, answer, step, end = decode(REASONING)
    assert (thought, answer) == (Reasoning("a", "Let me think. "), Text("a", "42"))
    assert isinstance(step, Notice)
    assert end == Finished("a", "stop", Usage(9, 1))


def test_a_failure_after_text() -> None:
    assert decode('a0:"Half an ans"\na3:"An error occurred"\n') == [
        Text("a", "Half an ans"),
        Refused("a", "An error occurred"),
    ]
