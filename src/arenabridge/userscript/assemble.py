"""
The userscript as one file: a header for the script manager, the settings, and the parts in a fixed order.

The parts are plain modern JavaScript without imports; inside one strict function they see each other and nothing of
theirs reaches the page.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import urlsplit

PARTS = (
    "natives",
    "failure",
    "clock",
    "waiting",
    "identity",
    "slots",
    "permitted",
    "told",
    "incoming_files",
    "places",
    "status",
    "ledger",
    "outbox",
    "page_state",
    "response",
    "fetch_step",
    "find",
    "signs",
    "observe",
    "press",
    "fill",
    "hand",
    "choose",
    "attach",
    "follow_link",
    "actions",
    "page_answer",
    "composed_answer",
    "composer",
    "jobs",
    "server_actions",
    "action_step",
    "file_steps",
    "errands",
    "reload",
    "permission",
    "websocket_transport",
    "manager_requests",
    "event_lines",
    "request_transport",
    "driven_transport",
    "ways",
    "link",
    "page_report",
    "capture",
    "hand_over",
    "title_marks",
    "lifecycle",
    "badge_words",
    "notify",
    "badge_style",
    "hand_over_panel",
    "badge",
    "main",
)
"""The files of `parts/`; constants must stand before the first part that runs, which is the last one."""

_ORIGIN = re.compile(r"https?://[a-z0-9.\-\[\]:]+")
_GATEWAY = re.compile(r"wss?://[!-~]+")
_ADDRESS = re.compile(r"https?://[!-~]+")
_VERSION = re.compile(r"[0-9A-Za-z.+\-]+")


@dataclass(frozen=True, slots=True)
class ScriptSettings:
    """
    What makes the script that of one gateway; raises `ValueError` for what could break out of the header.

    `gateway` is the address of the link (`ws://127.0.0.1:5102/ws`), `secret` what the script shows there, `origins` the
    sites it runs on (`https://arena.ai`, without a slash at the end), `install_url` where the script itself is served.
    """

    gateway: str
    secret: str
    origins: tuple[str, ...]
    version: str
    install_url: str
    driver: str = ""
    """The name under which a managed browser finds the script in its page; then frames go that way and no other."""

    def __post_init__(self) -> None:
        _require(_GATEWAY, self.gateway, "the address of the link")
        _require(_ADDRESS, self.install_url, "the install address")
        _require(_VERSION, self.version, "the version")
        for origin in self.origins:
            _require(_ORIGIN, origin, "an origin of the site")


def assemble(settings: ScriptSettings) -> str:
    """The text of the `.user.js`."""
    parts = files(__package__).joinpath("parts")
    bodies = [parts.joinpath(f"{name}.js").read_text("utf-8").rstrip() for name in PARTS]
    return "\n\n".join([_header(settings), "(() => {\n'use strict';", _embedded(settings), *bodies, "})();\n"])


def _header(settings: ScriptSettings) -> str:
    fields = [
        ("name", "Arena Bridge"),
        ("namespace", "arenabridge"),
        ("version", settings.version),
        ("description", "Lets your own gateway use the models that you can reach in this tab"),
        *(("match", f"{origin}/*") for origin in settings.origins),
        ("run-at", "document-start"),
        ("noframes", ""),
        # Any grant keeps the script, and so the secret, out of the page's own world where the manager supports it.
        ("grant", "GM_info"),
        ("grant", "unsafeWindow"),  # the page's own `fetch`, whose answers are read along
        ("grant", "GM_xmlhttpRequest"),  # where the page is forbidden to connect
        ("grant", "GM.xmlHttpRequest"),
        ("connect", urlsplit(settings.gateway).hostname),
        ("updateURL", settings.install_url),
        ("downloadURL", settings.install_url),
    ]
    lines = [f"// @{key:<12} {value}".rstrip() for key, value in fields]
    return "\n".join(["// ==UserScript==", *lines, "// ==/UserScript=="])


def _embedded(settings: ScriptSettings) -> str:
    values = {
        "gateway": settings.gateway,
        "secret": settings.secret,
        "origins": settings.origins,
        "version": settings.version,
        "driver": settings.driver,
    }
    # ASCII alone, so that U+2028 is escaped; `<` too, so that nothing in it can close a `script` element around it
    return f"const SETTINGS = Object.freeze({json.dumps(values, indent=2)});".replace("<", "\\u003c")


def _require(pattern: re.Pattern[str], value: str, what: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(f"{what} is not valid: {value!r}")
