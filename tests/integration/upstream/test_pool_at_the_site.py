"""An earlier bridge's pool of three captured sessions, direct and battle, and what the simulated site receives."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from integration.gateway.test_earlier_script import PAGE_TYPE, create_body
from integration.gateway.worker_double import until

MODEL = "keel-2-large"
POOL = [("direct_chat", "A"), ("battle", "B"), ("battle", "A")]
CREATE = "/nextjs-api/stream/create-evaluation"
HISTORY = [
    {"role": "user", "content": "SAY<<before>>"},
    {"role": "assistant", "content": "before"},
    {"role": "user", "content": "SAY<<hello>>"},
]


@asynccontextmanager
async def served(
    data_dir: Path, version: Any, ours: str
) -> AsyncIterator[tuple[Site, httpx.AsyncClient, list[dict[str, str]]]]:
    """The site, a client of a gateway that works with the session of a person there, and that person's pool."""
    site = Site(SiteSettings(check="ignore", site_version=version))
    async with site.serving() as address:
        visit = site.visitors.sign_in(3600)
        settings = Settings(
            data_dir=data_dir, port=0, site_origins=(address.url,), site_version=ours, require_api_key=False
        )
        async with httpx.AsyncClient(base_url=address.url, cookies={"arena-auth-prod-v1": visit.cookie}) as person:
            mapped = [await begun(site, person, mode, target) for mode, target in POOL]
        (data_dir / "model_endpoint_map.json").write_text(json.dumps({MODEL: mapped}))
        async with (
            running_gateway(settings, environment={}) as running,
            httpx.AsyncClient(base_url=running.base_url, timeout=20) as client,
        ):
            running.gateway.accounts.site_sessions.add("mine", visit.cookie, None)
            running.gateway.direct.changed()
            await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
            site.audit.clear()
            yield site, client, mapped


async def begun(site: Site, person: httpx.AsyncClient, mode: str, target: str) -> dict[str, str]:
    """The person begins a chat in the page, and its entry for the map."""
    body = create_body(site, "battle" if mode == "battle" else "direct", MODEL)
    answer = await person.post(CREATE, content=orjson.dumps(body), headers=PAGE_TYPE)
    assert answer.is_success, answer.text
    message = body["modelBMessageId"] if target == "B" else body["modelAMessageId"]
    return {"session_id": body["id"], "message_id": message, "mode": mode, "battle_target": target}


async def asked_four_times(site: Site, client: httpx.AsyncClient, pool: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The bodies that the site received, of which each went into the session whose turn it was."""
    for _ in range(4):
        answer = await client.post("/v1/chat/completions", json={"model": MODEL, "messages": HISTORY})
        assert answer.json()["choices"][0]["message"]["content"] == "hello"
    calls = site.audit.calls("post-to-evaluation", "retry-evaluation-session-message", "create-evaluation")
    sessions = [each["session_id"] for each in pool]
    assert [next(each for each in sessions if each in call.path) for call in calls] == [*sessions, sessions[0]]
    return [call.json for call in calls]


async def test_each_is_used_in_its_turn_and_a_battle_names_no_model(tmp_path: Path) -> None:
    async with served(tmp_path, "2026", "current") as (site, client, pool):
        bodies = await asked_four_times(site, client, pool)
        assert [body.get("modelAId") == site.catalogue.named(MODEL).id for body in bodies] == [True, False, False, True]
        assert ["modelAId" in body for body in bodies] == [True, False, False, True]
        assert all("before" in body["userMessage"]["content"] for body in bodies)


async def test_where_histories_were_taken_each_message_has_the_position_of_the_target(tmp_path: Path) -> None:
    async with served(tmp_path, "2025-11", "2025-11") as (site, client, pool):
        bodies = await asked_four_times(site, client, pool)
        positions = [{each["participantPosition"] for each in body["messages"]} for body in bodies]
        assert positions == [{"a"}, {"b"}, {"a"}, {"a"}]
        assert [[each["content"] for each in body["messages"]] for body in bodies] == [
            [m["content"] for m in HISTORY]
        ] * 4
