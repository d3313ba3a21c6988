"""Files at the simulated site's page in a real Chromium: its storage is another origin, as the real one's is."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from arenabridge.simulator import STORAGE_HOST, Fault
from arenabridge.simulator.pictures import Drawing, png
from browser.composing import LAYOUTS
from browser.person import Layout, Person
from browser.scripted_site import HOSTNAMES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, FilePayload, Locator

    from browser.composing import Arena

CAT: FilePayload = {"name": "cat.png", "mimeType": "image/png", "buffer": png(Drawing("a cat"))}
DOG: FilePayload = {"name": "dog.png", "mimeType": "image/png", "buffer": png(Drawing("a dog"))}
TRANSFER = """(box, [kind, name, type, content]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(content), (each) => each.charCodeAt(0))], name, {type}));
    const options = {bubbles: true, cancelable: true};
    box.dispatchEvent(kind === 'paste'
        ? new ClipboardEvent('paste', {...options, clipboardData: transfer})
        : new DragEvent('drop', {...options, dataTransfer: transfer}));
}"""


async def person_at(visitor: Browser, arena: Arena, layout: Layout) -> AsyncIterator[Person]:
    """Errors in the page and violated policies fail the test."""
    problems: list[str] = []
    arena.settings.changed({"layout": layout, "csp": "enforced"})
    arena.site.storage.clear()
    context = await visitor.new_context(base_url=f"https://{HOSTNAMES[0]}")
    context.set_default_timeout(30_000)
    page = await context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Policy" in message.text else None)
    yield Person(page, arena.site, layout)
    await context.close()
    arena.site.demands.withdraw()
    arena.site.faults.clear()
    assert not problems


@pytest_asyncio.fixture(loop_scope="session", params=LAYOUTS)
async def person(visitor: Browser, arena: Arena, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    """The law holds in both layouts; the model that is chosen at first sees pictures."""
    async for one in person_at(visitor, arena, request.param):
        yield one


@pytest_asyncio.fixture(loop_scope="session")
async def classic(visitor: Browser, arena: Arena) -> AsyncIterator[Person]:
    async for one in person_at(visitor, arena, "classic"):
        yield one


async def attach(person: Person, *files: FilePayload) -> None:
    """By the page's own control, as a person does."""
    async with person.page.expect_file_chooser() as chosen:
        if person.layout == "classic":
            await person.page.get_by_role("button", name="Add files").click()
        else:
            await person.page.get_by_role("button", name="Attach").click()
            await person.page.get_by_role("menuitem").click()
    await (await chosen.value).set_files(list(files))


def previews(person: Person) -> Locator:
    return person.page.locator(".preview")


def notice(person: Person) -> Locator:
    return person.page.locator("[data-sonner-toast]")


async def test_an_attached_picture_goes_to_the_storage_and_the_answer_names_it(person: Person) -> None:
    await person.open()
    await attach(person, CAT, DOG)
    await expect(previews(person)).to_have_count(2)
    await person.say("SEE<<>>")
    await expect(person.answers).to_contain_text("a dog")
    seen = json.loads(await person.answers.inner_text())
    assert [(each["name"], each["prompt"]) for each in seen] == [("cat.png", "a cat"), ("dog.png", "a dog")]
    await expect(previews(person)).to_have_count(0)
    await expect(person.page.locator(".card.user img")).to_have_count(2)
    await expect(person.page.locator(".card.user img").first).to_have_js_property("naturalWidth", 64)
    assert {each.host for each in person.site.audit.calls("storage")} == {STORAGE_HOST}


@pytest.mark.parametrize("kind", ["paste", "drop"])
async def test_a_picture_can_be_pasted_and_dropped(person: Person, kind: str) -> None:
    await person.open()
    await person.box.evaluate(TRANSFER, [kind, "cat.png", "image/png", base64.b64encode(CAT["buffer"]).decode()])
    await expect(previews(person)).to_have_count(1)
    await person.say("SEE<<>>")
    await expect(person.answers).to_contain_text("a cat")


async def test_nothing_is_sent_while_a_file_is_on_its_way_and_a_removed_one_stays_here(person: Person) -> None:
    person.site.faults.add(Fault("hang_before_head", calls=("upload-url",)))
    await person.open()
    await attach(person, CAT)
    busy = person.page.locator('[aria-busy="true"], [role="progressbar"]')
    await expect(busy).to_have_count(1)
    await person.box.fill("SEE<<>>")
    await expect(person.send).to_be_disabled()
    await previews(person).get_by_role("button", name="Remove").click()
    await person.send.click()
    await expect(person.answers).to_have_text("[]")


async def test_an_upload_that_fails_is_told_and_leaves_nothing(person: Person) -> None:
    person.site.faults.add(Fault("status", calls=("storage",), status=503, text="SlowDown"))
    await person.open()
    await attach(person, CAT)
    await expect(notice(person)).to_have_text("Failed to upload cat.png. 503")
    await expect(previews(person)).to_have_count(0)


async def test_an_open_page_cannot_upload_after_a_deployment_until_it_is_loaded_again(classic: Person) -> None:
    await classic.open()
    classic.site.settings.deployment += 1
    await attach(classic, CAT)
    await expect(notice(classic)).to_contain_text("Server action not found.")
    await classic.open()
    classic.site.settings.action_form = "rerender"
    await attach(classic, CAT)
    await classic.say("SEE<<>>")
    await expect(classic.answers).to_contain_text("a cat")


async def test_the_first_file_waits_for_the_person_to_agree(person: Person) -> None:
    person.site.demands.make("upload_terms")
    await person.open()
    await attach(person, CAT)
    agree = person.dialog.get_by_role("button", name="Agree")
    await agree.evaluate("(button) => button.click()")
    await expect(previews(person)).to_have_count(0)
    await agree.click()
    await expect(previews(person)).to_have_count(1)
    await person.page.reload()
    await attach(person, CAT)
    await expect(previews(person)).to_have_count(1)
    await expect(person.dialog).to_have_count(0)


async def test_the_control_follows_what_the_model_takes(person: Person) -> None:
    await person.open()
    control = person.page.get_by_role("button", name="Add files" if person.layout == "classic" else "Attach")
    await person.choose("keel-2-large")
    await expect(control).to_be_disabled()
    await person.switch_to("Image", "Image")
    await person.choose("easel-1-edit")
    await person.box.fill("a hat on it")
    await expect(person.send).to_be_disabled()
    await attach(person, CAT)
    await person.send.click()
    await expect(person.page.locator(".card.assistant img")).to_have_js_property("naturalWidth", 64)
    assert person.site.audit.last().json["modality"] == "image"
