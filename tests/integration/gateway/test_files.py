"""Files are taken as they come, kept, and served so that a browser can't be made to run them."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from arenabridge.app import Running, running_file_host
from arenabridge.settings import Settings
from arenabridge.wire.chat import Attachment
from integration.gateway.conftest import Start

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


async def put(http: httpx.AsyncClient, content: bytes, name: str = "a.png", type_: str = "image/png") -> dict[str, Any]:
    answer = await http.post("/upload", files={"file": (name, content, type_)})
    assert answer.status_code == 200, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


def as_json(content: bytes, name: str = "a.png", type_: str = "image/png", **more: Any) -> dict[str, Any]:
    return {"file_name": name, "file_data": f"data:{type_};base64,{base64.b64encode(content).decode()}", **more}


@pytest.fixture
async def anybody(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without a key."""
    async with httpx.AsyncClient(base_url=running.base_url, timeout=10) as client:
        yield client


async def test_a_form_s_file_comes_back_from_its_address_without_a_key(
    http: httpx.AsyncClient, anybody: httpx.AsyncClient
) -> None:
    kept = await put(http, PNG, "Grüße.png")
    answer = await anybody.get(kept["url"])
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-disposition"].startswith("inline; ")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "immutable" in answer.headers["cache-control"]
    assert (await anybody.get(f"/uploads/{kept['filename']}")).content == PNG


async def test_the_earlier_systems_json_is_taken_with_the_key_in_it(
    running: Running, anybody: httpx.AsyncClient
) -> None:
    answer = await anybody.post("/upload", json=as_json(PNG, api_key=running.first_key))
    assert answer.json()["success"] is True
    assert answer.json()["filename"].endswith(".png")
    assert (await anybody.get(f"/uploads/{answer.json()['filename']}")).content == PNG


async def test_strangers_who_begin_and_fall_silent_hold_up_nobody(running: Running, anybody: httpx.AsyncClient) -> None:
    host, port = running.base_url.removeprefix("http://").split(":")
    silent = [await asyncio.open_connection(host, int(port)) for _ in range(4)]
    for _, writer in silent:
        head = (
            b"POST /upload HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
        )
        writer.write(head)
        await writer.drain()
    answer = await anybody.post("/upload", json=as_json(os.urandom(2**20), api_key=running.first_key))
    assert answer.json()["success"] is True
    for _, writer in silent:
        writer.close()


async def test_several_files_of_one_form_are_kept(http: httpx.AsyncClient) -> None:
    files = [("file", (f"{number}.txt", b"%d" % number, "text/plain")) for number in range(3)]
    kept = (await http.post("/upload", files=files, data={"note": "x"})).json()["files"]
    assert [(await http.get(each["url"])).content for each in kept] == [b"0", b"1", b"2"]


async def test_a_form_may_carry_its_key_before_its_files(running: Running, anybody: httpx.AsyncClient) -> None:
    form: dict[str, Any] = {"data": {"api_key": running.first_key}, "files": {"file": ("a", b"x")}}
    assert (await anybody.post("/upload", **form)).status_code == 200
    assert (await anybody.post("/upload", **{**form, "data": {"api_key": "wrong"}})).status_code == 401


async def test_without_a_key_nothing_is_kept(running: Running, anybody: httpx.AsyncClient) -> None:
    requests: list[dict[str, Any]] = [
        {"json": as_json(PNG)},
        {"files": {"file": ("a", b"x")}},
        {"json": as_json(PNG, api_key="wrong")},
    ]
    for request in requests:
        answer = await anybody.post("/upload", **request)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
    assert (await running.gateway.files.totals()).count == 0


