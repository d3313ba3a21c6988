"""What a running gateway knows of newer releases, and of announcements."""

from dataclasses import dataclass

from arenabridge.updates.announcements import Announcements
from arenabridge.updates.index import Release


@dataclass(slots=True)
class News:
    """Kept up to date by `arenabridge.app.looking`."""

    announcements: Announcements
    command: str
    """What installs a newer release here."""
    newer: Release | None = None
    """The newest release, if it is newer than what runs."""
