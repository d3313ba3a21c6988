"""What the marks of a prompt make the site answer, record by record."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller

STOP = 'ad:{"finishReason":"stop"}'


async def test_a_chat_answer_is_one_word_for_each_record_and_a_finish(either_caller: Caller) -> None:
    reply = await either_caller.say("SAY<<Hello there! How can I help you today?>>")
    words = ("Hello ", "there! ", "How ", "can ", "I ", "help ", "you ", "today?")
    assert reply.body == "".join(f'a0:"{word}"\n' for word in words) + STOP + "\n"


async def test_the_content_type_claims_an_event_stream_and_the_headers_are_the_sites(either_caller: Caller) -> None:
    reply = await either_caller.say("SAY<<x>>")
    assert reply.headers["content-type"] == "text/event-stream"
    assert reply.headers["x-matched-path"] == "/nextjs-api/stream/create-evaluation"
    assert reply.headers["ratelimit-policy"] == "3000;w=300"
    assert reply.headers["ratelimit-limit"] == "240"
    assert reply.headers["server"] == "cloudflare"


async def test_reasoning_comes_first_and_begins_with_an_empty_record(caller: Caller) -> None:
    reply = await caller.say("THINK<<Let me think. >>SAY<<42>>")
    assert reply.lines == ['ag:""', 'ag:"Let "', 'ag:"me "', 'ag:"think. "', 'a0:"42"', STOP]


async def test_citations_grow_then_come_all_together_and_finish_unknown(caller: Caller) -> None:
    reply = await caller.say("SAY<<See here. >>CITE<<2>>")
    records = reply.values("ac:")
    assert {record["toolCallId"] for record in records} == {"citation-source"}
    sources = [json.loads(record["argsTextDelta"])["source"] for record in records]
    brief, full = sources[0], sources[1]
    assert set(brief) == {"url", "id", "charLocation"}
    assert full["id"] == brief["id"]
    assert full["title"]
    assert [source["id"] for source in sources[-1]] == ["1", "2"]
    assert reply.lines[-1] == 'ad:{"finishReason":"unknown"}'


async def test_a_drawing_is_a_signed_url_of_a_real_picture(caller: Caller) -> None:
    reply = await caller.say("DRAW<<a cat>>")
    [[item]] = reply.values("a2:")
    assert item["type"] == "image"
    assert item["mimeType"] == "image/png"
    async with httpx.AsyncClient() as stranger:
        picture = await stranger.get(item["image"])
        forged = await stranger.get(item["image"].replace("X-Amz-Signature=", "X-Amz-Signature=0"))
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")
    assert picture.headers["content-type"] == "image/png"
    assert forged.status_code == 403


async def test_stored_files_may_have_a_host_of_their_own(caller: Caller, site: Site) -> None:
    site.settings.storage_origin = "https://messages-prod.example.r2.cloudflarestorage.com"
    [[item]] = (await caller.say("DRAW<<a cat>>")).values("a2:")
    assert item["image"].startswith(site.settings.storage_origin + "/")
    path, host = item["image"].removeprefix(site.settings.storage_origin), {"host": site.settings.storage_origin[8:]}
    picture = await caller.http.get(path, headers=host)
    preflight = await caller.http.options(path, headers=host | {"origin": "https://lmarena.ai"})
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert preflight.headers["access-control-allow-origin"] == "https://lmarena.ai"
    assert preflight.headers["access-control-allow-methods"] == "GET, PUT"


async def test_an_expired_url_opens_nothing(caller: Caller, site: Site) -> None:
    site.settings.storage_seconds = 0
    [[item]] = (await caller.say("DRAW<<a cat>>")).values("a2:")
    assert (await caller.http.get(item["image"])).status_code == 403


async def test_a_picture_may_come_in_base64(caller: Caller, site: Site) -> None:
    site.settings.image_form = "data"
    [[item]] = (await caller.say("DRAW<<a cat>>")).values("a2:")
    assert base64.b64decode(item["data"]).startswith(b"\x89PNG")


async def test_an_image_models_every_prompt_is_a_drawing(caller: Caller, site: Site) -> None:
    model = site.catalogue.named("easel-1").id
    reply = await caller.say("a quiet harbour", modelAId=model, modality="image")
    assert [line[:3] for line in reply.lines] == ["a2:", "ad:"]


@pytest.mark.parametrize(
    ("prompt", "lines"),
    [
        ("FAIL<<Resource exhausted. Please try again later.>>", ['a3:"Resource exhausted. Please try again later."']),
        ("FAILAFTER<<Half an>>", ['a0:"Half "', 'a0:"an"', 'a3:"An error occurred"']),
        ("CUT<<Half an>>", ['a0:"Half "', 'a0:"an"']),
        ("EMPTY<<>>", [STOP]),
        ("SAY<<x>>FINISH<<length>>", ['a0:"x"', 'ad:{"finishReason":"length"}']),
        ("REPEAT<<3|ab>>", ['a0:"ab"'] * 3 + [STOP]),
        ("SLOW<<0.001|a b>>", ['a0:"a "', 'a0:"b"', STOP]),
        ("WAIT<<0.01>>SAY<<late>>", ['a0:"late"', STOP]),
    ],
)
async def test_marks_choose_the_records(caller: Caller, prompt: str, lines: list[str]) -> None:
    assert (await caller.say(prompt)).lines == lines


async def test_a_history_rendered_into_one_message_answers_to_its_last_turn(caller: Caller) -> None:
    reply = await caller.say("User: SAY<<old>>\n\nAssistant: old\n\nUser: THINK<<hm>> SAY<<new>>")
    assert reply.text == "new"


async def test_an_unmarked_prompt_gets_the_same_plausible_answer_every_time(caller: Caller) -> None:
    first, again, other = [(await caller.say(prompt)).text for prompt in ("Why?", "Why?", "How?")]
    assert first == again != other
    assert len(first) > 60


@pytest.mark.parametrize(
    "text", ['a0:"x"\nad:{}', "a > b >> c << d", "x]}\u2028\u2029\u0085\0", "<b>é 文 😀</b>", "\t\\\"'"]
)
async def test_any_text_can_be_asked_for_and_arrives_unchanged(caller: Caller, text: str) -> None:
    assert (await caller.say(f"SAY#<<{text}>>#")).text == text


async def test_a_battle_has_two_participants_whose_records_are_interleaved(caller: Caller) -> None:
    reply = await caller.send(caller.battle_body("SAY<<one two>>"))
    assert reply.lines == ['a0:"one "', 'b0:"one "', 'a0:"two"', 'b0:"two"', STOP, 'bd:{"finishReason":"stop"}']


@pytest.mark.parametrize(
    ("battle", "order"),
    [
        ("a_ends_early", ["a0", "a0", "ad", "b0", "b0", "bd"]),
        ("b_ends_early", ["b0", "b0", "bd", "a0", "a0", "ad"]),
        ("a_fails", ["a0", "b0", "a3", "b0", "bd"]),
        ("b_fails", ["a0", "b0", "a0", "b3", "ad"]),
        ("only_b", ["b0", "b0", "bd"]),
    ],
)
async def test_battles_go_wrong_in_known_ways(caller: Caller, site: Site, battle: str, order: list[str]) -> None:
    site.settings.changed({"battle": battle})
    reply = await caller.send(caller.battle_body("SAY<<one two>>"))
    assert [line[:2] for line in reply.lines] == order


async def test_side_by_side_names_both_models(caller: Caller, site: Site) -> None:
    other = site.catalogue.named("acorn-mini").id
    body = caller.create_body(
        "SAY<<x>>", mode="side-by-side", modelBId=other, modelBMessageId=caller.listed("user", "")["id"]
    )
    reply = await caller.send(body)
    assert [line[:3] for line in reply.lines] == ["a0:", "b0:", "ad:", "bd:"]
