"""Where a gateway keeps what lasts: in its data directory, or, with others, in a database and a folder of files."""

from pathlib import Path

from sqlalchemy import Engine as Database

from arenabridge.media.store import FOLDER
from arenabridge.settings import Settings
from arenabridge.storage.database import FILE_NAME, open_database


def database_of(settings: Settings) -> Database:
    """Opened and migrated; raises `DatabaseError`."""
    return open_database(settings.database_url or settings.data_dir / FILE_NAME)


def files_folder(settings: Settings) -> Path:
    return Path(settings.files_dir).expanduser() if settings.files_dir else settings.data_dir / FOLDER
