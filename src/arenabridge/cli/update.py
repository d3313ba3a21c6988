"""`arenabridge update`: install a newer release, if it works."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli.options import DataDir, plain_errors, settings_from

if TYPE_CHECKING:
    from arenabridge.settings import Settings
    from arenabridge.updates.installation import Installation


def update(
    version: Annotated[str | None, typer.Option(help="Exactly this one. Default: the newest.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    back: Annotated[bool, typer.Option("--back", help="Go back to the version before the last update.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Install a newer release: verified, tried beside the one in use first, and taken back if it does not start."""
    from arenabridge.updates.index import UpdateError
    from arenabridge.updates.installation import INSTEAD, here

    with plain_errors(UpdateError, OSError):  # a full disk, above all
        settings = settings_from(data_dir=data_dir)
        installation = here()
        if words := INSTEAD.get(installation.how):
            raise UpdateError(words)
        if back:
            _go_back(installation, settings, yes=yes)
        else:
            asyncio.run(_update(settings, installation, version, yes=yes))


def _go_back(installation: Installation, settings: Settings, *, yes: bool) -> None:
    from arenabridge.updates.updating import go_back, kept_version

    version = kept_version(installation, settings.data_dir)
    if version and not yes:
        typer.confirm(f"Go back to {version}?", abort=True)
    version = go_back(installation, settings.data_dir)
    print(f"{version} is back: start the gateway again.")
    copy = "what pg_dump made" if settings.database_url else f"the copy from {settings.data_dir / 'backups'}"
    print(f"If it finds the database too new, put {copy} in its place first.")


async def _update(settings: Settings, installation: Installation, wanted: str | None, *, yes: bool) -> None:
    from arenabridge import __version__
    from arenabridge.updates.index import UpdateError, newer, releases
    from arenabridge.updates.updating import Updating, folder_of_one_update, http_client

    if not installation.install:
        raise UpdateError("There is neither pip nor uv to install with: install uv, or pip into this environment.")
    has_server = settings.database_url is not None
    updating = Updating(installation, __version__, settings.data_dir, print, has_server=has_server)
    async with http_client() as client:
        found = await releases(settings.update_index_url, client)
        named = [each for each in found if wanted and str(each.version) == wanted.removeprefix("v")]
        release = next(iter(named), None) if wanted else newer(found, __version__)
        if release is None:
            if wanted:
                raise UpdateError(f"There is no release {wanted} that runs here.")
            print(f"{__version__} is the newest release.")
            return
        print(f"{__version__} is installed by {installation.how.value}; {release.version} is there ({release.url}).")
        if updating.warning:
            print(updating.warning)
        if not yes:
            typer.confirm(f"Install {release.version}?", abort=True)
        with folder_of_one_update(settings.data_dir) as folder:
            wheel = await updating.download(release, folder, client)
            await asyncio.to_thread(updating.install, release, wheel, folder)
    print(f"{release.version} is installed: start the gateway again. To go back: arenabridge update --back")
