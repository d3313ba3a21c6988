"""The files that put the gateway on a server: as far as they can be checked without one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are a package of their own

from arenabridge.settings import Settings, load_settings
from project.documents import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own words
        command, cwd=ROOT, env={**os.environ, **environment}, check=False, capture_output=True, text=True, timeout=60
    )


def parsed(name: str) -> Mapping[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return found


def test_the_dockerfile_is_as_its_linter_wants_it() -> None:
    found = run(str(Path(sys.executable).with_name("hadolint")), "Dockerfile")
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_what_the_image_is_built_from_reaches_the_builder() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = [line[1:] for line in ignored if line.startswith("!")]
    copied = [
        source
        for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in words.split()[:-1]
    ]
    assert len(copied) > 5
    for source in copied:
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in let_in), source


def test_the_image_runs_as_nobody_in_particular_and_needs_no_shell() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", last, re.MULTILINE)
    for word in ("ENTRYPOINT", "CMD", "    CMD"):
        assert re.search(rf'^{word} \["', last, re.MULTILINE), word
    assert "/livez" in last


def test_what_is_installed_in_the_image_is_pinned_by_hash() -> None:
    installs = re.findall(r"pip --python \S+ install ([^&\n]+)", DOCKERFILE.replace("\\\n", " "))
    assert len(installs) == 3
    assert all("--require-hashes" in each or "--no-index --no-deps" in each for each in installs)


def test_the_images_commands_are_found_by_their_name() -> None:
    entry = re.search(r'^ENTRYPOINT \["([^"]+)"\]$', DOCKERFILE, re.MULTILINE)
    assert entry
    assert image_environment()["PATH"].split(":") == [str(Path(entry[1]).parent), "$PATH"]


FILLED_IN = {
    "DOMAIN": "arena.example",
    "ARENABRIDGE_SECRET_KEY": "s" * 40,
    "POSTGRES_PASSWORD": "p",
    "REDIS_PASSWORD": "r",
}


def test_compose_takes_its_file_once_the_secrets_are_there() -> None:
    if shutil.which("docker-compose") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("docker-compose is not installed: scripts/ensure-servers installs it")
        pytest.skip("docker-compose is not installed: scripts/ensure-servers installs it")
    found = run("docker-compose", "-f", "compose.yaml", "config", "--quiet", **FILLED_IN)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")
    lacking = run("docker-compose", "-f", "compose.yaml", "config", "--quiet")
    assert lacking.returncode != 0
    assert "set it in .env" in lacking.stderr


def test_the_example_names_all_that_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+):", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    named = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    assert asked == set(named)
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def substituted(text: str) -> str:
    return re.sub(r"\$\{(\w+):[^}]*\}", lambda match: FILLED_IN.get(match[1], ""), text)


def test_the_gateway_takes_what_compose_tells_it(tmp_path: Path) -> None:
    services = parsed("compose.yaml")["services"]
    told = {name: substituted(value) for name, value in services["gateway"]["environment"].items()}
    settings = load_settings({"data_dir": tmp_path}, {**image_environment(), **told, "ARENABRIDGE_DATA_DIR": ""})
    assert settings.public_url == "https://arena.example"
    assert settings.host == "0.0.0.0"  # noqa: S104 - what the mode is for
    assert services["caddy"]["environment"]["UPSTREAM"] == f"gateway:{settings.port}"
    assert services["gateway"]["read_only"]
    subnet = parsed("compose.yaml")["networks"]["default"]["ipam"]["config"][0]["subnet"]
    assert settings.trusted_proxies == (subnet,)


def test_the_gateway_takes_what_render_tells_it(tmp_path: Path) -> None:
    blueprint = parsed("render.yaml")
    (service,) = blueprint["services"]
    told = {each["key"]: each["value"] for each in service["envVars"] if "value" in each}
    hosts = {
        "PORT": "10000",
        "RENDER_EXTERNAL_URL": "https://arenabridge.onrender.com",
        "DATABASE_URL": "postgresql://a:b@db/arenabridge",
    }
    settings = load_settings(
        {"data_dir": tmp_path}, {**image_environment(), **told, **hosts, "ARENABRIDGE_DATA_DIR": ""}
    )
    assert (settings.port, settings.public_url) == (10000, hosts["RENDER_EXTERNAL_URL"])
    secret = {each["key"] for each in service["envVars"] if each.get("generateValue") or each.get("sync") is False}
    assert {"ARENABRIDGE_SECRET_KEY", "ARENABRIDGE_API_KEY", "ADMIN_PASSWORD"} <= secret
    sources = {each["fromDatabase"]["name"] for each in service["envVars"] if "fromDatabase" in each}
    assert sources == {each["name"] for each in blueprint["databases"]}
    assert service["healthCheckPath"] == "/livez"


def image_environment() -> dict[str, str]:
    block = re.search(r"^ENV ((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    assert block
    return dict(re.findall(r"(\w+)=(\S+)", block[1]))


def test_what_the_procfile_says_starts_one_process_where_the_host_wishes_for_two(tmp_path: Path) -> None:
    """As Heroku does: by a shell, in the folder of the sources, with nothing of ours installed."""
    (command,) = re.findall(r"^web: (.+)$", (ROOT / "Procfile").read_text(encoding="utf-8"), re.MULTILINE)
    told = {
        "WEB_CONCURRENCY": "2",
        "PORT": "0",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "ARENABRIDGE_DATA_DIR": str(tmp_path),
        "ARENABRIDGE_DEPLOYMENT_MODE": "cloud",
        "ARENABRIDGE_PUBLIC_URL": "https://arena.example",
        "ARENABRIDGE_HOST": "127.0.0.1",
        "ARENABRIDGE_ENABLE_AUTO_UPDATE": "false",
    }
    process = subprocess.Popen(  # noqa: S603 - our own words
        ["/bin/sh", "-c", f"exec env {command}"], cwd=ROOT, env=os.environ | told, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "Arena Bridge is at https://arena.example\n"
        finally:
            process.terminate()


def test_what_hosts_install_is_what_the_image_has() -> None:
    named = [line for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if line[0] != "#"]
    assert named == ["-r requirements/server.txt"]


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    """With a program that is there: that ours is not installed here is not the unit's fault."""
    text = (ROOT / "deploy/arenabridge.service").read_text(encoding="utf-8")
    told = dict(re.findall(r"ARENABRIDGE_(\w+)=(\S+)", text))
    assert {name.lower() for name in told} <= set(Settings.__struct_fields__)
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "arenabridge.service"
    unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE), encoding="utf-8")
    found = run("systemd-analyze", "verify", str(unit))
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


def test_commands_are_about_the_gateway_that_the_unit_runs(tmp_path: Path) -> None:
    """Its program, its settings and its data, whoever calls them from wherever."""
    unit = (ROOT / "deploy/arenabridge.service").read_text(encoding="utf-8")
    systemd = tmp_path / "systemd-run"
    systemd.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n', encoding="utf-8")
    systemd.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    told = run(str(ROOT / "deploy/arenabridge-command"), "keys", "create", "my key", PATH=path).stdout.splitlines()
    program = re.findall(r"^ExecStart=(\S+)", unit, re.MULTILINE)
    assert told[-4:] == [*program, "keys", "create", "my key"]
    assert {each.removeprefix("--setenv=") for each in told if each.startswith("--setenv=")} == set(
        re.findall(r"ARENABRIDGE_\w+=\S+", unit)
    )
    (file,) = re.findall(r"^EnvironmentFile=\S+", unit, re.MULTILINE)
    assert f"--property={file}" in told
