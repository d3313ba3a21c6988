"""The ways in, as a person uses them: in Chromium, without JavaScript; axe looks at the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.async_api import Browser, Page, expect

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings

PASSWORD = "correct horse battery"


@asynccontextmanager
async def page_of(chromium: Browser, *, javascript: bool = False, scheme: str = "light") -> AsyncIterator[Page]:
    context = await chromium.new_context(
        java_script_enabled=javascript, color_scheme="dark" if scheme == "dark" else "light"
    )
    try:
        yield await context.new_page()
    finally:
        await context.close()


@asynccontextmanager
async def gateway(folder: Path) -> AsyncIterator[Running]:
    async with running_gateway(Settings(data_dir=folder, port=0), environment={}) as running:
        yield running


async def sign_up(page: Page, name: str, button: str) -> None:
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("The same again").fill(PASSWORD)
    await page.get_by_role("button", name=button).click()


async def test_a_person_sets_up_signs_out_and_in_and_another_joins(chromium: Browser, tmp_path: Path) -> None:
    async with gateway(tmp_path) as running, page_of(chromium) as page:
        await page.goto(running.set_up_address or "")
        await sign_up(page, "Ada", "Set up")
        assert page.url.startswith(f"{running.base_url}/dashboard")
        await page.context.clear_cookies()
        await page.goto(f"{running.base_url}/sign-in?next=/help")
        await page.get_by_label("Name or e-mail address").fill("Ada")
        await page.get_by_label("Password").fill("a wrong one")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in").click()
        assert page.url == f"{running.base_url}/help"
        _, code = running.gateway.accounts.invitations.create("user", note="", created_by="Ada")
        async with page_of(chromium) as other:
            await other.goto(f"{running.base_url}/join?code={code}")
            await sign_up(other, "<b>Ben</b>", "Join")
            assert other.url.startswith(f"{running.base_url}/dashboard")
        assert [user.name for user in running.gateway.accounts.people.all()] == ["Ada", "<b>Ben</b>"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_these_pages(chromium: Browser, tmp_path: Path, scheme: str) -> None:
    async with gateway(tmp_path) as running, page_of(chromium, javascript=True, scheme=scheme) as page:
        for address in (running.set_up_address or "", f"{running.base_url}/setup?code=guessed"):
            await found_nothing(page, address)
        running.gateway.accounts.people.add("Ada", None, "admin", "no hash")
        await found_nothing(page, f"{running.base_url}/sign-in")


async def found_nothing(page: Page, address: str) -> None:
    await page.goto(address)
    found = await Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
