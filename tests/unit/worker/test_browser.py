"""A browser is found by name or in its usual places, and told to keep quiet."""

from pathlib import Path

import pytest

from arenabridge.worker.browser import (
    BROWSER_VARIABLES,
    BrowserNotFound,
    find_browser,
    quiet_arguments,
    site_arguments,
)


@pytest.fixture(autouse=True)
def empty_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in (*BROWSER_VARIABLES, "PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", ["google-chrome", "chromium", "chromium-browser", "microsoft-edge"])
def test_a_browser_on_the_path_is_found(tmp_path: Path, name: str) -> None:
    browser = program(tmp_path, name)
    assert find_browser() == browser


@pytest.mark.parametrize("variable", BROWSER_VARIABLES)
def test_a_named_browser_goes_before_those_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    program(tmp_path, "chromium")
    named = program(tmp_path / "elsewhere", "my-browser")
    monkeypatch.setenv(variable, str(named))
    assert find_browser() == named


def test_a_named_browser_that_is_missing_is_not_replaced_by_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path, "chromium")
    monkeypatch.setenv("ARENABRIDGE_BROWSER", str(tmp_path / "gone"))
    with pytest.raises(BrowserNotFound, match=r"ARENABRIDGE_BROWSER.*gone"):
        find_browser()


def test_an_installation_below_program_files_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    edge = program(tmp_path, "Microsoft/Edge/Application/msedge.exe")
    assert find_browser() == edge


@pytest.mark.skipif("sys.platform == 'darwin'", reason="browsers have a fixed place there")
def test_without_any_the_error_says_what_to_install() -> None:
    with pytest.raises(BrowserNotFound, match="Chrome, Chromium or Edge"):
        find_browser()


def test_features_are_disabled_in_one_argument_since_a_second_replaces_the_first() -> None:
    together = [*quiet_arguments(), *site_arguments(("arena.ai",), 8443, "key", "public")]
    assert sum(argument.startswith("--disable-features=") for argument in together) == 1


def test_the_site_is_shown_under_its_names_and_every_other_name_is_unknown() -> None:
    rules = [
        "MAP lmarena.ai:443 127.0.0.1:8443",
        "MAP arena.ai:443 127.0.0.1:8443",
        "MAP * ~NOTFOUND",
        "EXCLUDE localhost",
        "EXCLUDE 127.0.0.1",
    ]
    assert site_arguments(("lmarena.ai", "arena.ai"), 8443, "key", "public") == [
        "--host-resolver-rules=" + ", ".join(rules),
        "--ignore-certificate-errors-spki-list=key",
        "--ip-address-space-overrides=127.0.0.1:8443=public",
    ]


def test_a_site_of_this_machine_needs_no_certificate_or_address_space() -> None:
    assert len(site_arguments(("arena.ai",), 8443)) == 1
