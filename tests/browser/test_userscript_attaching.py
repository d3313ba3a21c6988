"""Files that the tab holds go onto the page's message by its own control: all of them, or nothing is sent."""

import asyncio
import hashlib
import json
import re
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Route, expect

from arenabridge.wire.arena.composer import RECIPE, SIGNS
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.composition import Attach, Composition, Fill, Send
from arenabridge.wire.link.messages import Accept, End, Failed, Refuse
from arenabridge.wire.step import HoldFile
from browser.composing import LAYOUTS, Arena, said
from browser.conftest import OpenComposer, OpenTab
from browser.link_double import DoubledWorker, LinkDouble, Told
from browser.person import Layout
from browser.scripted_site import Answer, ScriptedSite

CAT, DOG = b"\x89PNG cat" * 9_000, b"\xff\xd8 dog" * 9_000


async def hold(worker: DoubledWorker, job: str, name: str, content: bytes, type_: str = "image/png") -> str:
    """The errand under which the tab has the file now."""
    errand = f"file {name}"
    step = HoldFile(job=job, name=name, media_type=type_, size=len(content))
    assert isinstance((await worker.errand(errand, step, content)).ending, End)
    return errand


def seeing(arena: Arena) -> SiteModel:
    """A model that takes pictures, as many as one likes."""
    names = [each.public_name for each in arena.site.catalogue if each.organization and each.modality == "chat"]
    return arena.model(at=names.index("aurora-3-flash"))


def composition(arena: Arena, text: str, *files: str) -> Composition:
    plain = arena.composition(text, seeing(arena))
    return replace(plain, actions=(*plain.actions[:-2], Attach("attach_input", files), *plain.actions[-2:]))


