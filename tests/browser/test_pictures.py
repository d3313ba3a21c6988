"""Pictures in and out, end to end: openai client, gateway, userscript in Chromium, the site, its storage, and back."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Literal

import httpx
import pytest
import pytest_asyncio
from openai import APIStatusError, RateLimitError

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.simulator.faults import Fault
from arenabridge.simulator.pictures import Drawing, drawing_of, png
from arenabridge.simulator.settings import SiteSettings
from browser.bridge import Bridge, bridge
from integration.gateway.worker_double import until

Check = Literal["ignore", "required"]
CAT, DOG = png(Drawing("a cat")), png(Drawing("a dog"))
VISION = "aurora-3-pro"
PAINTER = "aurora-3-image (paper-lantern)"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    async with bridge(tmp_path_factory.mktemp("pictures"), execution="fetch") as whole:
        yield whole


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def one_composer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    site = SiteSettings(check="required")
    async with bridge(tmp_path_factory.mktemp("composer"), site=site, execution="composer") as whole:
        yield whole


def fresh(whole: Bridge, check: Check) -> Bridge:
    deployment = whole.site.settings.deployment
    whole.site.settings.changed(vars(SiteSettings(check=check, deployment=deployment)))
    whole.site.faults.clear()
    whole.site.audit.clear()
    return whole


@pytest.fixture
def bridged(one_bridge: Bridge) -> Bridge:
    return fresh(one_bridge, "ignore")


@pytest_asyncio.fixture(loop_scope="session", params=["fetch", "composer"])
async def either(request: pytest.FixtureRequest, one_bridge: Bridge, one_composer: Bridge) -> Bridge:
    """The law holds both ways."""
    return fresh(one_bridge, "ignore") if request.param == "fetch" else fresh(one_composer, "required")


def picture(content: bytes, name: str = "") -> dict[str, Any]:
    url = f"data:image/png;base64,{base64.b64encode(content).decode()}"
    return {"type": "image_url", "image_url": {"url": url, "detail": name or "auto"}}


def user(text: str, *parts: dict[str, Any]) -> dict[str, Any]:
    return {"role": "user", "content": [{"type": "text", "text": text}, *parts]}


async def said(whole: Bridge, messages: Sequence[Any], model: str = VISION) -> str:
    answer = await whole.openai.chat.completions.create(model=model, messages=list(messages))
    return answer.choices[0].message.content or ""


def uploads(whole: Bridge) -> int:
    return sum(call.method == "PUT" for call in whole.site.audit.calls("storage"))


async def kept(whole: Bridge, markdown: str) -> bytes:
    """The picture that an answer shows."""
    assert markdown.startswith(f"![image]({whole.running.base_url}/files/"), markdown
    answer = await whole.http.get(markdown.partition("](")[2].rstrip(")"))
    assert answer.headers["content-type"] == "image/png"
    return answer.content


async def test_a_model_sees_the_very_picture_that_was_sent(either: Bridge) -> None:
    [seen] = json.loads(await said(either, [user("SEE<<>>", picture(CAT, "cat.png"))]))
    assert {"message": 0, "contentType": "image/png", "size": len(CAT), "prompt": "a cat"}.items() <= seen.items()
    assert seen["name"].endswith("cat.png")
    assert hashlib.sha256(CAT).hexdigest().startswith(seen["sha256"])


async def test_two_pictures_are_edited_into_one(either: Bridge) -> None:
    files = [("cat.png", CAT, "image/png"), ("dog.png", DOG, "image/png")]
    answer = await either.openai.images.edit(image=files, prompt="both in a boat", model=PAINTER)
    assert answer.data is not None
    made = drawing_of(base64.b64decode(answer.data[0].b64_json or ""))
    assert made is not None
    assert made.prompt == "both in a boat"
    assert [
        hashlib.sha256(each).hexdigest().startswith(told) for each, told in zip((CAT, DOG), made.inputs, strict=True)
    ] == [True, True]


async def test_a_picture_is_made_of_its_prompt(either: Bridge) -> None:
    answer = await either.openai.images.generate(prompt="A harbour at dawn — 港", n=2, response_format="b64_json")
    assert answer.data is not None
    made = [drawing_of(base64.b64decode(each.b64_json or "")) for each in answer.data]
    assert [each.prompt if each else "" for each in made] == ["A harbour at dawn — 港"] * 2


async def test_the_same_after_the_site_was_deployed_anew(either: Bridge) -> None:
    either.site.settings.deployment += 1  # an open page knows only the build that it came with
    fish = png(Drawing(f"a fish {either.site.settings.deployment} {either.running.listens_on}"))
    [seen] = json.loads(await said(either, [user("SEE<<>>", picture(fish))]))
    assert hashlib.sha256(fish).hexdigest().startswith(seen["sha256"])
    answer = await either.openai.images.generate(prompt="A cat")
    assert answer.data


@pytest.mark.parametrize("form", ["short", "rerender"])
async def test_a_picture_that_was_sent_is_not_uploaded_again(
    bridged: Bridge, form: Literal["short", "rerender"]
) -> None:
    bridged.site.settings.action_form = form
    bird = png(Drawing(f"a bird {form}"))
    first = [user("SEE<<>>", picture(bird))]
    answer = await said(bridged, first)
    assert uploads(bridged) == 1
    turns = [*first, {"role": "assistant", "content": answer}, user("SEE<<>> again", picture(bird))]
    assert [each["prompt"] for each in json.loads(await said(bridged, turns))] == [f"a bird {form}"] * 2
    assert uploads(bridged) == 1


async def test_a_picture_of_an_answer_can_be_asked_about(bridged: Bridge) -> None:
    ask = {"role": "user", "content": "A lighthouse"}
    shown = await said(bridged, [ask], PAINTER)
    made = drawing_of(await kept(bridged, shown))
    assert made is not None
    assert made.prompt == "A lighthouse"
    turns = [ask, {"role": "assistant", "content": shown}, {"role": "user", "content": "SEE<<>>"}]
    [seen] = json.loads(await said(bridged, turns))
    assert seen["prompt"] == "A lighthouse"


async def test_a_chat_with_a_painter_goes_on_where_it_was(bridged: Bridge) -> None:
    ask = {"role": "user", "content": "A mill"}
    shown = await said(bridged, [ask], PAINTER)
    turns = [ask, {"role": "assistant", "content": shown}, {"role": "user", "content": "at night"}]
    made = drawing_of(await kept(bridged, await said(bridged, turns, PAINTER)))
    assert made is not None
    assert made.prompt == "at night"
    assert "post-to-evaluation" in bridged.site.audit.last().path


async def test_both_of_a_battle_draw_and_a_film_is_a_link(bridged: Bridge) -> None:
    answer = await bridged.openai.chat.completions.create(
        model="battle", messages=[{"role": "user", "content": "DRAW<<one>>DRAW<<two>>FILM<<three>>"}]
    )
    assert len(answer.choices) == 2
    for choice in answer.choices:
        content = choice.message.content or ""
        one, two, film = (each.partition(")")[0] for each in content.split("](")[1:])
        assert content == f"![image]({one})![image]({two})[video]({film})"
        drawn = [drawing_of((await bridged.http.get(each)).content) for each in (one, two)]
        assert [each.prompt if each else "" for each in drawn] == ["one", "two"]
        assert (await bridged.http.get(film)).headers["content-type"] == "video/mp4"


async def test_the_site_s_limit_of_pictures_and_its_refusal_of_a_large_file_are_told(bridged: Bridge) -> None:
    bridged.site.settings.picture_quota = 1
    await bridged.openai.images.generate(prompt="A cat", model="easel-1")
    with pytest.raises(RateLimitError) as limited:
        await bridged.openai.images.generate(prompt="A cat", model="easel-1")
    assert limited.value.code == "upstream_rate_limited"
    assert int(limited.value.response.headers["retry-after"]) > 3000
    bridged.site.settings.max_upload_bytes = 50
    with pytest.raises(APIStatusError) as refused:
        await said(bridged, [user("SEE<<>>", picture(png(Drawing("too large"))))])
    assert refused.value.code == "upload_failed"
    assert "413" in refused.value.message


async def test_a_client_that_goes_during_an_upload_leaves_nothing_behind(bridged: Bridge) -> None:
    bridged.site.faults.add(Fault("hang_before_head", calls=("storage",)))
    asking = asyncio.create_task(said(bridged, [user("SEE<<>>", picture(png(Drawing("never"))))]))
    hub = bridged.running.gateway.hub
    await until(lambda: uploads(bridged))
    asking.cancel()
    await until(lambda: not len(hub.errands) and not hub.under_way)
    bridged.site.faults.clear()
    assert await bridged.say("SAY<<still here>>") == "still here"


PAGE = """<!doctype html><meta charset="utf-8"><title>A chat page</title><img alt=""><script>
async function make(base, key, prompt) {
  const answer = await fetch(base + '/v1/images/generations', {
    method: 'POST',
    headers: {authorization: 'Bearer ' + key, 'content-type': 'application/json'},
    body: JSON.stringify({prompt, response_format: 'url'}),
  });
  const image = document.querySelector('img');
  image.src = (await answer.json()).data[0].url;
  await image.decode();
  const content = await (await fetch(image.src)).arrayBuffer();
  return [image.naturalWidth, btoa(String.fromCharCode(...new Uint8Array(content)))];
}
</script>"""


class ChatPage(BaseHTTPRequestHandler):
    """A page of another origin."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is to be told."""


@pytest.fixture
def chat_page() -> Any:
    server = ThreadingHTTPServer(("127.0.0.1", 0), ChatPage)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


async def test_a_web_page_of_another_origin_has_a_picture_made_and_shows_it(bridged: Bridge, chat_page: str) -> None:
    page = await bridged.browser.new_page()
    try:
        await page.goto(chat_page)
        asked = [bridged.running.base_url, bridged.openai.api_key, "A page's picture"]
        width, content = await page.evaluate("([base, key, prompt]) => make(base, key, prompt)", asked)
    finally:
        await page.close()
    made = drawing_of(base64.b64decode(content))
    assert made is not None
    assert (width, made.prompt) == (64, "A page's picture")


async def test_a_picture_is_still_there_when_the_gateway_starts_again(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        shown = await said(whole, [{"role": "user", "content": "A week"}], PAINTER)
        path = shown.partition("](")[2].rstrip(")").removeprefix(whole.running.base_url)
    settings = Settings(data_dir=tmp_path, port=0)
    async with running_gateway(settings, environment={}) as again, httpx.AsyncClient() as anybody:
        made = drawing_of((await anybody.get(again.base_url + path)).content)
        assert made is not None
        assert made.prompt == "A week"
