"""The tables, as the newest migration leaves them. Times are seconds since 1970, UTC."""

from arenabridge.storage.tables import (  # noqa: F401 - they add theirs to the metadata
    alerts,
    captures,
    files,
    notices,
    people,
    shared,
    site_sessions,
    usage,
    workers,
)
from arenabridge.storage.tables.keys import api_keys
from arenabridge.storage.tables.metadata import metadata
from arenabridge.storage.tables.models import site_models

__all__ = ["api_keys", "metadata", "site_models"]
