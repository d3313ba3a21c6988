"""
Whether what the gateway keeps will be there after its next start.

Hosts that run containers give them a disk that is thrown away with each deploy and each restart, unless another is
mounted. SQLite, the secret that keys are checked with, and kept files would be lost without a word.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from arenabridge.accounts.secrets import ENVIRONMENT_NAME
from arenabridge.app.places import files_folder
from arenabridge.settings import Settings

_HOSTS = ("RENDER", "DYNO", "K_SERVICE", "FLY_APP_NAME", "RAILWAY_ENVIRONMENT")
"""Variables by which Render, Heroku, Cloud Run, Fly and Railway are known."""

_CONTAINERS = ("/.dockerenv", "/run/.containerenv")
"""Files by which containers of Docker and Podman are known."""


def warning_of_loss(
    settings: Settings, environment: Mapping[str, str], exists: Callable[[str], bool] = os.path.exists
) -> str | None:
    """What to tell the person about data on a disk that does not last, if there is any."""
    if not (any(map(environment.get, _HOSTS)) or any(map(exists, _CONTAINERS))):
        return None
    data_lasts = _lasts(settings.data_dir)
    lost = {
        "people, keys and use": None if data_lasts or settings.database_url else "DATABASE_URL",
        "the secret from which every key is checked": (
            None if data_lasts or environment.get(ENVIRONMENT_NAME) else ENVIRONMENT_NAME
        ),
        "pictures and files": None if _lasts(files_folder(settings)) else "files_dir (to a folder that lasts)",
    }
    to_set = {what: setting for what, setting in lost.items() if setting is not None}
    if not to_set:
        return None
    where = settings.data_dir if not data_lasts else files_folder(settings)
    return (
        f"{_listed(to_set).upper()} WILL NOT LAST: the disk of {where} is thrown away with every deploy and restart. "
        f"Mount a disk there, or set {_listed(to_set.values())}."
    )


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _lasts(folder: Path) -> bool:
    return _mount_point(folder) != Path("/")


def _mount_point(folder: Path) -> Path:
    """Asked of the nearest folder that exists: the folder itself may not be made yet."""
    here = folder.absolute()
    while not os.path.ismount(here):
        here = here.parent
    return here
