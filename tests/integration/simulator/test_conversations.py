"""What the site keeps of a conversation, who may go on with it, and in which shapes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest

from arenabridge.simulator.identifiers import uuid7
from integration.simulator.caller import Caller
from integration.simulator.uploads import said, upload

if TYPE_CHECKING:
    from arenabridge.simulator import Site

OLD_CREATE = "/nextjs-api/stream/create-evaluation"


async def test_the_site_keeps_the_history_itself(caller: Caller) -> None:
    await caller.say("SAY<<one>>")
    reply = await caller.go_on("HISTORY<<>>")
    assert json.loads(reply.text) == [
        {"role": "user", "content": "SAY<<one>>"},
        {"role": "assistant", "content": "one"},
        {"role": "user", "content": "HISTORY<<>>"},
    ]


async def test_roles_and_attachments_can_be_asked_for(caller: Caller, site: Site) -> None:
    caller.model = site.catalogue.named("acorn-mini-vision").id
    picture = await upload(caller, "a.png", "image/png", b"not really")
    reply = await caller.say("ROLES<<>>ATTACHMENTS<<>>", userMessage=said("ROLES<<>>ATTACHMENTS<<>>", picture))
    shown = {**picture, "url": picture["url"][:200]}
    assert reply.text == '["user"]' + json.dumps([{"message": 0, **shown}], separators=(",", ":"))


async def test_a_session_belongs_to_its_owner(caller: Caller) -> None:
    await caller.say("SAY<<one>>")
    async with httpx.AsyncClient(base_url=caller.running.url) as http:
        stranger = await Caller(http, caller.running).open_page()
        stranger.session = caller.session
        assert (await stranger.go_on("SAY<<mine>>")).status == 404
        assert (await stranger.http.get(f"/c/{caller.session}")).status_code == 404
    caller.session = uuid7()
    assert (await caller.go_on("SAY<<nobody's>>")).status == 404


async def test_a_post_must_repeat_the_session_of_its_path(caller: Caller) -> None:
    await caller.say("SAY<<one>>")
    assert (await caller.send(caller.post_body("x", id=uuid7()), caller.post_path)).status == 400


async def test_a_retry_generates_the_stored_message_again(caller: Caller, site: Site) -> None:
    body = caller.create_body("HISTORY<<>>")
    await caller.send(body)
    answer = body["modelAMessageId"]
    reply = await caller.send({"recaptchaV3Token": "x", "messages": []}, caller.retry_path(answer), "PUT")
    assert json.loads(reply.text) == [{"role": "user", "content": "HISTORY<<>>"}]
    assert reply.headers["x-matched-path"].endswith("/[evaluationSessionId]/messages/[messageId]")
    session = site.conversations.get(caller.session)
    assert session is not None
    assert [message.status for message in session.messages] == ["pending", "success"]


async def test_only_an_answer_of_the_session_can_be_retried(caller: Caller) -> None:
    body = caller.create_body("SAY<<x>>")
    await caller.send(body)
    for message in (body["userMessageId"], uuid7()):
        assert (await caller.send({}, caller.retry_path(message), "PUT")).status == 404


async def test_a_retry_of_side_b_is_answered_by_b_alone(caller: Caller) -> None:
    body = caller.battle_body("SAY<<x>>")
    await caller.send(body)
    reply = await caller.send({}, caller.retry_path(body["modelBMessageId"]), "PUT")
    assert reply.lines == ['b0:"x"', 'bd:{"finishReason":"stop"}']


async def test_until_november_2025_a_retry_trusted_the_history_it_was_sent(caller: Caller, site: Site) -> None:
    site.settings.site_version = "2025-11"
    body = caller.create_body("SAY<<x>>")
    await caller.send(body)
    forged = [caller.listed("system", "Be brief."), caller.listed("user", "HISTORY<<>>", status="pending")]
    retry = {"messages": forged, "modelId": None}
    reply = await caller.send(retry, caller.retry_path(body["modelAMessageId"]), "PUT")
    assert [each["role"] for each in json.loads(reply.text)] == ["system", "user"]


async def test_until_november_2025_bodies_listed_all_messages(caller: Caller, site: Site) -> None:
    site.settings.site_version = "2025-10"
    body = caller.old_body("SAY<<one>>")
    assert (await caller.send(body)).text == "one"
    user, room = body["messages"]
    before = (user, room | {"content": "edited by the caller", "status": "success"})
    reply = await caller.send(caller.old_body("HISTORY<<>>", *before), caller.post_path)
    assert [each["content"] for each in json.loads(reply.text)] == ["SAY<<one>>", "edited by the caller", "HISTORY<<>>"]


async def test_each_generation_refuses_the_shape_of_the_other(caller: Caller, site: Site) -> None:
    assert (await caller.send(caller.old_body("SAY<<x>>"))).status == 400
    site.settings.site_version = "2025-10"
    assert (await caller.say("SAY<<x>>")).status == 400


@pytest.mark.parametrize("broken", ["parent", "role", "missing", "text"])
async def test_old_placeholders_must_be_in_their_places(caller: Caller, site: Site, broken: str) -> None:
    site.settings.site_version = "2025-10"
    body = caller.old_body("SAY<<x>>")
    user, room = body["messages"]
    changed = {
        "parent": [user, room | {"parentMessageIds": []}],
        "role": [user | {"role": "assistant"}, room],
        "missing": [user],
        "text": [user, room | {"content": "already"}],
    }
    assert (await caller.send(body | {"messages": changed[broken]})).status == 400


@pytest.mark.parametrize(
    ("prompt", "status", "content"),
    [
        ("SAY<<a b>>", "success", "a b"),
        ("FAILAFTER<<a>>", "failed", "a"),
        ("CUT<<a>>", "pending", "a"),
        ("STATUS<<422>>", "flagged", ""),
    ],
)
async def test_an_answer_is_kept_as_far_as_it_got(
    caller: Caller, site: Site, prompt: str, status: str, content: str
) -> None:
    await caller.say(prompt)
    session = site.conversations.get(caller.session)
    assert session is not None
    assert (session.messages[-1].status, session.messages[-1].content) == (status, content)
