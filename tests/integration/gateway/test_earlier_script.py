"""The earlier bridges' userscript, unchanged, at our gateway and the site of up to November 2025."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from arenabridge.app import Running
from arenabridge.settings import SettingsError, load_settings
from arenabridge.simulator import Site, SiteSettings
from arenabridge.simulator.faults import Fault
from arenabridge.simulator.identifiers import uuid7
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.earlier_script import ORIGIN, Habits, Tab, tab
from integration.gateway.worker_double import connected, hello, until

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PAGE_TYPE = {"content-type": "text/plain;charset=UTF-8"}


@dataclass
class Bench:
    """All of it: the site, the gateway, a tab with the script, and a client."""

    site: Site
    running: Running
    tab: Tab
    http: httpx.AsyncClient

    async def ask(self, text: str, model: str = "keel-2-large", **more: Any) -> httpx.Response:
        messages = more.pop("messages", None) or [{"role": "user", "content": text}]
        return await self.http.post("/v1/chat/completions", json={"model": model, "messages": messages, **more})

    async def say(self, text: str, **more: Any) -> str:
        answer = await self.ask(text, **more)
        assert answer.status_code == 200, answer.text
        said: str = answer.json()["choices"][0]["message"]["content"]
        return said

    async def begin_chat(self, mode: str = "direct", model: str = "keel-2-large", **ids: str) -> tuple[str, str]:
        """The person begins a chat in the page; its session, and the answer of `b`, or of the one there is."""
        body = create_body(self.site, mode, model) | ids
        answer = await self.tab.site.post(
            "/nextjs-api/stream/create-evaluation", content=orjson.dumps(body), headers=PAGE_TYPE
        )
        assert answer.is_success, answer.text
        return body["id"], body.get("modelBMessageId") or body["modelAMessageId"]

    async def capture(self, **of: Any) -> None:
        """A chat of the person's is set aside for us."""
        session, message = await self.begin_chat("battle" if of.get("mode") == "battle" else "direct")
        await self.running.gateway.captures.add(
            session, message, **({"mode": "direct", "target": "a", "model": None} | of)
        )

    def error(self, answer: httpx.Response) -> str:
        return str(answer.json()["error"]["code"])


def create_body(site: Site, mode: str, model: str) -> dict[str, Any]:
    session, user = uuid7(), uuid7()
    id_ = site.catalogue.named(model).id
    modality = site.catalogue.named(model).modality
    sides = {"modelAMessageId": uuid7()} | ({"modelBMessageId": uuid7()} if mode == "battle" else {"modelAId": id_})
    body = {"id": session, "mode": mode, "userMessageId": user, **sides, "modality": modality}
    if not site.generation.bodies_list_messages:
        return body | {"userMessage": {"content": "Hi", "experimental_attachments": []}}

    def listed(key: str, role: str, position: str, parents: list[str]) -> dict[str, Any]:
        return {
            "id": key,
            "role": role,
            "content": "Hi" if role == "user" else "",
            "experimental_attachments": [],
            "parentMessageIds": parents,
            "participantPosition": position,
            "modelId": id_ if role == "assistant" and mode == "direct" else None,
            "evaluationSessionId": session,
            "status": "pending",
            "failureReason": None,
        }

    answers = [listed(key, "assistant", name[5].lower(), [user]) for name, key in sides.items() if "Message" in name]
    return body | {"messages": [listed(user, "user", "a", []), *answers]}


Setting = Callable[..., AbstractAsyncContextManager[Bench]]


@pytest.fixture
def bench(start: Start) -> Setting:
    @asynccontextmanager
    async def everything(
        habits: Habits | None = None, *, version: Any = "2025-11", captured: bool = True, **settings: Any
    ) -> AsyncIterator[Bench]:
        site = Site(SiteSettings(check="ignore", site_version=version, page_filler_bytes=1_000))
        wanted = {"compatibility": True, "site_version": version, "require_api_key": False, **settings}
        async with (
            site.serving() as served,
            start(**wanted) as running,
            tab(running, served.url, habits, reports_to=running.gateway.settings.capture_port) as opened,
            httpx.AsyncClient(base_url=running.base_url, timeout=10) as http,
        ):
            whole = Bench(site, running, opened, http)
            await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
            if captured:
                await whole.capture()
            yield whole
            assert not site.failures

    return everything


