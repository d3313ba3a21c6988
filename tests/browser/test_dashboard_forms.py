"""Forms and questions of the dashboard: what is pressed twice is done once, and nothing that was entered gets lost."""

import asyncio
import base64
import dataclasses
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import ApiKey, KeyForm
from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from arenabridge.worker.browser import launched
from browser.dashboard import Dashboard, add_person, dashboard
from integration.gateway.worker_double import connected

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
LONG = "a-name-without-any-space-in-it-" + "x" * 30


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("forms"), port=0, users_make_keys=False)
    async with running_gateway(settings, environment={}) as running, connected(running):
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plain() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def opened(plain: Browser, running: Running) -> AsyncIterator[Dashboard]:
    async with dashboard(plain, running, viewport={"width": 1280, "height": 900}) as opened:
        yield opened


def keys_named(running: Running, name: str) -> list[ApiKey]:
    return [key for key in running.gateway.accounts.keys.all() if key.name == name]


async def make_key(running: Running, name: str, owner: str | None = None) -> ApiKey:
    return (await asyncio.to_thread(running.gateway.accounts.keys.make, KeyForm(name=name), owner))[0]


async def press_beside(page: Page) -> None:
    await page.mouse.click(5, 5)


async def test_what_is_pressed_twice_is_done_once_and_a_key_stays_until_somebody_has_it(
    opened: Dashboard, running: Running
) -> None:
    page = await opened.go("tokens")
    await page.get_by_role("button", name="New key").click()
    form = page.get_by_role("dialog", name="New key")
    await form.get_by_label("Name").fill("twice")
    await press_beside(page)
    await form.get_by_role("button", name="Make the key").dblclick()
    secret = page.get_by_role("dialog").get_by_text("sk-lmarena-")
    made = await secret.text_content()
    assert len(keys_named(running, "twice")) == 1
    await press_beside(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Manage: twice").click()
    await page.get_by_role("button", name="Rotate").click()
    await page.get_by_role("combobox", name="The old secret is good for").select_option("1 hour")
    rotations: list[str] = []
    page.on("request", lambda request: rotations.append(request.url) if "/rotate" in request.url else None)
    await page.get_by_role("dialog").get_by_role("button", name="Rotate").dblclick()
    await expect(secret).not_to_have_text(made or "")
    assert len(rotations) == 1
    (key,) = keys_named(running, "twice")
    assert key.previous_until is not None
    assert key.previous_until < running.gateway.clock.unix() + 3601


async def test_a_press_that_began_within_closes_nothing(opened: Dashboard) -> None:
    page = await opened.go("models")
    await page.get_by_role("table").get_by_role("button").first.click()
    shown = page.get_by_role("dialog")
    await shown.get_by_text("ID", exact=True).hover()
    await page.mouse.down()
    await page.mouse.move(5, 5)
    await page.mouse.up()
    await expect(shown).to_be_visible()
    await press_beside(page)
    await expect(shown).to_have_count(0)


async def test_a_long_name_leaves_its_buttons_where_they_are(opened: Dashboard, running: Running) -> None:
    await make_key(running, LONG)
    page = await opened.go("tokens")
    button = page.get_by_role("button", name=f"Manage: {LONG}")
    box = await button.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < 1280
    assert await page.evaluate(
        "document.querySelector('.scroll').scrollWidth <= document.querySelector('.scroll').clientWidth"
    )


async def test_what_somebody_else_changed_meanwhile_stays(opened: Dashboard, running: Running) -> None:
    keys, key = running.gateway.accounts.keys, await make_key(running, "shared")
    denied = KeyLimits(denied_models=("gpt-*",))
    page = await opened.go("tokens")
    await page.get_by_role("button", name="Manage: shared").click()
    form = page.get_by_role("dialog", name="shared")
    await form.get_by_role("textbox", name="Notes").fill("mine")
    await asyncio.to_thread(keys.change, key.id, lambda now: dataclasses.replace(KeyForm.of(now), limits=denied))
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("textbox", name="Notes")).to_have_value("mine")
    await form.get_by_role("button", name="Load anew").click()
    await expect(form.get_by_label("Denied models")).to_have_value("gpt-*")
    await form.get_by_role("textbox", name="Notes").fill("mine")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_have_count(0)
    (saved,) = keys_named(running, "shared")
    assert (saved.notes, saved.limits) == ("mine", denied)


