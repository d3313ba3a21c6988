"""The userscript is one file that belongs to one gateway, and nothing in its settings can break out of their place."""

import json
from dataclasses import replace
from typing import Any

import pytest

from arenabridge.userscript.assemble import ScriptSettings, assemble

SETTINGS = ScriptSettings(
    gateway="ws://127.0.0.1:5102/ws",
    secret="s3cret",
    origins=("https://lmarena.ai", "https://arena.ai"),
    version="1.2.3",
    install_url="http://127.0.0.1:5102/install/abc/arena-bridge.user.js",
)


def header_of(script: str) -> list[tuple[str, str]]:
    lines = script.split("\n")
    end = lines.index("// ==/UserScript==")
    assert lines[0] == "// ==UserScript=="
    fields = [line.removeprefix("// @").partition(" ") for line in lines[1:end]]
    return [(key, value.strip()) for key, _, value in fields]


def embedded_in(script: str) -> dict[str, object]:
    start = script.index("const SETTINGS = Object.freeze(") + len("const SETTINGS = Object.freeze(")
    settings: dict[str, object] = json.JSONDecoder().raw_decode(script, start)[0]
    return settings


def test_the_header_names_the_sites_and_where_to_update_from() -> None:
    assert header_of(assemble(SETTINGS)) == [
        ("name", "Arena Bridge"),
        ("namespace", "arenabridge"),
        ("version", "1.2.3"),
        ("description", "Lets your own gateway use the models that you can reach in this tab"),
        ("match", "https://lmarena.ai/*"),
        ("match", "https://arena.ai/*"),
        ("run-at", "document-start"),
        ("noframes", ""),
        ("grant", "GM_info"),
        ("grant", "unsafeWindow"),
        ("grant", "GM_xmlhttpRequest"),
        ("grant", "GM.xmlHttpRequest"),
        ("connect", "127.0.0.1"),
        ("updateURL", SETTINGS.install_url),
        ("downloadURL", SETTINGS.install_url),
    ]


def test_everything_below_the_header_is_one_strict_function() -> None:
    script = assemble(SETTINGS)
    body = script.split("// ==/UserScript==\n\n")[1]
    assert body.startswith("(() => {\n'use strict';\n")
    assert body.endswith("\n})();\n")


def test_the_script_knows_its_gateway() -> None:
    assert embedded_in(assemble(SETTINGS)) == {
        "gateway": SETTINGS.gateway,
        "secret": "s3cret",
        "origins": ["https://lmarena.ai", "https://arena.ai"],
        "version": "1.2.3",
        "driver": "",
    }


@pytest.mark.parametrize(
    "secret", ["</script>", "<!--", "\u2028\u2029", "'\"`${x}\\", "\n})();", "\x00\x7f", "\U0001f600"]
)
def test_a_secret_is_data_whatever_it_holds(secret: str) -> None:
    script = assemble(replace(SETTINGS, secret=secret))
    assert embedded_in(script)["secret"] == secret
    line = next(line for line in script.splitlines() if line.startswith('  "secret"'))
    assert line.isascii()
    assert "<" not in line


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gateway", "http://127.0.0.1:5102/ws"),
        ("gateway", "ws://127.0.0.1:5102/ws\n// @grant none"),
        ("gateway", ""),
        ("install_url", "http://x/\n// @match *://*/*"),
        ("install_url", "javascript:alert(1)"),
        ("version", "1.0\n// @match *://*/*"),
        ("version", "1.0\u2028"),
        ("origins", ("https://arena.ai/",)),
        ("origins", ("https://*",)),
        ("origins", ("*://arena.ai",)),
        ("origins", ("https://arena.ai\n// @match *://*/*",)),
        ("origins", ("https://arena.ai", "file://x")),
    ],
)
def test_what_could_break_out_of_the_header_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match="is not valid"):
        replace(SETTINGS, **{field: value})
