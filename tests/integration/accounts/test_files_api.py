"""What is kept, as a list: everything for administrators, what came with their own keys for others."""

import asyncio

import httpx

from arenabridge.media.index import StoredFile
from integration.accounts.conftest import Staffed

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


async def kept(staffed: Staffed) -> dict[str, StoredFile]:
    """One of each: from Ben's program, from Ben's playground, and with a key of the gateway itself."""
    store = staffed.running.gateway.files
    ben = await asyncio.to_thread(staffed.running.gateway.accounts.people.find, "Ben")
    assert ben is not None
    bens = (await staffed.key(staffed.ben, name="ben's"))["id"]
    return {
        "program": await store.keep(PNG, "image/png", "<b>cat</b>.png", bens),
        "playground": await store.keep(b"words", "text/plain", "words.txt", f"person:{ben.id}", source="upload"),
        "gateway": await store.keep(PNG + b"x", "image/png", "dog.png", "gateway's"),
    }


async def test_everybody_sees_their_own_files_and_administrators_all(staffed: Staffed) -> None:
    files = await kept(staffed)
    told = (await staffed.ada.get("/api/files")).json()
    assert {each["id"] for each in told["files"]} == {file.id for file in files.values()}
    assert (told["count"], told["size"]) == (3, sum(file.size for file in files.values()))
    own = (await staffed.ben.get("/api/files")).json()
    assert [(each["key_name"], each["owner"], each["source"], each["is_shown"]) for each in own["files"]] == [
        ("playground", "Ben", "upload", True),
        ("ben's", "Ben", "answer", True),
    ]
    assert (own["count"], own["max_size"]) == (2, None)
    assert [(room["name"], room["count"]) for room in own["rooms"]] == [("Ben", 2)]
    assert {(room["name"], room["count"]) for room in told["rooms"]} == {("Ben", 2), (None, 1)}
    refused = (await staffed.ben.get("/api/files", params={"key": "gateway's"})).json()
    assert refused["files"] == []


async def test_files_are_found_by_kind_name_and_page(staffed: Staffed) -> None:
    files = await kept(staffed)

    async def names(**wanted: str) -> list[str]:
        return [each["name"] for each in (await staffed.ada.get("/api/files", params=wanted)).json()["files"]]

    assert await names(kind="pictures") == [files["gateway"].name, files["program"].name]
    assert await names(kind="others") == ["words.txt"]
    assert await names(search="WORD") == ["words.txt"]
    assert await names(search="%") == []
    for sort, order in (("newest", lambda file: file.created_at), ("largest", lambda file: file.size)):
        first = (await staffed.ada.get("/api/files", params={"limit": "2", "sort": sort})).json()
        rest = (
            await staffed.ada.get("/api/files", params={"limit": "2", "sort": sort, "before": first["next"]})
        ).json()
        listed = [each["id"] for each in first["files"] + rest["files"]]
        assert listed == [file.id for file in sorted(files.values(), key=order, reverse=True)]
        assert rest["next"] is None
    assert (await staffed.ada.get("/api/files", params={"before": "nonsense"})).status_code == 400


async def test_a_removed_file_is_gone_and_nobody_removes_what_they_may_not_see(staffed: Staffed) -> None:
    files = await kept(staffed)
    assert (await staffed.ben.delete(f"/api/files/{files['gateway'].id}")).status_code == 404
    for browser, name in ((staffed.ben, "program"), (staffed.ada, "gateway")):
        assert (await browser.get(files[name].path)).status_code == 200
        assert (await browser.delete(f"/api/files/{files[name].id}")).json() == {"id": files[name].id}
        assert (await browser.get(files[name].path)).status_code == 404
    acts = (await staffed.ada.get("/api/audit", params={"action": "file."})).json()["acts"]
    assert [act["target"] for act in acts] == ["dog.png"]
    assert files["gateway"].id not in str(acts)


async def test_several_files_are_removed_at_once_by_id_or_by_key_and_only_what_one_may_see(staffed: Staffed) -> None:
    files = await kept(staffed)

    async def removed(browser: httpx.AsyncClient, **which: str | list[str]) -> int:
        return int((await browser.delete("/api/files", params=which)).json()["count"])

    assert (await staffed.ada.delete("/api/files")).status_code == 400
    every = [file.id for file in files.values()]
    assert await removed(staffed.ben, key="gateway's") == 0
    assert await removed(staffed.ben, id=every, kind="others") == 1
    assert await removed(staffed.ben, id=every) == 1
    assert await removed(staffed.ada, key="gateway's", search="cat") == 0
    assert await removed(staffed.ada, key="gateway's") == 1
    assert (await staffed.ada.get("/api/files")).json()["count"] == 0
    acts = (await staffed.ada.get("/api/audit", params={"action": "files."})).json()["acts"]
    assert [(act["target"], act["detail"]) for act in acts] == [("gateway's", "files: 1")]
