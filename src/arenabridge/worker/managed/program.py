"""
How the browser is started: which program, with which arguments, and where it can't be.

It is the person's own browser, visible, and tells the site what it is: a pipe to DevTools is enough for
`navigator.webdriver` to be true, and nothing is done about that.
"""

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from arenabridge.worker.browser import BrowserNotFound, BrowserUnavailable, find_browser

PROFILE_FOLDER = "browser"

_ARGUMENTS = (
    "--no-first-run",
    "--no-default-browser-check",
    "--hide-crash-restore-bubble",  # it would ask about tabs that are opened anyway
    "--disable-background-mode",  # a browser without a window is a closed one
)
_FIRST_PAGE = "about:blank"
"""The script has to be there before the site is."""


class NoDisplay(BrowserUnavailable):
    """There is no screen to show a window on."""

    def __init__(self) -> None:
        super().__init__(
            "a browser needs a screen, and there is none here (neither DISPLAY nor WAYLAND_DISPLAY is set): start it "
            "on the computer that you sit at, or connect a browser there to this gateway instead"
        )


class NotAsRoot(BrowserUnavailable):
    """A browser's sandbox does not work for root."""

    def __init__(self) -> None:
        super().__init__(
            "a browser does not run as root, since its sandbox would protect nothing: start this as an ordinary user "
            "(or set browser_without_sandbox, where nothing but the site is ever opened in it)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserChoice:
    """What a person may choose. Without a `program` the installed one is found (`worker.browser`)."""

    profile: Path
    """The folder of its profile, which is its own and lasts."""
    program: str | None = None
    without_sandbox: bool = False


def program_of(choice: BrowserChoice) -> Path:
    """What is started; raises `BrowserUnavailable`."""
    if choice.program is None:
        return find_browser()
    found = shutil.which(choice.program)
    if found is None:
        raise BrowserNotFound(f"browser_program names {choice.program}, which is no program here")
    return Path(found)


def arguments_of(choice: BrowserChoice) -> list[str]:
    sandbox = ["--no-sandbox"] if choice.without_sandbox else []
    return [f"--user-data-dir={choice.profile}", *_ARGUMENTS, *sandbox, _FIRST_PAGE]


def require_browser(choice: BrowserChoice) -> None:
    """Look whether it could be started here, before anything else is; raises `BrowserUnavailable`."""
    require_screen(choice)
    program_of(choice)


def require_screen(choice: BrowserChoice, environment: Mapping[str, str] = os.environ) -> None:
    """Where it can't be shown or would not be safe: raises `BrowserUnavailable`."""
    if sys.platform in {"win32", "darwin"}:
        return
    if os.geteuid() == 0 and not choice.without_sandbox:
        raise NotAsRoot
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        raise NoDisplay
