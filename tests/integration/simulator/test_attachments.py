"""Messages with files, and what the site's models make of them and of prompts for pictures."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from arenabridge.simulator.pictures import Drawing, drawing_of, png
from integration.simulator.caller import Caller
from integration.simulator.uploads import PNG, said, upload

if TYPE_CHECKING:
    from arenabridge.simulator import Site

CAT = png(Drawing("a cat"))
DATA_URI = "data:image/png;base64," + base64.b64encode(CAT).decode()


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@pytest.fixture
async def seeing(caller: Caller, site: Site) -> Caller:
    """Asks a model that sees pictures."""
    caller.model = site.catalogue.named("acorn-mini-vision").id
    return caller


async def test_the_answer_proves_what_arrived_in_this_turn_and_in_later_ones(seeing: Caller) -> None:
    picture = await upload(seeing, "my cat.png", PNG, CAT)
    text = await upload(seeing, "a.txt", "text/plain", b"hello")
    reply = await seeing.say("", userMessage=said("SEE<<>>", picture, text))
    cat = {"name": "my cat.png", "contentType": PNG, "size": len(CAT), "sha256": sha(CAT), "prompt": "a cat"}
    note = {"name": "a.txt", "contentType": "text/plain", "size": 5, "sha256": sha(b"hello")}
    assert json.loads(reply.text) == [{"message": 0, **cat}, {"message": 0, **note}]
    assert json.loads((await seeing.go_on("SEE<<>>")).text) == [{"message": 0, **cat}, {"message": 0, **note}]


async def test_an_unmarked_prompt_is_answered_with_what_is_seen(seeing: Caller) -> None:
    picture = await upload(seeing, "cat.png", PNG, CAT)
    reply = await seeing.say("", userMessage=said("What is this?", picture))
    assert reply.text.startswith(f"I can see cat.png (image/png, {len(CAT)} bytes, SHA-256 {sha(CAT)}…).")


async def test_files_that_are_not_the_visitors_own_are_refused(seeing: Caller, site: Site) -> None:
    good = await upload(seeing, "cat.png", PNG, CAT)
    async with httpx.AsyncClient(base_url=seeing.running.url) as http:
        foreign = await upload(await Caller(http, seeing.running).open_page(), "cat.png", PNG, CAT)
    site.settings.storage_seconds = 0
    expired = await upload_url_of(seeing, good)
    bad: list[dict[str, str]] = [
        foreign,
        expired,
        {**good, "url": good["url"].replace("X-Amz-Signature=", "X-Amz-Signature=0")},
        {**good, "url": good["url"].replace("cat.png", "dog.png")},
        {**good, "name": "cat.png"},
        {**good, "url": "https://example.org/cat.png"},
        {**good, "url": DATA_URI},
        {**good, "url": "https://[no address/"},
    ]
    for each in bad:
        assert (await seeing.say("", userMessage=said("SEE<<>>", each))).status == 400
    assert (await seeing.say("", userMessage=said("SEE<<>>", good))).status == 200


async def upload_url_of(caller: Caller, attachment: dict[str, str]) -> dict[str, str]:
    url = caller.running.site.storage.url(caller.running.url, attachment["name"], "GetObject")
    return {**attachment, "url": url}


@pytest.mark.parametrize("version", ["2025-08", "2025-10"])
async def test_until_autumn_2025_a_file_may_be_in_the_body_up_to_its_limit(
    seeing: Caller, site: Site, version: str
) -> None:
    site.settings.changed({"site_version": version})
    path = f"{site.generation.prefix}/stream/create-evaluation"
    body = seeing.old_body("SEE<<>>")
    body["messages"][0]["experimental_attachments"] = [{"name": "c.png", "contentType": PNG, "url": DATA_URI}]
    [seen] = json.loads((await seeing.send(body, path)).text)
    assert (seen["name"], seen["sha256"], seen["prompt"]) == ("c.png", sha(CAT), "a cat")
    large = seeing.old_body("SEE<<>>")
    url = "data:image/png;base64," + "A" * 4_500_000
    large["messages"][0]["experimental_attachments"] = [{"name": "c.png", "contentType": PNG, "url": url}]
    assert (await seeing.send(large, path)).status == 413


async def test_a_retry_with_a_history_of_its_own_brings_its_files(seeing: Caller, site: Site) -> None:
    site.settings.changed({"site_version": "2025-11"})
    body = seeing.create_body("SAY<<x>>")
    await seeing.send(body)
    picture = await upload(seeing, "cat.png", PNG, CAT)
    forged = {"messages": [seeing.listed("user", "SEE<<>>", experimental_attachments=[picture])]}
    path = seeing.retry_path(body["modelAMessageId"])
    assert json.loads((await seeing.send(forged, path, "PUT")).text)[0]["sha256"] == sha(CAT)
    forged["messages"][0]["experimental_attachments"] = [{**picture, "url": DATA_URI}]
    assert (await seeing.send(forged, path, "PUT")).status == 400


@pytest.mark.parametrize(
    ("model", "files", "status"),
    [
        ("keel-2-large", 1, 400),
        ("aurora-3-flash", 2, 200),
        ("easel-1-edit", 0, 400),
        ("easel-1-edit", 1, 200),
        ("easel-1-edit", 2, 400),
        ("thicket-image", 0, 200),
        ("thicket-image", 2, 400),
        ("aurora-3-image (paper-lantern)", 2, 200),
    ],
)
async def test_models_take_the_files_that_they_say_they_take(
    caller: Caller, site: Site, model: str, files: int, status: int
) -> None:
    chosen = site.catalogue.named(model)
    attached = [await upload(caller, f"{at}.png", PNG, CAT) for at in range(files)]
    reply = await caller.say("", userMessage=said("SAY<<x>>", *attached), modelAId=chosen.id, modality=chosen.modality)
    assert reply.status == status


async def test_a_model_without_eyes_may_be_set_to_ignore_files(caller: Caller, site: Site) -> None:
    site.settings.unseen_attachments = "ignore"
    picture = await upload(caller, "cat.png", PNG, CAT)
    assert (await caller.say("", userMessage=said("SEE<<>>", picture))).text == "[]"


async def test_a_battle_with_a_picture_is_between_models_that_see_it(caller: Caller) -> None:
    picture = await upload(caller, "cat.png", PNG, CAT)
    for _ in range(4):
        reply = await caller.send(caller.battle_body("", userMessage=said("SEE<<>>", picture)))
        assert reply.status == 200
        assert [sha(CAT) in "".join(reply.values(f"{side}0:")) for side in "ab"] == [True, True]


async def pictures_of(caller: Caller, model: str, prompt: str, *files: dict[str, str]) -> list[bytes]:
    model_id = caller.running.site.catalogue.named(model).id
    reply = await caller.say("", userMessage=said(prompt, *files), modelAId=model_id, modality="image")
    items: list[Any] = [item for [item] in reply.values("a2:") if item["type"] == "image"]
    return [
        base64.b64decode(item["data"]) if "data" in item else (await caller.http.get(item["image"])).content
        for item in items
    ]


@pytest.mark.parametrize("form", ["url", "data"])
async def test_a_picture_tells_the_prompt_it_was_drawn_of(caller: Caller, site: Site, form: str) -> None:
    site.settings.changed({"image_form": form, "pictures_per_answer": 2})
    prompt = "A harbour at dawn — 港 😀"
    first, second = await pictures_of(caller, "easel-1", prompt)
    assert drawing_of(first) == Drawing(prompt)
    assert drawing_of(second) == Drawing(prompt, number=2)
    assert first != second


async def test_an_edit_tells_the_prompt_and_the_pictures_it_was_made_from(caller: Caller) -> None:
    dog = png(Drawing("a dog"))
    files = [await upload(caller, "cat.png", PNG, CAT), await upload(caller, "dog.png", PNG, dog)]
    [made] = await pictures_of(caller, "aurora-3-image (paper-lantern)", "both, please", *files)
    assert drawing_of(made) == Drawing("both, please", (sha(CAT), sha(dog)))


async def test_a_made_picture_can_be_sent_again_and_is_known(seeing: Caller, site: Site) -> None:
    reply = await seeing.say("DRAW<<a fox>>", modelAId=site.catalogue.named("easel-1").id, modality="image")
    url = reply.values("a2:")[0][0]["image"]
    key = site.storage.key_of(url) or ""
    again = await seeing.say("", userMessage=said("SEE<<>>", {"name": key, "contentType": PNG, "url": url}))
    assert json.loads(again.text)[0]["prompt"] == "a fox"


async def test_heartbeats_come_while_a_picture_is_drawn(caller: Caller, site: Site) -> None:
    site.settings.changed({"heartbeats": 2, "drawing_seconds": 0.01})
    model = site.catalogue.named("easel-1").id
    reply = await caller.say("a cat", modelAId=model, modality="image")
    assert [item["type"] for [item] in reply.values("a2:")] == ["heartbeat", "heartbeat", "image"]


async def test_a_film_is_a_link_to_an_mp4(caller: Caller, site: Site) -> None:
    reply = await caller.say("waves", modelAId=site.catalogue.named("reel-2").id, modality="video")
    [[item]] = reply.values("a2:")
    film = await caller.http.get(item["video"])
    assert (item["mimeType"], film.headers["content-type"]) == ("video/mp4", "video/mp4")
    assert film.content[4:12] == b"ftypisom"
    assert b"waves" in film.content


async def test_the_quota_of_pictures_ends_in_the_429_of_the_captures(caller: Caller, site: Site) -> None:
    site.settings.picture_quota = 1
    model = site.catalogue.named("easel-1").id
    first = await caller.say("a cat", modelAId=model, modality="image")
    refused = await caller.say("a cat", modelAId=model, modality="image")
    assert first.headers["ratelimit"].startswith("limit=1, remaining=0, reset=")
    assert first.headers["ratelimit-policy"] == "1;w=3600"
    assert (refused.status, refused.body) == (429, "Too many requests, please try again later.")
    assert refused.headers["content-type"].startswith("text/plain")
    told = {name: refused.headers[name] for name in ("retry-after", "ratelimit", "ratelimit-policy")}
    assert told == {"retry-after": "0", "ratelimit": "limit=0, remaining=0, reset=0", "ratelimit-policy": "0;w=0"}
    assert refused.headers["ratelimit-modality"] == "image"
    assert 3590 < int(refused.headers["ratelimit-remaining"]) <= 3600
    assert (await caller.say("SAY<<words are free>>")).status == 200