def seen(told: Told) -> list[tuple[str, str, str]]:
    files: list[dict[str, Any]] = json.loads(said(told))
    return [(each["name"], each["contentType"], each["sha256"]) for each in files]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def failure(told: Told) -> tuple[str, bool]:
    assert isinstance(told.ending, Failed), told
    return told.ending.kind, told.ending.started


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_the_model_sees_the_files_in_their_order(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    async with composer(double.url):
        worker = await double.worker()
        files = [await hold(worker, "j1", "my cat.png", CAT), await hold(worker, "j1", "dog.jpg", DOG, "image/jpeg")]
        told = await worker.compose("j1", composition(arena, "SEE<<>>", *files))
        assert seen(told) == [("my cat.png", "image/png", digest(CAT)), ("dog.jpg", "image/jpeg", digest(DOG))]
        assert said(await worker.compose("j2", arena.composition("SAY<<plain>>"))) == "plain"
    assert arena.site.audit.calls()[-1].json["userMessage"]["experimental_attachments"] == []


async def test_a_file_is_there_for_its_job_alone(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    async with composer(double.url):
        worker = await double.worker()
        file = await hold(worker, "j1", "cat.png", CAT)
        assert isinstance((await worker.compose("j1", composition(arena, "Hi", file))).ending, End)
        assert failure(await worker.compose("j2", composition(arena, "Hi", file))) == ("files_missing", False)
        other = await hold(worker, "j3", "cat.png", CAT)
        await worker.cancel("j3")
        assert failure(await worker.compose("j4", composition(arena, "Hi", other))) == ("files_missing", False)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_a_job_that_ends_before_its_press_leaves_no_file_behind(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    arena.settings.max_prompt_characters = 10  # so that the job ends with a Send that is never enabled
    async with composer(double.url):
        worker = await double.worker()
        files = [await hold(worker, "j1", name, CAT) for name in ("cat.png", "cat too.png")]
        told = await worker.compose("j1", composition(arena, "longer than that", *files))
        assert failure(told) == ("text_refused", False)
        arena.settings.max_prompt_characters = 100_000
        assert isinstance(await worker.offer("j2", "composer"), Accept)


@pytest.mark.parametrize("layout", LAYOUTS)
async def test_nothing_is_sent_while_a_file_is_on_its_way(
    composer: OpenComposer, arena: Arena, double: LinkDouble, layout: Layout
) -> None:
    arena.settings.layout = layout
    on_its_way = asyncio.Event()

    async def stop(_: Route) -> None:
        on_its_way.set()

    async with composer(double.url) as page:
        await page.route(re.compile("PutObject"), stop)
        worker = await double.worker()
        file = await hold(worker, "j1", "cat.png", CAT)
        await worker.go("j1", composition(arena, "Hi", file))
        await on_its_way.wait()
        await worker.settled()
        await worker.cancel("j1")
        assert failure(await worker.answer("j1")) == ("cancelled", False)
        await expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        assert isinstance(await worker.offer("j2", "composer"), Accept)
        await page.unroute_all(behavior="ignoreErrors")
    assert arena.site.audit.calls() == []


async def test_a_file_that_the_page_does_not_take_fails_the_job(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    arena.patience["element_seconds"] = 1.0
    async with composer(double.url):
        worker = await double.worker()
        file = await hold(worker, "j1", "a.bin", CAT, "application/octet-stream")
        assert failure(await worker.compose("j1", composition(arena, "Hi", file))) == ("element_missing", False)
    assert arena.site.audit.calls() == []


async def test_the_persons_own_files_are_left_alone(composer: OpenComposer, arena: Arena, double: LinkDouble) -> None:
    double.signs = SIGNS
    async with composer(double.url) as page:
        worker = await double.worker()
        await page.locator("html[data-hydrated]").wait_for()
        picture = {"name": "own.png", "mimeType": "image/png", "buffer": CAT}
        await page.locator("input[type=file]").set_input_files(picture)  # type: ignore[arg-type] # a TypedDict of its own
        await expect(page.get_by_role("button", name="Remove file")).to_be_visible()
        refused = await worker.offer("j1", "composer")
        assert isinstance(refused, Refuse)
        assert "file" in refused.why
        await page.get_by_role("button", name="Remove file").click()
        assert isinstance(await worker.offer("j1", "composer"), Accept)
    assert arena.site.audit.calls() == []


async def test_terms_of_upload_are_the_persons_to_accept(
    composer: OpenComposer, arena: Arena, double: LinkDouble
) -> None:
    double.signs = SIGNS
    arena.site.demands.make("upload_terms")
    async with composer(double.url) as page:
        worker = await double.worker()
        file = await hold(worker, "j1", "cat.png", CAT)
        assert failure(await worker.compose("j1", composition(arena, "Hi", file))) == ("needs_human", False)
        await page.get_by_role("button", name="Agree").click()
        file = await hold(worker, "j2", "dog.png", DOG)
        async with asyncio.timeout(30):  # the page goes on with the first file as soon as it may
            while not isinstance(await worker.offer("j2", "composer"), Accept):
                pass
        await worker.go("j2", composition(arena, "SEE<<>>", file))
        assert seen(await worker.answer("j2")) == [("dog.png", "image/png", digest(DOG))]


FORM = """<!doctype html><html lang="en"><title>The site</title><link rel="icon" href="data:,"><main><form>
<ul></ul><textarea name="text"></textarea><button aria-label="Send">Send</button></form></main><script>
const form = document.querySelector('form');
const files = [];
function take(given, several = true) {{
  for (const file of several ? given : [...given].slice(0, 1)) {{
    files.push(file.name);
    const item = document.createElement('li');
    const remove = document.createElement('button');
    remove.setAttribute('aria-label', 'Remove');
    remove.textContent = 'x';
    item.append(remove);
    form.querySelector('ul').append(item);
  }}
}}
{taking}
form.addEventListener('submit', (event) => {{
  event.preventDefault();
  const sent = {sent};
  form.querySelector('ul').replaceChildren();
  const body = JSON.stringify({{ modelAId: 'm', userMessage: {{ content: '', experimental_attachments: sent }} }});
  fetch('/nextjs-api/stream/create-evaluation', {{ method: 'POST', body }});
}});
</script>"""
ONE_BY_ONE = """
const input = Object.assign(document.createElement('input'), { type: 'file', hidden: true });
input.addEventListener('change', () => take(input.files));
form.append(input);
"""
DROPPED = """
form.addEventListener('dragover', (event) => event.preventDefault());
form.addEventListener('drop', (event) => { event.preventDefault(); take(event.dataTransfer.files); });
"""
PASTED = """
form.querySelector('textarea').addEventListener('paste', (event) => {
  event.preventDefault();
  take(event.clipboardData.files);
});
"""
BEHIND_A_BUTTON = """
const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Attach files' });
button.addEventListener('click', () => {
  const input = Object.assign(document.createElement('input'), { type: 'file', multiple: true, hidden: true });
  input.addEventListener('change', () => { input.remove(); take(input.files); });
  document.body.append(input);
});
form.append(button);
"""
SLOWLY = """
form.addEventListener('drop', (event) => {
  event.preventDefault();
  take(event.dataTransfer.files);
  for (const item of form.querySelectorAll('li')) {
    item.ariaBusy = 'true';
    setTimeout(() => (item.ariaBusy = null), 500);
  }
});
"""
STREAM = "/nextjs-api/stream/create-evaluation"


def on_form(*files: str) -> Composition:
    actions = (Attach("attach_input", files), Fill("message_box", "Hi"), Send("send"))
    return Composition(recipe=replace(RECIPE, element_seconds=1.0), actions=actions, model="m")


async def composed(tab: OpenTab, site: ScriptedSite, double: LinkDouble, taking: str, sent: str = "files") -> Told:
    """A job with two files in a page of this kind."""
    page = FORM.format(taking=taking, sent=sent)
    site.answers["GET /"] = Answer([page.encode()], content_type="text/html")
    site.answers[STREAM] = Answer()
    async with tab(double.url):
        worker = await double.worker()
        files = [await hold(worker, "j1", name, CAT) for name in ("a.png", "b.png")]
        return await worker.compose("j1", on_form(*files))


@pytest.mark.parametrize("taking", [ONE_BY_ONE, DROPPED, PASTED, BEHIND_A_BUTTON])
async def test_pages_take_files_in_different_ways(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble, taking: str
) -> None:
    assert isinstance((await composed(tab, site, double, taking)).ending, End)
    (call,) = site.asked(STREAM)
    assert json.loads(call.body)["userMessage"]["experimental_attachments"] == ["a.png", "b.png"]


async def test_a_page_that_is_not_ready_is_waited_for(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    ready = "files.filter((_, at) => !form.querySelectorAll('li')[at].ariaBusy)"
    assert isinstance((await composed(tab, site, double, SLOWLY, sent=ready)).ending, End)


async def test_a_page_that_sends_fewer_files_fails_the_job(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    told = await composed(tab, site, double, DROPPED, sent="files.slice(1)")
    assert failure(told) == ("files_missing", True)
