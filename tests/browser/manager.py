"""
A stand-in of a userscript manager: a real extension of the browser, whose requests no page's policy binds.

The script itself runs in the page's world, as with a manager that puts it there; what such a manager gives its scripts
is `manager_extension/page.js`.
"""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.async_api import BrowserContext, async_playwright

from arenabridge.worker.browser import find_browser, quiet_arguments

EXTENSION = Path(__file__).parent / "manager_extension"

Manager = Literal["Tampermonkey", "Violentmonkey"]
"""Whose way of giving answers is followed: as a stream, or all the text so far in every event."""


def under_manager(script: str, manager: Manager = "Tampermonkey") -> str:
    """The script with what the manager gives it."""
    given = (EXTENSION / "page.js").read_text("utf-8").replace("HANDLER", json.dumps(manager))
    return f"{given}\n{script}"


@asynccontextmanager
async def browser_with_manager(arguments: Sequence[str]) -> AsyncIterator[BrowserContext]:
    """A browser with the extension in its only profile; scripts are put into its tabs by the caller."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                profile,
                executable_path=find_browser(),
                headless=True,
                chromium_sandbox=False,  # its only pages are ours
                ignore_default_args=["--disable-extensions"],
                args=[
                    *quiet_arguments(),
                    *arguments,
                    f"--disable-extensions-except={EXTENSION}",
                    f"--load-extension={EXTENSION}",
                ],
            )
            try:
                yield context
            finally:
                await context.close()