async def test_it_serves_chats_by_making_the_captured_answer_again(bench: Setting) -> None:
    """It says nothing until it is asked, and the page that it posts when it is asked for it tells the models."""
    chat = [
        {"role": "system", "content": "Rules"},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "SAY<<héllo 😊>>"},
    ]
    async with bench() as whole:
        assert await whole.say("", messages=chat) == "héllo 😊"
        (payload,) = whole.tab.payloads
        assert set(payload) == {"message_templates", "target_model_id", "session_id", "message_id"}
        assert payload["target_model_id"] == whole.site.catalogue.named("keel-2-large").id
        assert payload["message_templates"][0] == {
            "role": "system",
            "content": "Rules",
            "attachments": [],
            "participantPosition": "b",
        }
        call = whole.site.audit.calls()[-1]
        assert (call.method, call.json["modelId"]) == ("PUT", payload["target_model_id"])
        assert [each["status"] for each in call.json["messages"]] == ["success", "success", "success", "pending"]
        assert whole.tab.title == "✅ LMArena"


ODD = {
    "pieces that cut lines": Habits(cut=1),
    "lists": Habits(cut=7, lists=True),
    "something after the end": Habits(after_done=True),
    "requests that nobody made": Habits(cut=20, strangers=True),
    "a few frames that are no messages": Habits(cut=1000, nonsense=True),
}


async def test_what_it_does_oddly_changes_no_answer(bench: Setting) -> None:
    """Nor does an answer that speaks of what only the site's protection would say."""
    quoted = "<title>Just a moment...</title> Enable JavaScript and cookies to continue"
    async with bench() as whole:
        for what, habits in ODD.items():
            whole.tab.habits = habits
            words = [f"{what} {number}" for number in range(3)] + [quoted]
            assert await asyncio.gather(*(whole.say(f"SAY<<{each}>>") for each in words)) == words
        assert "refresh" not in whole.tab.commands


async def test_what_clients_send_oddly_arrives_and_the_models_are_read_meanwhile(bench: Setting) -> None:
    """Any Bearer token where none is required, contents in parts, roles of other kinds, options that mean nothing."""
    called = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    chat = [
        {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}]},
        {"role": "user", "content": "   "},
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
        {"role": "user", "content": [{"type": "text", "text": "WAIT<<0.3>>SAY<<fine>>"}]},
    ]
    async with bench() as whole:
        whole.http.headers["authorization"] = "Bearer anything"
        asking = asyncio.ensure_future(
            whole.ask("", messages=chat, stream=True, stream_options={"include_usage": True}, temperature=0.3)
        )
        await until(lambda: whole.tab.payloads)
        await whole.running.gateway.model_update.run()
        answer = await asking
        assert (answer.status_code, "fine" in answer.text, '"usage":{' in answer.text) == (200, True, True)
        assert answer.text.endswith("data: [DONE]\n\n")
        roles = [each["role"] for each in whole.tab.payloads[0]["message_templates"]]
        assert set(roles) <= {"system", "user", "assistant"}
        assert roles[0] == "system"


async def test_an_answer_without_an_end_ends_in_time(bench: Setting) -> None:
    async with bench(Habits(never_done=True), stream_response_timeout_seconds=0.5) as whole:
        assert await whole.say("SAY<<all of it>>") == "all of it"


async def test_what_it_still_says_of_a_request_that_was_given_up_finds_nobody(bench: Setting) -> None:
    """Nothing stops it, so the site answers to the end."""
    async with bench() as whole:
        asking = asyncio.ensure_future(whole.ask("WAIT<<0.5>>SAY<<for nobody>>"))
        await until(lambda: whole.tab.payloads)
        asking.cancel()
        assert await whole.say("SAY<<for me>>") == "for me"


async def test_an_answer_whose_socket_breaks_or_changes_is_lost_not_cut(bench: Setting) -> None:
    """How much is missing nobody tells; the next one is whole."""
    async with bench(Habits(cut=4, drops_after=1)) as whole:
        lost = await whole.ask("SAY<<this is never heard to its end>>")
        assert (lost.status_code, whole.error(lost)) == (503, "worker_lost")
        assert lost.headers["x-should-retry"] == "false"
        whole.tab.habits = Habits(cut=4, moves_after=1)
        await whole.tab.connect()
        moved = await whole.ask("SAY<<goes on over another socket, after what came while there was none>>")
        assert (moved.status_code, whole.error(moved)) == (503, "worker_lost")
        whole.tab.habits = Habits()
        assert await whole.say("SAY<<again>>") == "again"


