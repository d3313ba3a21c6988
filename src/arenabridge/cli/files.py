"""`arenabridge files`: the file host alone, for the computer that the internet can reach."""

import os
from typing import Annotated

import typer

from arenabridge.cli.event_loop import run, until_stopped
from arenabridge.cli.options import DataDir, Host, LogLevel, plain_errors, set_up_logging, settings_from
from arenabridge.settings import Settings, SettingsError
from arenabridge.settings_rules import is_web_address

KEY_VARIABLE = "FILE_BED_API_KEY"

PublicUrl = Annotated[str | None, typer.Option(help="Where others reach this host, such as https://files.example.org.")]


def files(
    host: Host = None,
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 5180,
    public_url: PublicUrl = None,
    data_dir: DataDir = None,
    log_level: LogLevel = None,
) -> None:
    """Keep and serve files, without a gateway: for `file_bed_upload_url` of another one."""
    from arenabridge.app import StartError

    with plain_errors(StartError):
        settings = settings_from(host=host, data_dir=data_dir, log_level=log_level)
        set_up_logging(settings.log_level)
        if public_url and not is_web_address(public_url):
            raise SettingsError(f"--public-url: expected an address like https://files.example.org, not {public_url}.")
        run(_serve(_own(settings, port, public_url)))


def _own(settings: Settings, port: int, public_url: str | None) -> Settings:
    """A folder of its own, so that a gateway may run beside it; port and address are never the gateway's."""
    import msgspec

    return msgspec.structs.replace(settings, port=port, public_url=public_url, data_dir=settings.data_dir / "file-host")


async def _serve(settings: Settings) -> None:
    from arenabridge.app import running_file_host

    given = settings.file_bed_api_key or os.environ.get(KEY_VARIABLE)
    async with running_file_host(settings, given) as running:
        print(f"The file host is at {running.base_url}")
        print(f"  Uploads (file_bed_upload_url) {running.base_url}/upload")
        if given is None:
            print(f"  Key (file_bed_api_key)        {running.key}")
        print(f"  Files                         {settings.data_dir}", flush=True)
        if running.warning:
            print(f"  Note: {running.warning}", flush=True)
        await until_stopped()
        print("Stopping.")
