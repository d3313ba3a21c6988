"""What the dashboard is made of: whole, small, of known origin, in all its languages."""

import gzip
import hashlib
import json
import re
from itertools import chain
from pathlib import Path

import pytest

import arenabridge
from arenabridge.http.pages.assets import assets
from arenabridge.settings import Settings

WEB = Path(arenabridge.__file__).parent / "web"
DASHBOARD = WEB / "dashboard"
VENDOR = WEB / "vendor"
MAX_SCRIPT_BYTES = 150_000
"""Own and vendored together, compressed."""

_IMPORT = re.compile(r"^(?:import|export)[^;]*?from '([^']+)'", re.MULTILINE)
_KEY = re.compile(r"^  '?([\w.]+)'?: ['\"]", re.MULTILINE)


def modules() -> dict[str, str]:
    return {path: asset.content.decode() for path, asset in assets().by_path.items() if path.endswith(("js", "mjs"))}


def keys(language: str) -> list[str]:
    return _KEY.findall((DASHBOARD / "texts" / f"{language}.js").read_text(encoding="utf-8"))


def test_libraries_are_those_of_the_manifest_to_the_byte() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.*") if path.is_file()}
    del found["manifest.json"]
    assert {each["file"]: each["sha256"] for each in manifest} == found
    for each in manifest:
        assert re.fullmatch(r"\d+\.\d+\.\d+", each["version"])
        assert (VENDOR / "licences" / f"{each['package'].strip('@').replace('/', '-')}.txt").exists()


def loaded_with(*paths: str) -> set[str]:
    """These modules, and all that come with them."""
    texts, loaded, left = modules(), set[str](), list(paths)
    while left:
        if (path := left.pop()) not in loaded:
            loaded.add(path)
            left += [_resolved(path, target) for target in _IMPORT.findall(texts[path])]
    return loaded


def _resolved(path: str, target: str) -> str:
    return (WEB / path).parent.joinpath(target).resolve().relative_to(WEB).as_posix()


PAGES = sorted(path.relative_to(WEB).as_posix() for path in (DASHBOARD / "pages").glob("*.js"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_loaded_for_a_page_is_small(page: str, language: str) -> None:
    loaded = loaded_with("dashboard/main.js", f"dashboard/texts/{language}.js", page)
    assert sum(len(gzip.compress(modules()[path].encode())) for path in loaded) < MAX_SCRIPT_BYTES


def test_pages_and_languages_are_loaded_when_they_are_wanted() -> None:
    assert not loaded_with("dashboard/main.js") & {*PAGES, "dashboard/texts/en.js", "dashboard/texts/zh.js"}


def test_every_import_leads_to_a_module() -> None:
    for path, text in modules().items():
        for target in _IMPORT.findall(text) if path.startswith("dashboard/") else ():
            assert target.startswith(".")
            assert _resolved(path, target) in assets().by_path, f"{path}: {target}"


def test_the_address_changes_with_the_content() -> None:
    assert re.fullmatch(r"/assets/[0-9a-f]{16}/dashboard/main\.js", assets().address("dashboard/main.js"))


def test_all_languages_have_the_same_texts_with_the_same_gaps() -> None:
    english, chinese = keys("en"), keys("zh")
    assert len(english) == len(set(english)) > 300
    assert english == chinese
    texts = [(DASHBOARD / "texts" / f"{language}.js").read_text(encoding="utf-8") for language in ("en", "zh")]
    gaps = [[sorted(re.findall(r"\{\w+\}", line)) for line in text.splitlines() if _KEY.match(line)] for text in texts]
    assert gaps[0] == gaps[1]


def test_every_text_that_is_named_is_there() -> None:
    there = set(chain.from_iterable((key, key.removesuffix(".one")) for key in keys("en")))
    for path, text in modules().items():
        if path.startswith("dashboard/"):
            assert set(re.findall(r"\bt\('([\w.]+)'", text)) <= there, path


def test_settings_that_are_described_are_there() -> None:
    assert set(keys("settings_zh")) <= set(Settings.__struct_fields__)


@pytest.mark.parametrize("group", ["network", "access", "site", "models", "waiting"])
def test_the_groups_of_settings_name_settings(group: str) -> None:
    text = modules()["dashboard/pages/settings.js"]
    listed = re.search(rf"^  {group}: \[([^\]]*)\]", text, re.MULTILINE)
    assert listed
    assert set(re.findall(r"'(\w+)'", listed[1])) <= set(Settings.__struct_fields__)
