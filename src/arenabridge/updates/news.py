"""What a running gateway knows of newer releases, and of announcements."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Engine as Database

from arenabridge.updates.announcements import Announcements
from arenabridge.updates.index import Release
from arenabridge.updates.installation import here


@dataclass(slots=True)
class News:
    """Kept up to date by `arenabridge.app.looking`."""

    announcements: Announcements
    command: str
    """What installs a newer release here."""
    newer: Release | None = None
    """The newest release, if it is newer than what runs."""

    @classmethod
    def open(cls, database: Database, unix: Callable[[], float], environment: Mapping[str, str]) -> "News":
        """As long as nobody has looked, nothing is new."""
        return cls(Announcements(database, unix), here(environment).command)