async def test_where_administrators_make_keys_others_name_and_tune_theirs(plain: Browser, running: Running) -> None:
    async with dashboard(plain, running, person="ben", role="user") as opened:
        ben = running.gateway.accounts.people.find("ben")
        assert ben is not None
        await make_key(running, "given", ben.id)
        page = await opened.go("tokens")
        await page.get_by_role("button", name="Manage: given").click()
        await expect(page.get_by_label("Requests a day")).to_have_count(0)
        await page.get_by_role("textbox", name="Name").fill("named")
        await page.get_by_role("checkbox", name="Keep what is asked").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("row").filter(has_text="named")).to_be_visible()
        await expect(page.get_by_role("button", name="New key")).to_have_count(0)
        assert keys_named(running, "named")[0].profile.keep_bodies


async def test_somebody_is_limited_gets_a_link_for_a_password_and_is_signed_out_everywhere(
    opened: Dashboard, running: Running
) -> None:
    await add_person(running, "carl", "user")
    carl = running.gateway.accounts.people.find("carl")
    assert carl is not None
    page = await opened.go("users")
    await page.get_by_role("searchbox").fill("CAR")
    await expect(page.get_by_role("row").filter(has_text="admin")).to_have_count(0)
    manage = page.get_by_role("button", name="Manage: carl")
    await manage.click()
    await page.get_by_role("spinbutton", name="Requests a day").fill("7")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("row").filter(has_text="0 of 7 requests today")).to_have_count(1)
    await manage.click()
    await page.get_by_role("button", name="Reset the password").click()
    await expect(page.get_by_role("dialog").get_by_text("/reset?code=")).to_be_visible()
    await page.get_by_role("button", name="Done").click()
    await manage.click()
    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.get_by_role("dialog", name="Sign carl out").get_by_role("button", name="Sign out everywhere").click()
    await expect(page.get_by_text("Signed out everywhere.")).to_be_visible()
    assert await asyncio.to_thread(running.gateway.accounts.sessions.all_of, carl.id) == []
    page = await opened.go("audit")
    act = page.get_by_role("row").filter(has_text="signed a user out everywhere")
    await expect(act).to_have_count(1)
    await page.get_by_role("combobox", name="Who").select_option(label="the command line")
    await expect(page.get_by_text("Nothing matches")).to_be_visible()
    await page.get_by_role("combobox", name="Who").select_option(label="admin")
    await expect(act).to_have_count(1)


async def test_several_files_are_chosen_and_removed_and_a_picture_is_looked_at(
    opened: Dashboard, running: Running
) -> None:
    key = await make_key(running, "painter")
    for number in range(3):
        await running.gateway.files.keep(PICTURE + bytes([number]), "image/png", f"{number}.png", key.id)
    page = await opened.go("files")
    await page.get_by_role("combobox", name="Order").select_option("largest")
    await page.get_by_role("button", name="Look at 1.png").click()
    shown = page.get_by_role("dialog", name="1.png")
    assert await shown.get_by_role("img").evaluate("each => each.decode().then(() => each.naturalWidth)")
    await page.keyboard.press("Escape")
    for name in ("0.png", "2.png"):
        await page.get_by_role("checkbox", name=f"Choose {name}").check()
    await page.get_by_role("button", name="Remove them").click()
    await page.get_by_role("dialog", name="Remove 2 files?").get_by_role("button", name="Remove").click()
    await expect(page.get_by_role("row").filter(has_text=".png")).to_have_count(1)
    await page.get_by_role("button", name="Remove: 1.png").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("Nothing is kept yet")).to_be_visible()
