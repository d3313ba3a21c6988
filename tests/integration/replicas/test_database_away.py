"""PostgreSQL dies and comes back: what is under way goes on, what can't be decided is a 503, and no use is lost."""

from pathlib import Path

import httpx
from sqlalchemy import func, select

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.storage.tables.usage import usage_days
from integration.gateway.worker_double import connected, until
from servers.postgres import running_postgres

STOP = 'ad:{"finishReason":"stop"}'
BODY = {"model": "gpt", "messages": [{"role": "user", "content": "Hi"}]}


async def test_answers_go_on_while_the_database_is_away_and_their_use_is_written_down_later(tmp_path: Path) -> None:
    with running_postgres() as server, server.database() as url:
        settings = Settings(data_dir=tmp_path, port=0, database_url=url, head_hold_seconds=0.1)
        async with running_gateway(settings, environment={}) as running:
            headers = {"authorization": f"Bearer {running.first_key}"}
            ours = httpx.AsyncClient(base_url=running.base_url, headers=headers, timeout=20)
            async with connected(running) as worker, ours as client:
                await until(lambda: len(running.gateway.models.catalogue))
                assert (await client.get("/v1/models")).status_code == 200
                server.end()
                stranger = await client.post("/v1/chat/completions", json=BODY, headers={"authorization": "Bearer x"})
                assert (stranger.status_code, stranger.json()["error"]["code"]) == (503, "database_unavailable")
                assert stranger.headers["retry-after"] == "5"
                async with client.stream("POST", "/v1/chat/completions", json={**BODY, "stream": True}) as answer:
                    job = await worker.granted()
                    await job.answer('a0:"Hello"', STOP)
                    text = "".join([piece async for piece in answer.aiter_text()])
                assert answer.status_code == 200
                assert "Hello" in text
                server.start()
                await until(lambda: running.gateway.usage.recorder.written == 1)
                with running.gateway.usage.store.engine.connect() as connection:
                    assert connection.execute(select(func.sum(usage_days.c.requests))).scalar_one() == 1
                again = await client.get("/v1/models", headers={"authorization": "Bearer y"})
                assert again.status_code == 401