async def test_while_no_key_is_required_no_page_may_fill_the_disk(start: Start) -> None:
    async with start(require_api_key=False) as running, httpx.AsyncClient(base_url=running.base_url) as client:
        form = {"file": ("a", b"x")}
        foreign = await client.post("/upload", files=form, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert (await client.post("/upload", files=form)).status_code == 200


NO_UPLOADS: list[tuple[dict[str, Any], int, str]] = [
    ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "upload_unsupported"),
    ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "invalid_json"),
    ({"json": {}}, 400, "invalid_request"),
    ({"json": {"file_data": "x"}}, 400, "invalid_request"),
    ({"json": {"file_data": "data:image/png,raw"}}, 400, "invalid_request"),
    ({"json": {"file_data": "data:image/png;base64,!!!!"}}, 400, "invalid_request"),
    ({"json": {"file_data": "data:image/png;base64,QUJDR"}}, 400, "invalid_request"),
    ({"data": {"a": "b"}, "files": {}}, 415, "upload_unsupported"),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "invalid_request"),
    ({"content": b"x", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400, "invalid_request"),
    (
        {"content": b"--b--\r\n", "headers": {"content-type": "multipart/form-data; boundary=b"}},
        400,
        "invalid_request",
    ),
    (
        {
            "content": b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nhalf',
            "headers": {"content-type": "multipart/form-data; boundary=b"},
        },
        400,
        "invalid_request",
    ),
    ({"files": [("file", (f"{n}", b"x")) for n in range(17)]}, 400, "invalid_request"),
]


async def test_what_is_no_upload_is_said_to_be_none(http: httpx.AsyncClient) -> None:
    for sent, status, code in NO_UPLOADS:
        answer = await http.post("/upload", **sent)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code), sent


