"""Starting, stopping and starting again."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from arenabridge.app import StartError, open_keys
from arenabridge.errors import ShuttingDown
from arenabridge.settings import Settings
from arenabridge.wire.link import messages as m
from integration.gateway.conftest import Start
from integration.gateway.test_endpoints import ASK, until_models_are_known
from integration.gateway.worker_double import connected


async def test_keys_models_and_secrets_outlive_a_restart(start: Start) -> None:
    async with start() as first, connected(first, models=("gpt", "claude")):
        await until_models_are_known(first)
        address = first.install_address.split("/userscript/")[1]
    async with start() as second:
        assert second.first_key is None
        assert second.install_address.endswith(address)
        async with httpx.AsyncClient(headers={"x-api-key": first.first_key or ""}) as client:
            listed = await client.get(f"{second.base_url}/v1/models")
        assert [model["id"] for model in listed.json()["data"]][:2] == ["claude", "gpt"]


async def test_a_data_directory_belongs_to_one_gateway(start: Start) -> None:
    async with start():
        with pytest.raises(StartError, match="Another gateway is running"):
            async with start():
                pass


async def test_a_port_that_is_taken_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"127.0.0.1:{port} is taken"):
            async with start(port=port):
                pass


async def test_a_gateway_that_stops_fails_what_is_under_way_with_a_reason(start: Start) -> None:
    async with httpx.AsyncClient(timeout=10) as client:
        async with start() as running, connected(running) as worker:
            headers = {"x-api-key": running.first_key or ""}
            url = f"{running.base_url}/v1/chat/completions"
            asking = asyncio.ensure_future(client.post(url, json=ASK, headers=headers))
            job = await worker.granted()
            running.gateway.hub.close(ShuttingDown())
            assert (await worker.next(m.Cancel)).job == job.id
            answer = await asking
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "shutting_down")


async def test_the_secret_is_readable_by_its_owner_alone_and_keys_are_not_in_the_database(
    start: Start, tmp_path: Path
) -> None:
    async with start() as running:
        assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
        key = (running.first_key or "").encode()
    files = [file for file in tmp_path.iterdir() if file.is_file()]  # noqa: ASYNC240 - the gateway has stopped
    assert all(key not in file.read_bytes() for file in files)


async def test_a_revoked_key_is_refused(start: Start, tmp_path: Path) -> None:
    keys = open_keys(Settings(data_dir=tmp_path), {})
    key = keys.create("for a friend")
    async with start() as running, httpx.AsyncClient(headers={"x-api-key": key}) as client:
        assert running.first_key is None
        assert keys.revoke(keys.all()[0].id)
        assert (await client.get(f"{running.base_url}/v1/models")).status_code == 401
        assert not keys.revoke(keys.all()[0].id)


async def test_a_gateway_that_drains_finishes_its_answers_and_takes_no_new_ones(start: Start) -> None:
    async with start() as running, connected(running) as worker, httpx.AsyncClient() as client:
        await until_models_are_known(running)
        client.headers["x-api-key"] = running.first_key or ""
        answer = asyncio.ensure_future(client.post(f"{running.base_url}/v1/chat/completions", json=ASK))
        job = await worker.granted()
        draining = asyncio.ensure_future(running.drain())
        await asyncio.sleep(0)
        refused = await client.post(f"{running.base_url}/v1/chat/completions", json=ASK)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, ShuttingDown.code)
        assert (await client.get(f"{running.base_url}/readyz")).status_code == 503
        assert not draining.done()
        await job.answer('a0:"done"\n', 'ad:{"finishReason":"stop"}\n')
        assert (await answer).json()["choices"][0]["message"]["content"] == "done"
        await draining


async def test_draining_has_an_end(start: Start) -> None:
    async with start(drain_seconds=0.1) as running, connected(running) as worker, httpx.AsyncClient() as client:
        await until_models_are_known(running)
        client.headers["x-api-key"] = running.first_key or ""
        answer = asyncio.ensure_future(client.post(f"{running.base_url}/v1/chat/completions", json=ASK))
        await worker.granted()
        await running.drain()
        assert not answer.done()
        running.gateway.hub.close(ShuttingDown())
        assert (await answer).json()["error"]["code"] == ShuttingDown.code


async def test_it_is_served_on_more_ports_if_the_person_wants_that(start: Start) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with start(also_listen_on=(port,)) as running, httpx.AsyncClient() as http:
        key = {"authorization": f"Bearer {running.first_key}"}
        for address in (running.base_url, f"http://127.0.0.1:{port}/api"):
            assert (await http.get(f"{address}/v1/models", headers=key)).status_code == 200
            assert (await http.get(f"{address}/v1/health")).json()["status"] == "no_worker"
            chat = await http.post(f"{address}/v1/chat/completions", headers=key, json={"model": "m"})
            assert chat.json()["error"]["param"] == "messages"
        assert (await http.get(f"http://127.0.0.1:{port}/dashboard", follow_redirects=True)).status_code == 200
