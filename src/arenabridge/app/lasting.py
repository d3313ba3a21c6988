"""
Whether what the gateway keeps will be there after its next start.

Hosts that run containers give them a disk that is thrown away with each deploy and each restart, unless another is
mounted. SQLite, the secret that keys are checked with, and kept files would be lost without a word.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from arenabridge.accounts.secrets import ENVIRONMENT_NAME
from arenabridge.settings import Settings

_HOSTS = ("RENDER", "DYNO", "K_SERVICE", "FLY_APP_NAME", "RAILWAY_ENVIRONMENT")
"""Variables by which Render, Heroku, Cloud Run, Fly and Railway are known."""

_CONTAINERS = ("/.dockerenv", "/run/.containerenv")
"""Files by which containers of Docker and Podman are known."""


def warning_of_loss(
    settings: Settings, environment: Mapping[str, str], exists: Callable[[str], bool] = os.path.exists
) -> str | None:
    """What to tell a person whose data directory is on a disk that does not last."""
    is_thrown_away = any(map(environment.get, _HOSTS)) or any(map(exists, _CONTAINERS))
    if not is_thrown_away or _mount_point(settings.data_dir) != Path("/"):
        return None
    lost = [
        *([] if settings.database_url else ["people, keys and use"]),
        *([] if environment.get(ENVIRONMENT_NAME) else ["the secret from which every key is checked"]),
        "pictures and files",
    ]
    what = ", ".join(lost[:-1]) + (" and " if lost[1:] else "") + lost[-1]
    return (
        f"NOTHING IN {settings.data_dir} WILL LAST: this disk is thrown away with every deploy and restart, and with "
        f"it {what}. Mount a disk there, or set DATABASE_URL and {ENVIRONMENT_NAME}."
    )


def _mount_point(folder: Path) -> Path:
    """Of what is there of it: the folder itself may not be made yet."""
    here = folder.absolute()
    while not os.path.ismount(here):
        here = here.parent
    return here
