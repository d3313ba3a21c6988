"""The living parts, put together and run."""

from arenabridge.app.assembly import open_accounts, open_files, open_import, open_keys
from arenabridge.app.listening import StartError
from arenabridge.app.places import database_of
from arenabridge.app.running import Running, RunningFileHost, running_file_host, running_gateway

__all__ = [
    "Running",
    "RunningFileHost",
    "StartError",
    "database_of",
    "open_accounts",
    "open_files",
    "open_import",
    "open_keys",
    "running_file_host",
    "running_gateway",
]
