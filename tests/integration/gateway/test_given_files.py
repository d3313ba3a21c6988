"""An earlier bridge's `models.json` and `model_endpoint_map.json` in the data directory: what the site receives."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from arenabridge.settings import load_settings
from integration.gateway.conftest import Start
from integration.gateway.worker_double import Job, WorkerDouble, connected, hello

SESSIONS = [f"0199a6c2-1234-7abc-8def-00000000000{number}" for number in range(4)]
MESSAGE = "0199a6c2-5678-7abc-8def-0123456789ab"
ID = "0199a6c2-aaaa-7abc-8def-0123456789ab"
STOP = 'd:{"finishReason":"stop"}'


def entry(number: int, **more: str) -> dict[str, str]:
    return {"session_id": SESSIONS[number], "message_id": MESSAGE, **more}


POOL = [entry(0), entry(1, mode="battle", battle_target="B"), entry(2, mode="battle", battle_target="A")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models.json").write_text(json.dumps({"mine": ID, "painter": f"{ID}:image", "nameless": None}))
    (tmp_path / "model_endpoint_map.json").write_text(
        json.dumps({"gpt": POOL, "nameless": entry(3, mode="battle"), "unlisted": entry(3)})
    )
    (tmp_path / "config.jsonc").write_text('{"bypass_enabled": false, "api_key": "", /* as it was */}')
    return tmp_path


def fields(folder: Path, **more: Any) -> dict[str, Any]:
    settings = load_settings({"data_dir": folder, "port": 0, **more}, {})
    return {name: getattr(settings, name) for name in settings.__struct_fields__}


@asynccontextmanager
async def serving(start: Start, folder: Path, **more: Any) -> AsyncIterator[tuple[httpx.AsyncClient, WorkerDouble]]:
    async with (
        start(**fields(folder, **more)) as running,
        connected(running, hello(running), models=("gpt", "claude")) as worker,
        httpx.AsyncClient(base_url=running.base_url, timeout=10) as http,
    ):
        yield http, worker


async def answered(http: httpx.AsyncClient, worker: WorkerDouble, model: str, said: str = "a") -> tuple[Job, str]:
    """What the site received, and what the client heard; `said` is who answers."""
    asked = {"model": model, "messages": [{"role": "user", "content": "Hi"}]}
    answering = asyncio.ensure_future(http.post("/v1/chat/completions", json=asked))
    job = await worker.granted()
    await job.answer(*(f'{each}0:"from {each}"' for each in said), *(each + STOP for each in said))
    answer = await answering
    return job, answer.json()["choices"][0]["message"]["content"]


def received(job: Job) -> tuple[str, dict[str, Any]]:
    body: dict[str, Any] = orjson.loads(job.step.body or "")
    return job.step.path.split("/stream/")[1], body


async def test_a_pool_is_used_in_turn_each_in_its_mode_with_its_target(start: Start, folder: Path) -> None:
    async with serving(start, folder) as (http, worker):
        heard, sent = [], []
        for said in ("a", "ab", "ab", "a"):
            job, text = await answered(http, worker, "gpt", said)
            heard.append(text)
            sent.append(received(job))
        assert [path for path, _ in sent] == [f"post-to-evaluation/{SESSIONS[each]}" for each in (0, 1, 2, 0)]
        assert ["modelAId" in body for _, body in sent] == [True, False, False, True]
        assert heard == ["from a", "from b", "from a", "from a"]
        job, _ = await answered(http, worker, "claude")
        assert received(job)[0] == "create-evaluation"  # it is in no map


async def test_where_the_site_took_histories_the_captured_answers_are_made_again(start: Start, folder: Path) -> None:
    async with serving(start, folder, site_version="2025-10") as (http, worker):
        sent = []
        for said in ("a", "b", "a"):
            job, _ = await answered(http, worker, "gpt", said)
            sent.append(received(job))
        paths = [f"retry-evaluation-session-message/{each}/messages/{MESSAGE}" for each in SESSIONS[:3]]
        assert [path for path, _ in sent] == paths
        assert [body["messages"][0]["participantPosition"] for _, body in sent] == ["a", "b", "a"]
        job, _ = await answered(http, worker, "nameless", "a")
        assert received(job)[1]["modelId"] is None


async def test_names_of_models_json_can_be_asked_for_also_such_as_the_page_lacks(start: Start, folder: Path) -> None:
    async with serving(start, folder) as (http, worker):
        listed = {each["id"] for each in (await http.get("/v1/models")).json()["data"]}
        assert {"mine", "painter", "nameless", "unlisted", "gpt", "claude"} <= listed
        job, _ = await answered(http, worker, "mine")
        assert received(job)[1]["modelAId"] == ID
        assert received(job)[1]["modality"] == "chat"
        job, text = await answered(http, worker, "nameless", "ab")
        assert received(job)[0] == f"post-to-evaluation/{SESSIONS[3]}"
        assert text == "from a"
        job, _ = await answered(http, worker, "unlisted")  # of no page, nor of models.json
        assert received(job)[0] == f"post-to-evaluation/{SESSIONS[3]}"
        assert "modelAId" not in received(job)[1]


async def test_without_default_ids_a_model_in_no_map_is_refused(start: Start, folder: Path) -> None:
    config = {**entry(3), "use_default_ids_if_mapping_not_found": False, "api_key": ""}
    (folder / "config.jsonc").write_text(json.dumps(config))
    async with serving(start, folder) as (http, worker):
        asked = {"model": "claude", "messages": [{"role": "user", "content": "Hi"}]}
        refused = await http.post("/v1/chat/completions", json=asked)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "no_captured_session")
        job, _ = await answered(http, worker, "gpt")
        assert received(job)[0] == f"post-to-evaluation/{SESSIONS[0]}"


async def test_what_changes_in_the_files_counts_from_then_on(start: Start, folder: Path) -> None:
    async with serving(start, folder) as (http, worker):
        (folder / "model_endpoint_map.json").write_text(json.dumps({"claude": entry(3)}))
        (folder / "models.json").write_text('{"other": null, "gpt2": "gpt", // by its name\n}')
        async with asyncio.timeout(30):
            while "gpt2" not in (await http.get("/v1/models")).text:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
        assert "mine" not in (await http.get("/v1/models")).text
        assert received((await answered(http, worker, "claude"))[0])[0] == f"post-to-evaluation/{SESSIONS[3]}"
        assert received((await answered(http, worker, "gpt"))[0])[0] == "create-evaluation"


async def test_the_session_of_all_models_is_used_where_histories_were_taken_or_if_the_person_says_so(
    start: Start, folder: Path
) -> None:
    config = {**entry(3), "id_updater_last_mode": "battle", "id_updater_battle_target": "B", "api_key": ""}
    (folder / "config.jsonc").write_text(json.dumps(config))
    async with serving(start, folder, site_version="2025-10") as (http, worker):
        job, text = await answered(http, worker, "claude", "b")
        path, body = received(job)
        assert path == f"retry-evaluation-session-message/{SESSIONS[3]}/messages/{MESSAGE}"
        assert ({each["participantPosition"] for each in body["messages"]}, text) == ({"b"}, "from b")
    async with serving(start, folder, session_strategy="captured") as (http, worker):
        job, text = await answered(http, worker, "claude", "ab")
        assert (received(job)[0], text) == (f"post-to-evaluation/{SESSIONS[3]}", "from b")


async def test_a_capture_for_all_models_takes_the_place_of_the_files_session(start: Start, folder: Path) -> None:
    """As the earlier bridges' updater did it; beside it, chats would go into the old one and the new one in turn."""
    text = '{{\r\n  "session_id": "{}", "message_id": "{}", // captured\r\n  "id_updater_last_mode": "{}"\r\n}}\r\n'
    (folder / "config.jsonc").write_bytes(text.format(SESSIONS[3], MESSAGE, "direct_chat").encode())
    async with start(**fields(folder)) as running:
        captures = running.gateway.captures
        kept = await captures.add(SESSIONS[0], MESSAGE.upper(), mode="battle", target="a", model=None)
        assert (kept.session, kept.mode, kept.label) == (SESSIONS[0], "battle", "config.jsonc")
        assert (folder / "config.jsonc").read_bytes() == text.format(SESSIONS[0], MESSAGE, "battle").encode()
        assert await captures.all() == []
        assert captures.sessions.next_for({"claude"}) == kept
        assert captures.sessions.next_for({"claude"}, without={SESSIONS[0]}) is None
