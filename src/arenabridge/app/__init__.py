"""The parts of a gateway, put together and run."""

from arenabridge.app.assembly import open_accounts, open_files, open_import, open_keys
from arenabridge.app.listening import StartError, network_address, own_address
from arenabridge.app.places import database_of
from arenabridge.app.processes import check_processes
from arenabridge.app.running import Running, RunningFileHost, running_file_host, running_gateway

__all__ = [
    "Running",
    "RunningFileHost",
    "StartError",
    "check_processes",
    "database_of",
    "network_address",
    "open_accounts",
    "open_files",
    "open_import",
    "open_keys",
    "own_address",
    "running_file_host",
    "running_gateway",
]
