"""`arenabridge simulator`: the stand-in of the site as a process of its own."""

from pathlib import Path
from typing import Annotated

import typer

from arenabridge.cli.event_loop import run, stop_signal
from arenabridge.cli.options import plain_errors


class _ExtraMissing(Exception):
    def __init__(self) -> None:
        super().__init__("the simulator needs its extra: install arenabridge[simulator]")


def simulator(
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8443,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    tls: Annotated[bool, typer.Option(help="HTTPS with HTTP/2 and a throw-away certificate authority.")] = False,
    ca_file: Annotated[
        Path | None, typer.Option(help="With --tls: write the authority's certificate here, to be trusted.")
    ] = None,
) -> None:
    """Serve a stand-in of the Arena site: for trying things, never for the real models."""
    with plain_errors(_ExtraMissing, OSError):
        run(_simulate(port, host, ca_file if tls else None, tls=tls))


async def _simulate(port: int, host: str, ca_file: Path | None, *, tls: bool) -> None:
    try:
        from arenabridge.simulator.site import RunningSite, ServeOptions, serve_forever
    except ModuleNotFoundError as error:
        raise _ExtraMissing from error

    def ready(site: RunningSite) -> None:
        print(f"The simulated site is at {site.url}")
        print(f"  Knobs, faults and audit      {site.url}/__simulator__/", flush=True)

    options = ServeOptions(host=host, port=port, tls=tls, ca_file=ca_file)
    await serve_forever(options, ready=ready, stop=stop_signal())
