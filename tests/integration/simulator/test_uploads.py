"""Uploads: the server actions, their ids, and the storage with its signatures."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import httpx
import pytest

from arenabridge.simulator import STORAGE_HOST, Fault
from integration.simulator.caller import Caller
from integration.simulator.uploads import PNG, act, action_ids, result, upload

if TYPE_CHECKING:
    from arenabridge.simulator import Site

PAGE = {"origin": "https://lmarena.ai"}


async def room(caller: Caller, name: str = "picture.png") -> tuple[str, str]:
    data = result(await act(caller, "generateUploadUrl", name, PNG))["data"]
    return data["uploadUrl"], data["key"]


async def test_a_file_goes_up_by_one_signed_url_and_comes_back_by_another(caller: Caller) -> None:
    put_at, key = await room(caller)
    done = await caller.http.put(put_at, content=b"picture", headers={"content-type": PNG} | PAGE)
    assert (done.status_code, done.content) == (200, b"")
    assert done.headers["etag"] == f'"{hashlib.md5(b"picture", usedforsecurity=False).hexdigest()}"'
    url = result(await act(caller, "getSignedUrl", key))["data"]["url"]
    async with httpx.AsyncClient() as stranger:
        back = await stranger.get(url, headers=PAGE)
    assert (back.content, back.headers["content-type"]) == (b"picture", PNG)
    assert back.headers["access-control-allow-origin"] == PAGE["origin"]
    assert key.endswith("-picture.png")
    assert "x-amz-checksum-crc32=AAAAAA%3D%3D" in put_at


async def test_the_long_answer_hides_its_row_behind_a_text_row_and_under_a_hexadecimal_id(
    caller: Caller, site: Site
) -> None:
    site.settings.action_form = "rerender"
    answer = await act(caller, "generateUploadUrl", "a.png", PNG)
    assert 110_000 < len(answer.content) < 150_000
    assert answer.headers["x-action-revalidated"] == "[[],0,1]"
    assert answer.text.startswith('0:{"a":"$@2f3"')
    before, _, _ = answer.text.partition('2f3:{"success":true,"data":{"uploadUrl":"')
    assert before
    assert not before.endswith("\n")


async def test_preflights_are_answered_as_captured_and_for_the_sites_pages_only(caller: Caller) -> None:
    put_at, _ = await room(caller)
    asked = {"access-control-request-method": "PUT", "access-control-request-headers": "content-type"}
    told = await caller.http.options(put_at, headers=PAGE | asked)
    assert told.status_code == 204
    assert told.headers["access-control-allow-methods"] == "GET, PUT"
    assert told.headers["access-control-max-age"] == "3000"
    assert told.headers["access-control-allow-headers"] == "content-type"
    elsewhere = await caller.http.options(put_at, headers={"origin": "https://evil.example"} | asked)
    more = await caller.http.options(put_at, headers=PAGE | asked | {"access-control-request-headers": "x-extra"})
    assert "access-control-allow-origin" not in elsewhere.headers
    assert "access-control-allow-headers" not in more.headers


async def test_a_signed_url_is_good_for_its_key_its_method_its_type_and_its_time(caller: Caller, site: Site) -> None:
    put_at, key = await room(caller)
    typed = {"content-type": PNG}
    refused = [
        await caller.http.put(put_at.replace("picture.png", "other.png"), content=b"x", headers=typed),
        await caller.http.put(put_at, content=b"x", headers={"content-type": "text/html"}),
        await caller.http.get(put_at),
        await caller.http.get(put_at.replace("X-Amz-Signature=", "X-Amz-Signature=%C3%A9")),
        await caller.http.put(put_at.replace("X-Amz-Expires=3600", "X-Amz-Expires=9999"), content=b"x", headers=typed),
    ]
    site.settings.storage_seconds = 0
    late, _ = await room(caller)
    refused.append(await caller.http.put(late, content=b"x", headers=typed))
    assert [each.status_code for each in refused] == [403] * 6
    assert site.storage.get(key) is None


async def test_large_files_pass_over_either_version_of_http(either_caller: Caller, site: Site) -> None:
    content = bytes(range(256)) * 20_000
    attachment = await upload(either_caller, "large.png", PNG, content)
    stored = site.storage.get(attachment["name"])
    assert stored is not None
    assert stored.content == content
    assert len(site.audit.last("storage").body) == 1_000


async def test_too_large_a_file_is_refused_and_old_ones_make_room(caller: Caller, site: Site) -> None:
    site.settings.max_upload_bytes = site.settings.storage_bytes = 100
    first = await upload(caller, "a.png", PNG, b"1" * 80)
    await upload(caller, "b.png", PNG, b"2" * 80)
    put_at, _ = await room(caller)
    assert (await caller.http.put(put_at, content=b"3" * 101, headers={"content-type": PNG})).status_code == 413
    assert (await caller.http.get(first["url"])).status_code == 404


async def test_what_an_action_cannot_do_is_told_in_its_answer(caller: Caller, site: Site) -> None:
    site.settings.upload_types = (PNG,)
    assert result(await act(caller, "generateUploadUrl", "a.exe", "application/x-msdownload"))["success"] is False
    assert result(await act(caller, "generateUploadUrl", "a.png"))["success"] is False
    assert result(await act(caller, "getSignedUrl", "someone/1-a.png"))["error"] == "File not found"
    site.faults.add(Fault("action_failed", calls=("upload-url",), text="Out of room"))
    assert result(await act(caller, "generateUploadUrl", "a.png", PNG)) == {"success": False, "error": "Out of room"}
    assert result(await act(caller, "generateUploadUrl", "a.png", PNG))["success"] is True


async def test_whoever_is_signed_out_may_not_upload(caller: Caller) -> None:
    action = (await action_ids(caller))["generateUploadUrl"]
    caller.http.cookies.clear()
    assert (await act(caller, "generateUploadUrl", "a.png", PNG, action_id=action)).status_code == 401


async def test_a_deployment_makes_known_ids_stale_and_takes_their_script_away(caller: Caller) -> None:
    known = await action_ids(caller)
    chunk = (await caller.http.get("/__simulator__/deployment")).json()["chunk"]
    await caller.http.post("/__simulator__/deployment")
    stale = await act(caller, "generateUploadUrl", "a.png", PNG, action_id=known["generateUploadUrl"])
    assert (stale.status_code, stale.text) == (404, "Server action not found.")
    assert not set((await action_ids(caller)).values()) & set(known.values())
    assert (await caller.http.get(f"/_next/static/chunks/{chunk}")).status_code == 404
    assert (await upload(caller, "a.png", PNG, b"x"))["url"]


async def test_each_step_can_be_made_to_fail_and_no_preflight_uses_that_up(caller: Caller, site: Site) -> None:
    put_at, _ = await room(caller)
    site.faults.add(Fault("status", calls=("storage",), status=503, text="SlowDown"))
    assert (await caller.http.options(put_at, headers=PAGE)).status_code == 204
    slow = await caller.http.put(put_at, content=b"x", headers={"content-type": PNG} | PAGE)
    assert (slow.status_code, slow.headers["access-control-allow-origin"]) == (503, PAGE["origin"])
    assert [each.call for each in site.audit][-3:] == ["upload-url", "storage", "storage"]


@pytest.mark.parametrize("with_host", [True, False])
async def test_served_under_its_own_name_the_storage_is_another_origin(site: Site, *, with_host: bool) -> None:
    hostnames = ("lmarena.ai", STORAGE_HOST) if with_host else ("lmarena.ai",)
    async with (
        site.serving(tls=True, hostnames=hostnames) as running,
        httpx.AsyncClient(base_url=running.url, verify=False) as http,  # noqa: S501 - a made-up authority
    ):
        put_at, _ = await room(await Caller(http, running).open_page())
    assert put_at.startswith(f"https://{STORAGE_HOST}/" if with_host else f"{running.url}/messages-prod/")
