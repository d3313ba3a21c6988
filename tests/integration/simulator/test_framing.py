"""How the bytes of a stream are cut, escaped, delayed and ended, by the settings."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller

USAGE = '"usage":{"promptTokens":2,"completionTokens":2}'
NO_USAGE = '"usage":{"promptTokens":null,"completionTokens":null}'
STEP = f'ae:{{"finishReason":"stop",{USAGE},"isContinued":false}}'


async def pieces_of(caller: Caller, prompt: str) -> list[bytes]:
    async with caller.streaming(prompt) as answer:
        return [piece async for piece in answer.aiter_raw()]


async def test_every_byte_can_be_a_write_of_its_own(either_caller: Caller) -> None:
    either_caller.running.site.settings.bytes_per_write = 1
    pieces = await pieces_of(either_caller, "SAY<<é😀>>")
    assert b"".join(pieces) == 'a0:"é😀"\nad:{"finishReason":"stop"}\n'.encode()
    assert {len(piece) for piece in pieces} == {1}


async def test_writes_of_n_bytes_cut_across_records(either_caller: Caller) -> None:
    either_caller.running.site.settings.bytes_per_write = 10
    pieces = await pieces_of(either_caller, "SAY<<one two three>>")
    assert pieces[:2] == [b'a0:"one "\n', b'a0:"two "\n']
    assert {len(piece) for piece in pieces[:-1]} == {10}


async def test_everything_can_come_in_one_write(either_caller: Caller) -> None:
    either_caller.running.site.settings.merge_writes = True
    pieces = await pieces_of(either_caller, "SAY<<one two three>>")
    assert len(pieces) == 1


async def test_a_record_holds_as_many_words_as_the_settings_say(caller: Caller, site: Site) -> None:
    site.settings.words_per_record = 2
    assert (await caller.say("SAY<<a b c>>")).values("a0:") == ["a b ", "c"]
    site.settings.words_per_record = 0
    assert (await caller.say("SAY<<a b c>>")).values("a0:") == ["a b c"]


async def test_non_ascii_can_be_escaped_and_a_surrogate_pair_cut_in_two(caller: Caller, site: Site) -> None:
    site.settings.escape = "unicode"
    assert (await caller.say("SAY<<é😀>>")).lines[0] == r'a0:"\u00e9\ud83d\ude00"'
    site.settings.escape = "split_surrogates"
    assert (await caller.say("SAY<<é😀!>>")).lines[:2] == [r'a0:"\u00e9\ud83d"', r'a0:"\ude00!"']


async def test_line_separators_of_unicode_are_not_escaped(caller: Caller) -> None:
    reply = await caller.say("SAY#<<a\u2028b\u2029c\u0085d>>#")
    assert {"\u2028", "\u2029", "\u0085"} <= set(reply.body)
    assert reply.body.count("\n") == len(reply.values("a0:")) + 1


@pytest.mark.parametrize(
    ("finish", "end"),
    [
        ("plain", ['a0:"b"', 'ad:{"finishReason":"stop"}']),
        ("with_usage", ['a0:"b"', f'ad:{{"finishReason":"stop",{USAGE}}}']),
        ("null_usage", ['a0:"b"', f'ad:{{"finishReason":"stop",{NO_USAGE}}}']),
        ("duplicated", ['ad:{"finishReason":"stop"}', 'ad:{"finishReason":"stop"}']),
        ("missing", ['a0:"a "', 'a0:"b"']),
        ("before_last_text", ['ad:{"finishReason":"stop"}', 'a0:"b"']),
        ("step_before_finish", [STEP, f'ad:{{"finishReason":"stop",{USAGE}}}']),
    ],
)
async def test_the_finish_has_variants(caller: Caller, site: Site, finish: str, end: list[str]) -> None:
    site.settings.changed({"finish": finish})
    assert (await caller.say("SAY<<a b>>")).lines[-2:] == end


@pytest.mark.parametrize(
    ("extra", "record"),
    [
        ("heartbeat", 'a2:[{"type":"heartbeat"}]'),
        ("routed_model", 'a2:[{"type":"routed_model","organization":"northwind"}]'),
        ("annotations", 'a8:[{"note":"made up"}]'),
        ("tools", 'ab:{"toolCallId":"call_1","toolName":"create_file"}'),
        ("source", 'ah:{"sourceType":"url","id":"s1","url":"https://example.org/"}'),
        ("unknown_code", 'az:{"new":true}'),
        ("unknown_position", 'c0:"of nobody"'),
        ("json_error", '{"error":"Internal Server Error"}'),
        ("html", "<!DOCTYPE html><html><body>Bad gateway</body></html>"),
    ],
)
async def test_extra_records_come_beside_the_answer(caller: Caller, site: Site, extra: str, record: str) -> None:
    site.settings.changed({"extra_records": [extra]})
    reply = await caller.say("SAY<<a b>>")
    assert record in reply.lines
    assert reply.text == "a b"


async def test_step_records_frame_the_answer(caller: Caller, site: Site) -> None:
    site.settings.extra_records = ("steps",)
    assert [line[:2] for line in (await caller.say("SAY<<a>>")).lines] == ["af", "a0", "ae", "ad"]


async def test_latencies_are_kept(caller: Caller, site: Site) -> None:
    site.settings.changed({"first_byte_seconds": 0.05, "record_delay_seconds": 0.02})
    began = time.monotonic()
    async with caller.streaming("SAY<<a b c>>") as answer:
        head = time.monotonic() - began
        await answer.aread()
    assert head >= 0.05
    assert time.monotonic() - began >= 0.05 + 3 * 0.02


async def test_a_record_of_a_megabyte_is_one_line(either_caller: Caller) -> None:
    either_caller.running.site.settings.words_per_record = 0
    text = "x" * 1_000_000
    reply = await either_caller.say(f"SAY<<{text}>>")
    assert reply.lines[0] == "a0:" + json.dumps(text)
