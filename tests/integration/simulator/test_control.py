"""The simulator's own paths, for tests of another process."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import httpx
import pytest

from arenabridge.simulator import RunningSite, ServeOptions, serve_forever

if TYPE_CHECKING:
    from pathlib import Path

    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller


async def test_settings_can_be_read_and_changed(caller: Caller, site: Site) -> None:
    changed = await caller.http.patch("/__simulator__/settings", json={"bytes_per_write": 3, "finish": "missing"})
    assert changed.json()["bytes_per_write"] == 3
    assert (site.settings.bytes_per_write, site.settings.finish) == (3, "missing")
    assert (await caller.http.get("/__simulator__/settings")).json() == changed.json()


@pytest.mark.parametrize("patch", [b'{"finish":"never"}', b'{"no_such":1}', b"[]", b"{"])
async def test_a_setting_that_does_not_fit_is_refused(caller: Caller, patch: bytes) -> None:
    answer = await caller.http.patch("/__simulator__/settings", content=patch)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_faults_can_be_set_listed_and_cleared(caller: Caller) -> None:
    await caller.http.post("/__simulator__/faults", json={"kind": "challenge", "times": None, "calls": ["page"]})
    assert (await caller.http.get("/")).status_code == 403
    assert [fault["kind"] for fault in (await caller.http.get("/__simulator__/faults")).json()] == ["challenge"]
    await caller.http.delete("/__simulator__/faults?kind=challenge")
    assert (await caller.http.get("/")).status_code == 200
    assert (await caller.http.post("/__simulator__/faults", json={"kind": "rain"})).status_code == 400


async def test_the_audit_can_be_read_and_leaves_these_paths_out(caller: Caller) -> None:
    await caller.say("SAY<<x>>")
    told = (await caller.http.get("/__simulator__/audit", params={"call": "create-evaluation"})).json()
    [exchange] = told["exchanges"]
    assert exchange["json"]["userMessage"]["content"] == "SAY<<x>>"
    assert exchange["status"] == 200
    assert (told["received"], told["active"], told["failures"]) == (2, 0, [])
    later = (await caller.http.get("/__simulator__/audit", params={"after": exchange["number"]})).json()
    assert later["exchanges"] == []


async def test_reset_makes_the_site_new(caller: Caller, site: Site) -> None:
    site.settings.changed({"site_version": "2025-08"})
    await caller.say("SAY<<x>>")
    assert (await caller.http.post("/__simulator__/reset")).status_code == 204
    assert site.settings.site_version == "2026"
    assert len(site.conversations) == len(site.audit) == 0
    assert (await caller.say("SAY<<x>>")).status == 401


async def test_a_process_of_its_own_serves_until_told_to_stop(tmp_path: Path) -> None:
    stop, where = asyncio.Event(), asyncio.get_running_loop().create_future()
    options = ServeOptions(tls=True, ca_file=tmp_path / "ca.pem")

    async def visit() -> None:
        running: RunningSite = await where
        trust = ssl.create_default_context(cafile=options.ca_file)
        async with httpx.AsyncClient(verify=trust) as http:
            assert (await http.get(running.url)).status_code == 200
        stop.set()

    await asyncio.gather(serve_forever(options, ready=where.set_result, stop=stop), visit())