async def test_two_sockets_and_two_tabs_work_at_once_and_a_late_close_touches_only_its_own(bench: Setting) -> None:
    async with bench() as whole, tab(whole.running, str(whole.tab.site.base_url), jar=whole.tab.site.cookies) as second:
        await until(lambda: len(whole.running.gateway.hub.workers) == 2)
        said = await asyncio.gather(*(whole.say(f"WAIT<<0.2>>SAY<<{number}>>") for number in range(4)))
        assert said == ["0", "1", "2", "3"]
        assert (bool(whole.tab.payloads), bool(second.payloads)) == (True, True)
        await second.close()
        old = whole.tab.socket
        await whole.tab.connect()
        await until(lambda: len(whole.running.gateway.hub.workers) == 2)
        await old.close()
        await until(lambda: len(whole.running.gateway.hub.workers) == 1)
        assert await whole.say("SAY<<still here>>") == "still here"


async def test_a_page_that_is_loaded_anew_ends_its_three_answers_with_a_reason(bench: Setting) -> None:
    async with bench() as whole:
        asking = [asyncio.ensure_future(whole.ask("WAIT<<5>>SAY<<no>>")) for _ in range(3)]
        await until(lambda: len(whole.tab.payloads) == 3)
        await whole.tab.socket.close()
        await whole.tab.load()
        assert {whole.error(await each) for each in asking} == {"worker_lost"}
        assert await whole.say("SAY<<yes>>") == "yes"


# -- pictures


async def test_a_picture_model_is_asked_as_the_script_wants_it(bench: Setting) -> None:
    async with bench() as whole:
        model = next(each for each in whole.site.catalogue if each.modality == "image")
        session, message = await whole.begin_chat(model=model.public_name)
        await whole.running.gateway.captures.add(session, message, mode="direct", target="a", model=model.public_name)
        assert (await whole.say("a boat", model=model.public_name)).startswith("![")
        assert whole.tab.payloads[-1]["is_image_request"] is True
        assert {each["status"] for each in whole.site.audit.calls()[-1].json["messages"]} == {"success"}


async def test_a_model_without_an_id_is_left_to_the_session(bench: Setting, tmp_path: Path) -> None:
    """As the earlier bridges' own files name a picture model and its session."""
    session, message = uuid7(), uuid7()
    (tmp_path / "models.json").write_text('{"painter": "null:image"}', "utf-8")
    place = {"painter": [{"session_id": session, "message_id": message}]}
    (tmp_path / "model_endpoint_map.json").write_bytes(orjson.dumps(place))
    async with bench(captured=False) as whole:
        model = next(each.public_name for each in whole.site.catalogue if each.modality == "image")
        await whole.begin_chat(model=model, id=session, modelAMessageId=message)
        assert (await whole.say("a boat", model="painter")).startswith("![")
        (payload,) = whole.tab.payloads
        assert (payload["target_model_id"], payload["is_image_request"]) == (None, True)
        assert (payload["session_id"], payload["message_id"]) == (session, message)


async def test_pictures_go_along_within_their_addresses(bench: Setting) -> None:
    uri = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    parts = [{"type": "text", "text": "SEE"}, {"type": "image_url", "image_url": {"url": uri, "detail": "auto"}}]
    async with bench(version="2025-10") as whole:
        seeing = next(
            each.public_name for each in whole.site.catalogue if each.modality == "chat" and each.sees_pictures
        )
        said = await whole.say("", model=seeing, messages=[{"role": "user", "content": parts}])
        (file,) = whole.tab.payloads[-1]["message_templates"][-1]["attachments"]
        assert (file["contentType"], file["url"]) == ("image/png", uri)
        assert said
        whole.site.faults.add(Fault("too_large"))
        large = await whole.ask("", model=seeing, messages=[{"role": "user", "content": parts}])
        assert (large.status_code, whole.error(large)) == (413, "attachment_too_large")


# -- what the site refuses


REFUSALS = [
    (Fault("flagged"), 400, "content_filter"),
    (Fault("server_error"), 502, "upstream_error"),
    (Fault("reset", records=1), 502, "upstream_error"),
    (Fault("too_large"), 400, "context_length_exceeded"),
    (Fault("status", status=403, text='{"error":"recaptcha validation failed"}'), 503, "script_outdated"),
    (Fault("rate_limited"), 429, "upstream_rate_limited"),
]


