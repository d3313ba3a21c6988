"""The shell parts of make, where they have to say no."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from project.documents import ROOT


def run(script: str, *arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script, with our own words
        [str(ROOT / "scripts" / script), *arguments],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    old = program(tmp_path / "python3", "case $2 in *version_info*) exit 1 ;; *) echo 3.9.2 ;; esac")
    result = run("set-up", old, str(tmp_path / "venv"), environment=os.environ)
    assert result.returncode == 1
    assert f"needs Python 3.11 or newer; {old} is 3.9.2." in result.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = run("set-up", str(tmp_path / "python3"), str(tmp_path / "venv"), environment=os.environ)
    assert result.returncode == 1
    assert "is not there" in result.stderr
    assert "PYTHON=" in result.stderr


def test_nothing_is_installed_where_there_is_no_apt(tmp_path: Path) -> None:
    result = run("apt-install", "anything", environment={"PATH": str(tmp_path)})
    assert (result.returncode, result.stdout, result.stderr) == (1, "", "")


def test_packages_are_installed_without_questions(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    program(tmp_path / "apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {calls}')
    program(tmp_path / "id", "echo 0")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = run("apt-install", "a-browser", environment={"PATH": path})
    assert (result.returncode, result.stdout) == (0, "Installing a-browser with apt-get ...\n")
    update, install = calls.read_text(encoding="utf-8").splitlines()
    assert update.endswith(" update")
    assert install.startswith("noninteractive ")
    assert install.endswith(" install -y --no-install-recommends a-browser")


def test_why_a_package_could_not_be_installed_is_shown(tmp_path: Path) -> None:
    program(tmp_path / "apt-get", 'case "$*" in *install*) echo "E: no such package"; exit 100 ;; esac')
    program(tmp_path / "id", "echo 0")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = run("apt-install", "a-browser", environment={"PATH": path})
    assert (result.returncode, result.stderr) == (1, "E: no such package\n")


def test_a_browser_that_was_named_but_is_missing_is_an_error_and_not_replaced(tmp_path: Path) -> None:
    program(tmp_path / "apt-get", "exit 0")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    named = {"PATH": path, "ARENABRIDGE_BROWSER": str(tmp_path / "chrome")}
    result = run("ensure-browser", sys.executable, environment=named)
    assert result.returncode == 1
    assert "ARENABRIDGE_BROWSER" in result.stderr
    assert "Installing" not in result.stdout


def test_what_drives_the_browser_is_given_the_library_it_lacks(tmp_path: Path) -> None:
    there = tmp_path / "libatomic1"
    python = program(tmp_path / "python", f"case $1 in -m) test -e {there} ;; esac")
    program(tmp_path / "apt-get", f'case "$*" in *"install "*libatomic1) touch {there} ;; esac')
    program(tmp_path / "id", "echo 0")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = run("ensure-browser", python, environment={"PATH": path})
    assert (result.returncode, result.stderr) == (0, "")
    assert there.exists()


def test_what_drives_the_browser_must_start(tmp_path: Path) -> None:
    python = program(tmp_path / "python", 'case $1 in -m) echo "no such library" >&2; exit 127 ;; esac')
    program(tmp_path / "apt-get", "exit 100")
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    result = run("ensure-browser", python, environment={"PATH": path})
    assert result.returncode == 1
    assert "What drives the browser does not start:\nno such library\n" in result.stderr
