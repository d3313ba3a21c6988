"""`arenabridge serve`: the gateway."""

from arenabridge.cli.event_loop import run, until_stopped
from arenabridge.cli.options import (
    DataDir,
    Host,
    LogLevel,
    Port,
    SiteOrigin,
    Slots,
    plain_errors,
    set_up_logging,
    settings_from,
)
from arenabridge.settings import Settings


def serve(
    host: Host = None,
    port: Port = None,
    data_dir: DataDir = None,
    site_origin: SiteOrigin = None,
    slots: Slots = None,
    log_level: LogLevel = None,
) -> None:
    """Start the gateway and run until Ctrl-C."""
    from arenabridge.app import StartError

    with plain_errors(StartError):
        settings = settings_from(
            host=host, port=port, data_dir=data_dir, site_origins=site_origin or None, slots=slots, log_level=log_level
        )
        set_up_logging(settings.log_level)
        run(_serve(settings))


async def _serve(settings: Settings) -> None:
    from arenabridge.app import running_gateway

    async with running_gateway(settings) as running:
        print(f"Arena Bridge is at {running.base_url}")
        print(f"  Base URL for your programs   {running.base_url}/v1")
        if running.first_key:
            print(f"  API key (shown only now)     {running.first_key}")
        if running.set_up_address:
            print(f"  Set up (opens once)          {running.set_up_address}")
        print(f"  Userscript (keep it private) {running.install_address}")
        print(f"  Data                         {settings.data_dir}", flush=True)
        if running.warning:
            print(f"  Note: {running.warning}", flush=True)
        await until_stopped()
        print("Stopping.")
