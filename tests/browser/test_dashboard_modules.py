"""The pure modules of the dashboard, in the browser they are written for."""

from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
import pytest_asyncio
from playwright.async_api import Page

from arenabridge.app import running_gateway
from arenabridge.http.pages.assets import assets
from arenabridge.settings import Settings
from arenabridge.wire.fleet import Condition
from arenabridge.worker.browser import launched
from project.documents import ROOT

CALL = "async ([url, name, values]) => (await import(url))[name](...values)"


class Modules:
    """Calls what a module exports."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def call(self, module: str, function: str, *values: object) -> Any:
        return await self._page.evaluate(CALL, [assets().address(f"dashboard/{module}"), function, list(values)])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def modules(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Modules]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("modules"), port=0)
    async with running_gateway(settings, environment={}) as running, launched() as browser:
        page = await browser.new_page()
        await page.goto(f"{running.base_url}/assets/home.css")  # any address of ours without a policy
        yield Modules(page)


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("plain", [text("plain")]),
        ("**a** b", [{"type": "strong", "inside": [text("a")]}, text(" b")]),
        ("2 * 3 * 4", [text("2 * 3 * 4")]),
        ("snake_case_name", [text("snake_case_name")]),
        ("`<b>`", [{"type": "code", "text": "<b>"}]),
        ("[x](javascript:alert(1))", [text("[x](javascript:alert(1)"), text(")")]),
        ("[x](https://x.example/a)", [{"type": "link", "url": "https://x.example/a", "inside": [text("x")]}]),
        ("![x](https://x.example/a.png)", [{"type": "link", "url": "https://x.example/a.png", "inside": [text("x")]}]),
        ("![x](/files/1/a.png)", [{"type": "picture", "url": "/files/1/a.png", "label": "x"}]),
        ("![x](data:text/html,<b>)", [text("![x](data:text/html,<b>)")]),
        ("![x](data:image/svg+xml;base64,AA==)", [text("![x](data:image/svg+xml;base64,AA==)")]),
        ("https://a.b/c.", [{"type": "link", "url": "https://a.b/c", "inside": [text("https://a.b/c")]}, text(".")]),
    ],
)  # fmt: skip
async def test_markdown_within_a_line(modules: Modules, written: str, meant: list[Any]) -> None:
    assert await modules.call("playground/markdown.js", "parseInline", written) == meant


@pytest.mark.parametrize(
    ("written", "kinds"),
    [
        ("# One\ntwo\n\nthree", ["heading", "paragraph", "paragraph"]),
        ("```py\nx\n\ny\n```\nz", ["code", "paragraph"]),
        ("```py\nstill coming", ["code"]),
        ("- a\n- b\n\n1. c", ["list", "list"]),
        ("> a\n> b\nc", ["quote", "paragraph"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nc", ["table", "paragraph"]),
        ("a | b\nc", ["paragraph"]),
        ("---", ["rule"]),
        ("> " * 500 + "deep", ["quote"]),
        ("* " * 500 + "deep", ["list"]),
    ],
)
async def test_markdown_by_blocks(modules: Modules, written: str, kinds: list[str]) -> None:
    blocks = await modules.call("playground/markdown.js", "parseMarkdown", written)
    assert [block["type"] for block in blocks] == kinds


@pytest.mark.parametrize(
    "written",
    [
        "[" * 100_000,
        "*" * 100_000,
        "`a" * 50_000,
        "![](" * 25_000,
        "_a" * 50_000,
        "[x](y " * 20_000,
        "**a" * 40_000,
        "|-" * 50_000,
    ],
)
async def test_no_text_takes_for_ever_to_read(modules: Modules, written: str) -> None:
    """Each would, if some marks were looked for anew from every other one."""
    assert await modules.call("playground/markdown.js", "parseMarkdown", written)


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"a": [1]}, {"a": [2, 3]}, {"a": [2, 3]}),
        ({"a": 1}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ({}, {"a": {"b": None}}, {"a": {}}),
    ],
)
async def test_patches_are_merged(modules: Modules, target: Any, patch: Any, result: Any) -> None:
    assert await modules.call("feed/merge.js", "merged", target, patch) == result


@pytest.mark.parametrize("condition", get_args(Condition))
async def test_however_a_tab_is_there_are_words_for_it_and_for_what_to_do(modules: Modules, condition: str) -> None:
    worker = {"condition": condition, "needs": {"what": "check", "words": ""}}
    shown = await modules.call("worker_words.js", "workerState", worker)
    texts = (ROOT / "src/arenabridge/web/dashboard/texts/en.js").read_text(encoding="utf-8")
    assert f"'worker.{shown['state']}':" in texts
    assert bool(shown.get("advice")) == (condition in {"blocked", "needs_you", "frozen", "unreachable"})
    assert (shown["tone"] == "") == (condition == "paused")


@pytest.mark.parametrize(
    ("rows", "newer", "shown"),
    [
        ([2, 1], [4, 3], [4, 3, 2, 1]),
        ([2, 1], [3, 2], [3, 2, 1]),
        ([], [1], [1]),
        ([2, 1], [], [2, 1]),
        ([3, 1], [2], [3, 2, 1]),
        (list(range(600, 100, -1)), [601], list(range(601, 101, -1))),
    ],
)
async def test_newer_requests_go_on_top_once_and_within_bounds(
    modules: Modules, rows: list[int], newer: list[int], shown: list[int]
) -> None:
    identified = [[{"id": each} for each in ids] for ids in (rows, newer)]
    assert [row["id"] for row in await modules.call("requests/rows.js", "withNewer", *identified)] == shown


KEY: dict[str, Any] = {
    "name": "laptop",
    "notes": "",
    "expires_at": 1_900_000_059.0,
    "scopes": [],
    "limits": {"requests_per_day": 5, "allowed_models": [], "denied_models": ["gpt-*"], "networks": []},
    "profile": {"reasoning": "off", "strict": True, "priority": "high", "share": 3},
}
COUNTS = ("requests_per_minute", "tokens_per_minute", "parallel_requests", "requests_per_day", "tokens_per_day")
MONTHS = ("requests_per_month", "tokens_per_month")
AS_SHOWN = {
    **dict.fromkeys((*COUNTS, *MONTHS, "allowed_models", "networks", "notes"), ""),
    "name": "laptop",
    "requests_per_day": "5",
    "denied_models": "gpt-*",
    "strict": "on",
    "reasoning": "off",
    "priority": "high",
    "share": "3",
}
WISHES = ("citations", "pictures", "role_mode", "trailing_user_message", "overflow", "unseen_pictures", "text_files")
NO_COUNTS = dict.fromkeys((*COUNTS, *MONTHS))


@pytest.mark.parametrize(
    ("entered", "changes"),
    [
        ({}, {}),
        ({"name": "desk"}, {"name": "desk"}),
        ({"strict": None}, {"profile": {"strict": False}}),
        ({"share": "4", "priority": "low"}, {"profile": {"share": 4, "priority": "low"}}),
        ({"admin": "on"}, {"scopes": ["admin"]}),
        ({"expires_at": ""}, {"expires_at": None}),
        ({"owner": "gateway"}, {"owner_id": None}),
        (
            {"denied_models": "a, b\n\nc"},
            {"limits": {**KEY["limits"], **NO_COUNTS, "requests_per_day": 5, "denied_models": ["a", "b", "c"]}},
        ),
    ],
)
async def test_of_a_key_goes_what_was_changed_and_nothing_else(
    modules: Modules, entered: dict[str, Any], changes: dict[str, Any]
) -> None:
    shown = await modules.call("tokens/fields.js", "localTime", KEY["expires_at"])
    wishes = {
        "citations",
        "pictures",
        "role_mode",
        "trailing_user_message",
        "overflow",
        "unseen_pictures",
        "text_files",
    }
    same = dict.fromkeys(wishes, "same")
    before = {**KEY, "profile": {**KEY["profile"], **same, "downscale_pictures": False, "keep_bodies": False}}
    before["limits"] = {**NO_COUNTS, **KEY["limits"]}
    said = {**AS_SHOWN, **same, "expires_at": shown, **entered}
    form = {name: value for name, value in said.items() if value is not None}
    may = {"mayLimit": True, "administers": True}
    assert await modules.call("tokens/fields.js", "changesOf", form, before, may) == changes
