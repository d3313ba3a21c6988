"""
Finding an installed browser of the Chromium family, and driving it with the userscript inside.

`arenabridge demo` and the tests show a browser a stand-in of the site under the site's own name. What such a browser
may reach is therefore narrowed twice: it is told to do nothing by itself, and it can't resolve any other name.
"""

import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

AddressSpace = Literal["loopback", "public"]
"""Where the browser believes the site to be. A public page needs the person's permission to reach this device."""

BROWSER_VARIABLES = ("ARENABRIDGE_BROWSER", "CHROME_PATH")

_COMMANDS = (
    "google-chrome",
    "google-chrome-stable",
    "chromium",
    "chromium-browser",
    "microsoft-edge",
    "microsoft-edge-stable",
    "chrome",
    "msedge",
)
_MAC_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_ROOTS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
_WINDOWS_PLACES = (
    "Google/Chrome/Application/chrome.exe",
    "Chromium/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)

NOWHERE = "http://127.0.0.1:9"
"""The discard port: what a browser calls home for by itself goes here and fails at once."""

# Counted with the browser's own network log over 75 s (Chromium 156): without these it asks for the time, dictionaries,
# sign-in state and component updates; with them nothing leaves the machine.
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    f"--component-updater=url-source={NOWHERE}/u",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-client-side-phishing-detection",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--metrics-recording-only",
    "--disable-breakpad",
    "--disable-search-engine-choice-screen",
    "--disable-field-trial-config",
    f"--gaia-url={NOWHERE}",
    f"--google-apis-url={NOWHERE}",
    f"--google-base-url={NOWHERE}",
)

# A second `--disable-features` replaces the first, so Playwright's own list (1.65) is repeated before ours.
_DISABLED_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
_DISABLED_BY_US = (
    "Translate",
    "OptimizationGuideModelDownloading",
    "OptimizationGuideOnDeviceModel",
    "InterestFeedContentSuggestions",
    "CertificateTransparencyComponentUpdater",
    "AutofillServerCommunication",
    "DialMediaRouteProvider",
)


class BrowserUnavailable(Exception):
    """No browser can be driven here; the message says what to install."""


class BrowserNotFound(BrowserUnavailable):
    """Neither a named browser nor a known one is installed."""

    def __init__(self, detail: str = "no browser was found") -> None:
        super().__init__(
            f"{detail}: install Chrome, Chromium or Edge, or name its program in {' or '.join(BROWSER_VARIABLES)}"
        )


class PlaywrightMissing(BrowserUnavailable):
    """The extra that drives browsers is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "driving a browser needs Playwright: install arenabridge[demo] (no browser download is needed)"
        )


def find_browser() -> Path:
    """The program of an installed browser of the Chromium family; raises `BrowserNotFound`."""
    for name in BROWSER_VARIABLES:
        if chosen := os.environ.get(name):
            return _named(name, chosen)
    for place in _places():
        if place.is_file():
            return place
    raise BrowserNotFound


def _named(variable: str, chosen: str) -> Path:
    program = shutil.which(chosen)
    if program is None:
        raise BrowserNotFound(f"{variable} names {chosen}, which is no program here")
    return Path(program)


def _places() -> Iterator[Path]:
    for command in _COMMANDS:
        if program := shutil.which(command):
            yield Path(program)
    if sys.platform == "darwin":
        yield from map(Path, _MAC_PLACES)
    roots = [os.environ[name] for name in _WINDOWS_ROOTS if name in os.environ]
    yield from (Path(root, place) for place in _WINDOWS_PLACES for root in roots)


def quiet_arguments() -> list[str]:
    """Arguments under which the browser asks nothing of the network by itself."""
    return [*_QUIET, "--disable-features=" + ",".join(_DISABLED_BY_PLAYWRIGHT + _DISABLED_BY_US)]


def site_arguments(
    hostnames: Sequence[str], port: int, spki: str | None = None, address_space: AddressSpace = "loopback"
) -> list[str]:
    """
    Arguments that show the local server on `port` (HTTPS) under the site's names, and make all other names unknown.

    `spki` is the base64 SHA-256 of its certificate's public key, trusted in place of an authority.
    """
    names = [f"MAP {hostname}:443 127.0.0.1:{port}" for hostname in hostnames]
    rules = ", ".join([*names, "MAP * ~NOTFOUND", "EXCLUDE localhost", "EXCLUDE 127.0.0.1"])
    arguments = [f"--host-resolver-rules={rules}"]
    if spki is not None:
        arguments.append(f"--ignore-certificate-errors-spki-list={spki}")
    if address_space == "public":
        arguments.append(f"--ip-address-space-overrides=127.0.0.1:{port}=public")
    return arguments


@asynccontextmanager
async def launched(arguments: Sequence[str] = (), *, headless: bool = True) -> AsyncIterator["Browser"]:
    """A quiet browser with an empty profile; raises `BrowserUnavailable`."""
    try:
        from playwright.async_api import async_playwright  # noqa: PLC0415 - an extra, absent from most installations
    except ModuleNotFoundError as error:
        raise PlaywrightMissing from error
    program = find_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program,
            headless=headless,
            handle_sigint=False,  # its launcher ends it; two who do get in each other's way
            args=[*quiet_arguments(), *arguments],
            chromium_sandbox=not _is_root(),  # as root it would not start
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def bridged_tab(
    browser: "Browser", script: str, url: str, *, permissions: Sequence[str] = ("local-network-access",)
) -> AsyncIterator["Page"]:
    """A tab of its own profile at `url` with the userscript inside; `permissions` are granted to every site."""
    context = await browser.new_context(permissions=list(permissions))
    try:
        await context.add_init_script(script)
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()


def _is_root() -> bool:
    return sys.platform != "win32" and os.geteuid() == 0
