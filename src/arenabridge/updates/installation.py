"""What installed us, and so what may install the next version."""

import importlib.metadata
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from arenabridge.updates.index import DISTRIBUTION

IMAGE_NAME = "ARENABRIDGE_IMAGE"
"""Set in our container image, where a new version means a new image."""


class How(Enum):
    """By what."""

    PIP = "pip"
    UV = "uv"
    UV_TOOL = "uv tool"
    PIPX = "pipx"
    CHECKOUT = "checkout"
    IMAGE = "image"
    SYSTEM = "system"


INSTEAD = {
    How.CHECKOUT: "This is a checkout of the repository: update it with git (git pull, then make setup).",
    How.IMAGE: "This is a container image: pull or build the new one, and start that (docker compose up -d --build).",
    How.SYSTEM: "This Python is the system's own, which we don't change: install with pipx or uv tool, or in a venv.",
}
"""What to do where we don't update ourselves."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An environment that has us in it."""

    how: How
    prefix: Path
    """The environment's folder."""
    python: Path
    install: tuple[str, ...]
    """The command that installs into it, up to its options; empty where we don't."""

    @property
    def command(self) -> str:
        """What the person runs to update."""
        return INSTEAD.get(self.how, f"{DISTRIBUTION} update")


def here(environment: Mapping[str, str] = os.environ) -> Installation:
    """The installation that this very process runs from."""
    prefix, python = Path(sys.prefix), Path(sys.executable)
    us = importlib.metadata.distribution(DISTRIBUTION)
    how = told_by(
        prefix,
        environment,
        direct_url=us.read_text("direct_url.json"),
        installer=us.read_text("INSTALLER"),
        is_environment=sys.prefix != sys.base_prefix,
    )
    return Installation(how, prefix, python, () if how in INSTEAD else _installer(python))


def told_by(
    prefix: Path, environment: Mapping[str, str], *, direct_url: str | None, installer: str | None, is_environment: bool
) -> How:
    """Told by what tools leave behind: some in the environment's folder, all in a package's metadata (PEP 376, 610)."""
    if environment.get(IMAGE_NAME):
        return How.IMAGE
    if direct_url and json.loads(direct_url).get("dir_info", {}).get("editable"):
        return How.CHECKOUT
    if (prefix / "uv-receipt.toml").exists():
        return How.UV_TOOL
    if (prefix / "pipx_metadata.json").exists():
        return How.PIPX
    if not is_environment:
        return How.SYSTEM
    return How.UV if (installer or "").strip() == "uv" else How.PIP


def _installer(python: Path) -> tuple[str, ...]:
    """Environments of uv have no pip in them, all others do."""
    if importlib.util.find_spec("pip") is not None:
        return (str(python), "-m", "pip", "--disable-pip-version-check", "install")
    uv = shutil.which("uv")
    return (uv, "pip", "install", "--python", str(python)) if uv else ()
