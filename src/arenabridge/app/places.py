"""Where a gateway keeps what lasts: in its data directory, or, with others, in a database and a folder of files."""

from pathlib import Path

from sqlalchemy import Engine as Database

from arenabridge.accounts.secrets import Secrets
from arenabridge.http.api.settings_in_use import SECRET
from arenabridge.media.store import FOLDER
from arenabridge.settings import Settings
from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.storage.saved_settings import SavedSettings
from arenabridge.storage.secret_check import check_secret


def database_of(settings: Settings, secrets: Secrets | None = None) -> Database:
    """The database, opened and migrated; raises `DatabaseError`, also where it belongs to other secrets."""
    database = open_database(settings.database_url or settings.data_dir / FILE_NAME)
    try:
        if secrets is not None:
            check_secret(database, secrets.derive("database"))
    except BaseException:
        database.dispose()
        raise
    return database


def saved_settings_of(settings: Settings, database: Database, secrets: Secrets) -> SavedSettings | None:
    """What dashboards have set for all gateways; None where the file is the place for it."""
    return SavedSettings(database, secrets.derive("saved settings"), SECRET) if settings.database_url else None


def files_folder(settings: Settings) -> Path:
    return Path(settings.files_dir).expanduser() if settings.files_dir else settings.data_dir / FOLDER