async def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(start: Start, tmp_path: Path) -> None:
    async with start(max_file_bytes=1000) as running:
        headers = {"x-api-key": running.first_key or ""}
        async with httpx.AsyncClient(base_url=running.base_url, headers=headers) as http:
            sent: dict[str, Any]
            for sent in ({"files": {"file": ("a", b"x" * 1001)}}, {"json": as_json(b"x" * 1001)}):
                answer = await http.post("/upload", **sent)
                assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_range_a_tag_and_a_head_are_answered(http: httpx.AsyncClient) -> None:
    url = (await put(http, PNG))["url"]
    part = await http.get(url, headers={"range": "bytes=8-11"})
    assert (part.status_code, part.content) == (206, PNG[8:12])
    assert part.headers["content-range"] == f"bytes 8-11/{len(PNG)}"
    beyond = await http.get(url, headers={"range": "bytes=99999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(PNG)}")
    tag = part.headers["etag"]
    assert (await http.get(url, headers={"if-none-match": tag})).status_code == 304
    other = await http.get(url, headers={"range": "bytes=0-1", "if-range": '"other"'})
    assert (other.status_code, len(other.content)) == (200, len(PNG))
    head = await http.head(url)
    assert (head.content, head.headers["content-length"]) == (b"", str(len(PNG)))


async def test_strangers_who_guess_find_nothing(anybody: httpx.AsyncClient) -> None:
    for path in ["/files/unknown/a.png", "/files/unknown", "/uploads/unknown.png", "/files/..%2f..%2fx"]:
        answer = await anybody.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


async def test_only_the_key_that_brought_a_file_removes_it(http: httpx.AsyncClient, anybody: httpx.AsyncClient) -> None:
    kept = await put(http, PNG)
    assert (await anybody.delete(f"/files/{kept['id']}")).status_code == 401
    assert (await http.delete(f"/files/{kept['id']}")).json()["deleted"] is True
    assert (await anybody.get(kept["url"])).status_code == 404


RUNNABLE = {
    "page.html": (b"<!doctype html><script>1</script>", "text/html", "text/plain; charset=utf-8"),
    "page.png": (b"<html><script>1</script>", "image/png", "text/plain; charset=utf-8"),
    "page.xhtml": (b'<?xml version="1.0"?><html/>', "application/xhtml+xml", "text/plain; charset=utf-8"),
    "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "image/svg+xml"),
    "paper.pdf": (b"%PDF-1.7 /JS", "application/pdf", "application/pdf"),
    "worker.js": (b"alert(1)", "text/javascript", "text/plain; charset=utf-8"),
    "code.wasm": (b"\0asm\1\0\0\0", "application/wasm", "application/octet-stream"),
}


async def test_what_a_browser_could_run_is_saved_and_never_named_as_such(http: httpx.AsyncClient) -> None:
    for name, (content, claimed, served) in RUNNABLE.items():
        answer = await http.get((await put(http, content, name, claimed))["url"])
        assert answer.content == content
        assert (name, answer.headers["content-type"]) == (name, served)
        assert answer.headers["content-disposition"].startswith("attachment; "), name
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


TRICKS = ["../../x.png", "a\0.png", "CON", "a\u202egnp.exe", "x" * 300, 'a"\r\nset-cookie: a=b; "', "a/b\\c.png"]


async def test_a_name_with_tricks_in_it_is_harmless(running: Running, http: httpx.AsyncClient) -> None:
    for name in TRICKS:
        answer = await http.post("/upload", json=as_json(PNG, name))
        got = await http.get(answer.json()["url"])
        assert (got.status_code, got.content) == (200, PNG)
        assert "set-cookie" not in got.headers
        assert len(answer.json()["name"]) <= 120
    folder = running.gateway.settings.data_dir / "files"
    assert all(path.resolve().is_relative_to(folder) for path in folder.rglob("*"))


async def test_a_decompression_bomb_is_only_bytes_to_us(http: httpx.AsyncClient) -> None:
    """A PNG of 50,000 x 50,000 points: its header is read, its points are never drawn."""
    bomb = PNG[:8] + b"\0\0\0\rIHDR" + (50_000).to_bytes(4, "big") * 2 + b"\x08\x06\0\0\0" + b"\0" * 64
    assert (await http.get((await put(http, bomb))["url"])).content == bomb


async def test_many_large_files_at_once_come_back_whole(running: Running, http: httpx.AsyncClient) -> None:
    contents = [os.urandom(2**20) for _ in range(20)]
    kept = await asyncio.gather(*(put(http, content, "a.bin", "application/x-data") for content in contents))
    got = await asyncio.gather(*(http.get(each["url"]) for each in kept))
    assert [answer.content for answer in got] == contents
    assert (await running.gateway.files.totals()).size == 20 * 2**20


async def test_files_outlive_the_gateway(start: Start) -> None:
    async with start() as running:
        headers = {"x-api-key": running.first_key or ""}
        async with httpx.AsyncClient(base_url=running.base_url, headers=headers) as http:
            kept = await put(http, PNG)
    async with start() as running, httpx.AsyncClient(base_url=running.base_url) as http:
        assert (await http.get(f"/files/{kept['id']}/{kept['name']}")).content == PNG


async def test_an_attachment_is_placed_on_our_own_host(start: Start) -> None:
    async with start(file_bed_enabled=True) as running, httpx.AsyncClient() as client:
        bed = running.gateway.file_bed
        assert bed is not None
        address = await bed.place(Attachment("a.png", "image/png", PNG, "digest"), "me")
        assert (await client.get(address)).content == PNG
        assert "public" in (running.warning or "")


async def test_the_host_alone_takes_its_key_and_serves_another_gateway(start: Start, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "alone", port=0)
    async with running_file_host(settings, environment={}) as host, httpx.AsyncClient(base_url=host.base_url) as client:
        assert (await client.get("/")).json()["service"] == "file host"
        assert (await client.post("/upload", json=as_json(PNG, api_key="wrong"))).status_code == 401
        assert (await client.get("/v1/models")).status_code == 404
        bed_settings = {"file_bed_upload_url": f"{host.base_url}/upload", "file_bed_api_key": host.key}
        async with start(file_bed_enabled=True, **bed_settings) as running:
            bed = running.gateway.file_bed
            assert bed is not None
            address = await bed.place(Attachment("a.png", "image/png", PNG, "digest"), "me")
        assert address.startswith(f"{host.base_url}/files/")
        assert (await client.get(address)).content == PNG
