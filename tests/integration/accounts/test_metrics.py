"""Figures for Prometheus: who may read them, and that they count what was recorded."""

import asyncio
import logging
import re
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import KeyForm
from arenabridge.app import Running, open_accounts
from arenabridge.http.door.forwarded import FORWARDED, FORWARDED_PREFIX
from arenabridge.http.monitoring.prometheus import MAX_MODELS
from arenabridge.settings import Settings
from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord
from integration.accounts.conftest import Staffed, Start, staffed_gateway

GRAFANA = Path(__file__).parents[3] / "docs/grafana/arenabridge.json"
PROXIED = {"x-forwarded-for": "203.0.113.7"}


def figures(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(value for name, value in sorted(sample.labels.items()) if name != "le")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.endswith("_bucket")
    }


def record(model: str, reason: EndReason = EndReason.COMPLETED) -> RequestRecord:
    return RequestRecord(
        id=1,
        request_id="r",
        at=0.0,
        key_id="k",
        key_name="k",
        model=model,
        end_reason=reason,
        tokens_in=7,
        duration=2.0,
    )


async def read(running: Running, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=running.base_url) as client:
        return await client.get("/metrics", headers={name.replace("_", "-"): value for name, value in headers.items()})


async def test_what_was_recorded_is_counted_and_labels_stay_few(running: Running) -> None:
    metrics = running.gateway.metrics
    for number in range(MAX_MODELS + 5):
        metrics.observe(record(f"model-{number}"))
    metrics.observe(record("", EndReason.QUEUE_FULL))
    found = figures((await read(running)).text)
    assert found["arenabridge_requests_total", ("completed", "succeeded")] == MAX_MODELS + 5
    assert found["arenabridge_requests_total", ("queue_full", "limited")] == 1
    assert found["gen_ai_client_operation_duration_seconds_count", ("", "chat/completions", "other")] == 5
    assert found["gen_ai_client_token_usage_sum", ("chat/completions", "model-3", "input")] == 7
    assert found["arenabridge_workers", ("ready",)] == 0
    assert found["process_resident_memory_bytes", ()] > 1e6


async def test_other_computers_need_a_token_or_a_key_that_may_administer(start: Start) -> None:
    async with start(metrics_token="let me see") as running, staffed_gateway(running) as staffed:
        assert (await read(running)).status_code == 200
        assert (await read(running, **PROXIED)).status_code == 401
        assert (await read(running, **PROXIED, authorization="Bearer wrong")).status_code == 401
        assert (await read(running, **PROXIED, authorization="Bearer let me see")).status_code == 200
        plain, admin = await staffed.key(staffed.ben), await staffed.key(scopes=["admin"])
        assert (await read(running, **PROXIED, authorization=f"Bearer {plain['key']}")).status_code == 403
        assert (await read(running, **PROXIED, authorization=f"Bearer {admin['key']}")).status_code == 200


async def test_whatever_a_proxy_adds_makes_a_stranger_of_who_asks(start: Start) -> None:
    async with start(require_api_key=False) as running, httpx.AsyncClient(base_url=running.base_url) as client:
        for name in (*FORWARDED, *(FORWARDED_PREFIX + each for each in ("for", "host", "proto", "ssl"))):
            for path in ("/metrics", "/v1/models"):
                assert (await client.get(path)).status_code == 200
                assert (await client.get(path, headers={name: "x"})).status_code == 401, (path, name)


async def test_the_dashboard_for_grafana_asks_for_figures_that_there_are(running: Running) -> None:
    running.gateway.metrics.observe(record("m"))
    told = (await read(running)).text
    asked = set(re.findall(r"\b(?:arenabridge|gen_ai|process)_[a-z_]*[a-z]\b", GRAFANA.read_text(encoding="utf-8")))
    labels = {"gen_ai_request_model", "gen_ai_token_type", "gen_ai_operation_name"}
    assert len(asked) > 15
    bare = {re.sub("_(total|bucket|sum|count)$", "", name) for name in asked - labels}
    assert {name for name in bare if f"# TYPE {name}" not in told and f"\n{name}" not in told} == set()


async def test_the_log_level_is_changed_at_once_and_that_is_in_the_audit_log(staffed: Staffed) -> None:
    logger = logging.getLogger("arenabridge")
    before = logger.level
    try:
        assert (await staffed.ada.put("/api/log-level", json={"level": "debug"})).json() == {"level": "debug"}
        assert logger.level == logging.DEBUG
        acts = (await staffed.ada.get("/api/audit")).json()["acts"]
        assert (acts[0]["action"], acts[0]["target"]) == ("log_level.changed", "debug")
        assert (await staffed.ben.put("/api/log-level", json={"level": "error"})).status_code == 403
    finally:
        logger.setLevel(before)


async def test_whether_alerts_arrive_is_tried_at_the_address_that_is_set(start: Start) -> None:
    nobody = "http://127.0.0.1:1/hook?token=a-secret"
    async with start(alerts_url=nobody) as running, staffed_gateway(running) as staffed:
        assert (await staffed.ada.post("/api/alerts/test")).json() == {"delivered": False, "why": "ConnectError"}
        act = (await staffed.ada.get("/api/audit")).json()["acts"][0]
        assert (act["action"], act["detail"]) == ("alerts.tested", "not delivered: ConnectError")


async def test_without_an_address_for_alerts_there_is_nothing_to_try(staffed: Staffed) -> None:
    refused = await staffed.ada.post("/api/alerts/test")
    assert (refused.status_code, "alerts_url is not set" in refused.text) == (400, True)


async def test_what_was_told_is_remembered_from_the_first_look_on(start: Start, tmp_path: Path) -> None:
    accounts = open_accounts(Settings(data_dir=tmp_path), {})
    key, _ = accounts.keys.make(KeyForm(name="busy", limits=KeyLimits(requests_per_day=1)))
    await accounts.admissions.enter(key, requests=1, tokens=0)
    async with start(alerts_url="http://127.0.0.1:1") as running, asyncio.timeout(10):
        told = running.gateway.usage.told_alerts
        while not (news := await asyncio.to_thread(told.all)):  # noqa: ASYNC110 - it has no event for tests
            await asyncio.sleep(0.01)
    assert [each.message for each in news] == ["The key busy has used 1 of 1 requests a day."]
