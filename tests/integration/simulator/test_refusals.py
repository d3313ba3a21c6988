"""The refusals of calls that are wrong, each in the site's own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from arenabridge.simulator.identifiers import constant_uuid, uuid7
from integration.simulator.caller import CREATE, PAGE_TYPE

if TYPE_CHECKING:
    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "no uuid"},
        {"userMessageId": 7},
        {"mode": "monologue"},
        {"mode": None},
        {"modality": "smell"},
        {"modelAId": None},
        {"modelBId": uuid7()},
        {"mode": "battle"},
        {"mode": "side-by-side", "modelBMessageId": uuid7()},
        {"userMessage": None},
        {"userMessage": {"content": None}},
        {"userMessage": {"content": "x", "experimental_attachments": [{"name": "a.png"}]}},
    ],
)
async def test_a_body_that_is_wrong_is_refused_with_an_error_object(caller: Caller, changes: dict[str, Any]) -> None:
    reply = await caller.say("SAY<<x>>", **changes)
    assert reply.status == 400
    assert '{"error":"' in reply.body


async def test_no_json_and_no_known_type_are_refused(caller: Caller) -> None:
    not_json = await caller.http.post(CREATE, content=b"{", headers=PAGE_TYPE)
    form = await caller.http.post(CREATE, data={"a": "b"})
    assert (not_json.status_code, form.status_code) == (400, 400)


async def test_json_may_be_called_json(caller: Caller) -> None:
    answer = await caller.http.post(CREATE, json=caller.create_body("SAY<<x>>"))
    assert answer.status_code == 200


async def test_keys_that_nobody_knows_are_ignored(caller: Caller) -> None:
    assert (await caller.say("SAY<<x>>", tools=[], featureFlags={})).status == 200


async def test_ids_must_not_repeat(caller: Caller) -> None:
    body = caller.create_body("SAY<<x>>")
    assert (await caller.send(body)).status == 200
    again = await caller.send(body)
    same_message = await caller.send(caller.create_body("x", userMessageId=body["userMessageId"]))
    equal_ids = await caller.send(
        caller.create_body("x") | {"userMessageId": body["id"], "modelAMessageId": body["id"]}
    )
    assert [each.status for each in (again, same_message, equal_ids)] == [400, 400, 400]


async def test_a_refused_call_does_not_use_its_ids_up(caller: Caller, site: Site) -> None:
    body = caller.create_body("STATUS<<429>>")
    assert (await caller.send(body)).status == 429
    assert len(site.conversations) == 0
    body["userMessage"]["content"] = "SAY<<x>>"
    assert (await caller.send(body)).status == 200


async def test_strict_sites_take_new_ids_only(caller: Caller, site: Site) -> None:
    site.settings.strict_ids = True
    assert (await caller.say("SAY<<x>>", userMessageId=constant_uuid("old", 4))).status == 400
    assert (await caller.say("SAY<<x>>")).status == 200


async def test_an_unknown_model_is_not_found(caller: Caller) -> None:
    reply = await caller.say("SAY<<x>>", modelAId=uuid7())
    assert (reply.status, reply.body) == (404, '{"error":"Model not found"}')


async def test_a_body_over_the_limit_never_reaches_the_application(either_caller: Caller) -> None:
    reply = await either_caller.say("x" * 4_600_000)
    assert reply.status == 413
    assert either_caller.running.site.audit.last().body_bytes > 4_500_000


async def test_without_a_session_nobody_is_found(caller: Caller) -> None:
    caller.http.cookies.clear()
    reply = await caller.say("SAY<<x>>")
    assert (reply.status, reply.body) == (401, '{"message":"User not found"}')


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (401, "application/json", '{"message":"User not found"}'),
        (403, "application/json", '{"error":"recaptcha validation failed"}'),
        (404, "application/json", '{"error":"Model not found"}'),
        (422, "application/json", '{"error":"Message was flagged by moderation"}'),
        (429, "text/plain; charset=utf-8", "Too many requests, please try again later."),
        (500, "application/json", '{"error":"Internal Server Error"}'),
    ],
)
async def test_a_prompt_can_ask_for_each_refusal(caller: Caller, status: int, content_type: str, body: str) -> None:
    reply = await caller.say(f"STATUS<<{status}>>")
    assert (reply.status, reply.headers["content-type"], reply.body) == (status, content_type, body)


@pytest.mark.parametrize(("version", "prefix"), [("2025-08", "/api"), ("2025-12", "/nextjs-api")])
async def test_a_version_answers_below_its_own_prefix_only(
    caller: Caller, site: Site, version: str, prefix: str
) -> None:
    site.settings.changed({"site_version": version})
    other = "/api" if prefix == "/nextjs-api" else "/nextjs-api"
    refused = await caller.http.post(f"{other}/stream/create-evaluation", content=b"{}", headers=PAGE_TYPE)
    heard = await caller.http.post(f"{prefix}/stream/create-evaluation", content=b"{}", headers=PAGE_TYPE)
    assert (refused.status_code, heard.status_code) == (404, 400)
