"""One command is one process: several on one port would each have a queue, limits and tabs that the others lack."""

from collections.abc import Mapping

from arenabridge.app.listening import StartError
from arenabridge.settings import Settings

VARIABLE = "WEB_CONCURRENCY"
"""The variable in which hosts say how many processes a web server is to start; Heroku sets it by itself."""


def check_processes(settings: Settings, flag: int | None, environment: Mapping[str, str]) -> None:
    """Raises `StartError` where more than one is asked for."""
    said = environment.get(VARIABLE, "")
    wanted = flag if flag is not None else int(said) if said.isdecimal() else 1
    if wanted <= 1:
        return
    source = f"--workers {wanted}" if flag is not None else f"{VARIABLE}={wanted}"
    how = (
        f"start {wanted} gateways instead, each with a --data-dir and a --port of its own (docs/replicas.md)"
        if settings.redis_url
        else "one process serves hundreds of streams; for more, several gateways can share a Redis server (redis_url, "
        "REDIS_URL) and a PostgreSQL database (docs/replicas.md)"
    )
    reason = "each process would have its own queue, limits and tabs, so clients would find their tabs by chance"
    raise StartError(f"{source}: a gateway is one process, since {reason}. Use 1; {how}.")
