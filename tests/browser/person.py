"""A person at the simulated site's page: uses it with mouse and keyboard, whichever layout it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

    from arenabridge.simulator import Site

Layout = Literal["classic", "studio"]
PASTE = """(box, text) => {
    if (box.localName === 'textarea') {
        Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(box, text);
        box.dispatchEvent(new InputEvent('input', {bubbles: true, inputType: 'insertFromPaste'}));
        return;
    }
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    box.dispatchEvent(new ClipboardEvent('paste', {clipboardData, cancelable: true}));
}"""


@dataclass(frozen=True)
class Person:
    page: Page
    site: Site
    layout: Layout

    async def open(self, address: str = "/?mode=direct") -> None:
        """Loads a page, and waits until it is alive."""
        await self.page.goto(address)
        await self.page.locator("html[data-hydrated]").wait_for()

    @property
    def box(self) -> Locator:
        classic = self.layout == "classic"
        return (
            self.page.locator('textarea[name="text"]') if classic else self.page.get_by_role("textbox", name="Message")
        )

    @property
    def send(self) -> Locator:
        return self._button("Send message", "Send")

    @property
    def stop(self) -> Locator:
        return self._button("Stop generating", "Stop")

    @property
    def new_chat(self) -> Locator:
        if self.layout == "classic":
            return self.page.get_by_role("link", name="New Chat", exact=True)
        return self._button("", "New conversation")

    @property
    def picker(self) -> Locator:
        return self.page.locator('[data-side="a"]').locator("xpath=descendant-or-self::button")

    @property
    def options(self) -> Locator:
        return self.page.locator("div[role=option]" if self.layout == "classic" else "div[role=radio]")

    @property
    def answers(self) -> Locator:
        return self.page.locator(".card.assistant .text")

    @property
    def dialog(self) -> Locator:
        return self.page.locator("[role=dialog], [role=alertdialog]")

    async def say(self, text: str) -> None:
        await self.box.fill(text)
        await self.send.click()

    async def paste(self, text: str) -> None:
        """A long text at once; typing it would be the browser's time, not the page's."""
        await self.box.evaluate(PASTE, text)

    async def search(self, text: str) -> None:
        await self.picker.click()
        await self.page.get_by_placeholder("Search models" if self.layout == "classic" else "Find a model").fill(text)

    async def choose(self, name: str) -> None:
        await self.search(name)
        await self.options.filter(has=self.page.get_by_text(name, exact=True)).click()

    async def switch_to(self, classic: str, studio: str) -> None:
        """Presses one of the modalities, by its name in either layout."""
        role: Literal["button", "tab"] = "button" if self.layout == "classic" else "tab"
        await self.page.get_by_role(role, name=classic if self.layout == "classic" else studio, exact=True).click()

    def _button(self, classic: str, studio: str) -> Locator:
        return self.page.get_by_role("button", name=classic if self.layout == "classic" else studio, exact=True)
