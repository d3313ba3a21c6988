"""The badge says how things stand and, where a person is needed, what to do."""

import pytest
from playwright.async_api import Locator, Page, expect

from arenabridge.wire.link.messages import RefusedLink
from arenabridge.wire.step import Step
from browser.conftest import OpenTab
from browser.link_double import LinkDouble
from browser.scripted_site import Answer, ScriptedSite

STREAM = "/api/stream/x"


def badge(page: Page) -> Locator:
    return page.locator("arena-bridge-badge")


async def says(page: Page, state: str, reason: str, words: str) -> None:
    await expect(badge(page)).to_have_attribute("data-state", state)
    await expect(badge(page)).to_have_attribute("data-reason", reason)
    assert words in (await badge(page).get_attribute("data-text") or "")


async def test_it_counts_what_is_running(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer(held=True)
    async with tab(double.url) as page:
        worker = await double.worker()
        await expect(badge(page)).to_have_attribute("data-text", "ready, 0 of 8 running")
        await worker.go("j1", Step(method="POST", path=STREAM))
        await expect(badge(page)).to_have_attribute("data-text", "ready, 1 of 8 running")
        await worker.cancel("j1")
        await expect(badge(page)).to_have_attribute("data-text", "ready, 0 of 8 running")


async def test_it_names_the_policy_of_a_page_that_forbids_the_link(
    tab: OpenTab, site: ScriptedSite, double: LinkDouble
) -> None:
    site.page_headers["content-security-policy"] = "connect-src 'self'"
    async with tab(double.url) as page:
        await says(page, "blocked", "csp", "security policy")


async def test_a_policy_that_only_reports_forbids_nothing(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.page_headers["content-security-policy-report-only"] = "connect-src 'self'"
    async with tab(double.url) as page:
        await double.worker()
        await says(page, "ready", "", "ready")


async def test_it_works_under_the_strictest_policy(tab: OpenTab, site: ScriptedSite, double: LinkDouble) -> None:
    site.answers[STREAM] = Answer()
    site.page_headers["content-security-policy"] = (
        f"default-src 'none'; connect-src 'self' {double.url}; require-trusted-types-for 'script'; trusted-types 'none'"
    )
    async with tab(double.url) as page:
        worker = await double.worker()
        await says(page, "ready", "", "ready")
        box = await badge(page).bounding_box()
        await worker.go("j1", Step(method="POST", path=STREAM))
        assert (await worker.answer("j1")).text
    assert box is not None
    assert 100 < box["width"] < 330, "the style sheet did not apply"


async def test_it_says_how_to_undo_a_denied_permission(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url, permissions=()) as page:
        await says(page, "blocked", "permission_denied", "icon left of the address")
        assert double.hellos == []
        await page.context.grant_permissions(["local-network-access"])
        await double.worker()
        await says(page, "ready", "", "ready")


async def test_it_says_that_another_machine_needs_a_secure_address(tab: OpenTab) -> None:
    async with tab("ws://gateway.example:5102/ws") as page:
        await says(page, "blocked", "mixed_content", "wss://")


async def test_it_repeats_the_gateways_words_of_refusal(tab: OpenTab, double: LinkDouble) -> None:
    double.refusal = RefusedLink("wrong_secret", "Install the script again.", permanent=True)
    async with tab(double.url) as page:
        await says(page, "blocked", "wrong_secret", "Install the script again.")


@pytest.mark.parametrize("code", ["wrong_secret", "old_script", "old_protocol"])
async def test_it_has_words_of_its_own_for_a_refusal_without_any(tab: OpenTab, double: LinkDouble, code: str) -> None:
    double.refusal = RefusedLink(code, "", permanent=True)
    async with tab(double.url) as page:
        await says(page, "blocked", code, "again from the gateway")


async def test_a_passing_refusal_is_tried_again_soon(tab: OpenTab, double: LinkDouble) -> None:
    double.refusal = RefusedLink("shutting_down", "One moment.", permanent=False)
    async with tab(double.url) as page:
        await says(page, "blocked", "shutting_down", "One moment.")
        double.refusal = None
        await double.worker()
        await says(page, "ready", "", "ready")


async def test_a_person_need_not_wait_for_the_next_try(tab: OpenTab, double: LinkDouble) -> None:
    double.refusal = RefusedLink("wrong_secret", "", permanent=True)
    async with tab(double.url) as page:
        await says(page, "blocked", "wrong_secret", "secret")
        double.refusal = None
        box = await badge(page).bounding_box()
        assert box is not None
        await badge(page).click(position={"x": 60, "y": box["height"] - 24})
        await says(page, "ready", "", "ready")


async def test_it_waits_for_a_gateway_that_is_not_there_yet(tab: OpenTab, double: LinkDouble) -> None:
    await double.stop()
    async with tab(double.url) as page:
        await says(page, "down", "down", "not reachable")
        await double.start()
        await double.worker()
        await says(page, "ready", "", "ready")


async def test_it_comes_back_when_the_page_throws_it_out(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        await double.worker()
        await badge(page).evaluate("(element) => element.remove()")
        await says(page, "ready", "", "ready")


async def test_a_click_folds_it_and_a_reload_remembers(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        await says(page, "ready", "", "ready")
        await badge(page).click(position={"x": 20, "y": 15})
        await expect(badge(page)).to_have_attribute("data-folded", "")
        await page.reload()
        await says(page, "ready", "", "ready")
        await expect(badge(page)).to_have_attribute("data-folded", "")


async def test_a_folded_badge_unfolds_when_the_person_is_needed(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        await says(page, "ready", "", "ready")
        await badge(page).click(position={"x": 20, "y": 15})
        double.refusal = RefusedLink("wrong_secret", "", permanent=True)
        await page.reload()
        await says(page, "blocked", "wrong_secret", "secret")
        await expect(badge(page)).not_to_have_attribute("data-folded", "")


async def test_it_leaves_the_title_alone(tab: OpenTab, double: LinkDouble) -> None:
    async with tab(double.url) as page:
        await says(page, "ready", "", "ready")
        assert await page.title() == "The site"