async def test_the_sites_refusals_are_errors_of_their_kind(bench: Setting) -> None:
    """Though the script tells them as text; none of them becomes an answer."""
    async with bench() as whole:
        for fault, status, code in REFUSALS:
            whole.site.faults.add(fault)
            answer = await whole.ask("SAY<<something long enough for some records of the answer>>")
            assert (answer.status_code, whole.error(answer)) == (status, code), answer.text


async def test_who_has_to_sign_in_is_needed(bench: Setting) -> None:
    async with bench(max_wait_seconds=0.5) as whole:
        whole.site.faults.add(Fault("status", status=401, text='{"message":"User not found"}', times=None))
        assert whole.error(await whole.ask("Hi")) == "login_required"


async def test_on_a_challenge_page_the_tab_is_loaded_anew_once_and_goes_on(bench: Setting) -> None:
    async with bench() as whole:
        whole.site.faults.add(Fault("challenge"))
        assert await whole.say("SAY<<after the challenge>>") == "after the challenge"
        assert (whole.tab.commands.count("refresh"), whole.tab.loaded) == (1, 2)


# -- what it can't do


async def test_todays_site_takes_nothing_from_it_and_the_error_says_what_to_install(bench: Setting) -> None:
    """A worker of ours beside it does what it can't."""
    async with bench(site_version="current") as whole:
        answer = await whole.ask("Hi")
        assert (answer.status_code, whole.error(answer)) == (503, "script_outdated")
        assert "Install this gateway's own userscript" in answer.json()["error"]["message"]
        async with connected(whole.running, hello(whole.running), models=()) as ours:
            await until(lambda: len(whole.running.gateway.hub.workers) == 2)
            asking = asyncio.ensure_future(whole.ask("Hi"))
            job = await ours.granted()
            await job.answer('a0:"ours"', 'ad:{"finishReason":"stop"}')
            assert (await asking).json()["choices"][0]["message"]["content"] == "ours"
        assert not whole.tab.payloads


async def test_without_a_captured_session_the_client_is_told_how_to_get_one(bench: Setting) -> None:
    async with bench(captured=False) as whole:
        answer = await whole.ask("Hi")
        assert (answer.status_code, whole.error(answer)) == (400, "no_captured_session")
        assert "arenabridge capture" in answer.json()["error"]["message"]
        assert whole.error(await whole.ask("Hi", model="battle")) == "script_outdated"


# -- who it is


async def test_our_own_script_that_is_slow_to_say_hello_is_heard_late(bench: Setting) -> None:
    """Until then it is taken for the other one; what that was asked to do was not done, and is asked of ours."""
    async with bench() as whole, websocket(whole.running) as ours:
        await whole.tab.close()
        await until(lambda: [each.script for each in whole.running.gateway.hub.workers] == ["earlier"])
        asking = asyncio.ensure_future(whole.ask("Hi"))
        while "payload" not in orjson.loads(await ours.recv()):
            pass
        await ours.send(m.encode(hello(whole.running)))
        while not isinstance(told := m.decode_from_gateway(await ours.recv()), m.Offer):
            pass
        asking.cancel()
        assert told.how == "fetch"


async def test_without_the_switch_and_through_a_proxy_it_is_nobody(start: Start) -> None:
    async with start(compatibility=True) as running, httpx.AsyncClient(base_url=running.base_url) as http:
        async with websocket(running, **{"X-Forwarded-For": "192.0.2.1"}) as socket:
            await socket.send('{"request_id":"x","data":"y"}')
            with pytest.raises(ConnectionClosed):
                await until_closed(socket)
        assert (await http.post("/internal/start_id_capture", headers={"via": "1.1 proxy"})).status_code == 404
    async with start() as running, httpx.AsyncClient(base_url=running.base_url) as http:
        assert (await http.post("/internal/start_id_capture")).status_code == 404


@asynccontextmanager
async def websocket(running: Running, **headers: str) -> AsyncIterator[ClientConnection]:
    url = running.base_url.replace("http", "ws", 1) + "/ws"
    async with connect(url, additional_headers={"Origin": ORIGIN, **headers}, compression=None) as socket:
        yield socket


async def until_closed(socket: ClientConnection) -> None:
    while True:
        await socket.recv()


@pytest.mark.parametrize(
    ("more", "says"),
    [({"host": "0.0.0.0"}, "loopback"), ({"public_url": "https://a.example"}, "public_url")],  # noqa: S104 - refused
)
def test_the_switch_is_refused_where_others_could_reach_it(tmp_path: Path, more: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load_settings({"data_dir": tmp_path, "compatibility": True, **more}, {})
