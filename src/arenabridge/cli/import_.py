"""`arenabridge import`: what an earlier bridge has in its folder."""

import dataclasses
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli.options import DataDir, plain_errors, settings_from

if TYPE_CHECKING:
    from arenabridge.importing import Target
    from arenabridge.importing.folder import System
    from arenabridge.settings import Settings


def import_(
    folder: Annotated[Path, typer.Argument(help="The folder that the earlier bridge runs in.")],
    *,
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it. Otherwise it is only told what would be done.")
    ] = False,
    from_: Annotated[
        str | None, typer.Option("--from", help="userscript, tokens or proxy. Default: what the folder looks like.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Bring over what an earlier bridge has in its folder. Nothing in that folder is changed."""
    from arenabridge.errors import GatewayError
    from arenabridge.importing import ImportFailed, make_plan, report

    with plain_errors(ImportFailed, GatewayError), ExitStack() as stack:
        settings = settings_from(data_dir=data_dir)
        target = _target(settings, stack, writes=apply)
        plan = make_plan(folder, target, _system(from_))
        if apply:
            plan = plan.carry_out(target)
        print(report(plan, settings.data_dir, applied=apply), end="")


def _system(name: str | None) -> "System | None":
    from arenabridge.importing import SYSTEMS

    found = next((system for system in SYSTEMS if system == name), None)
    if name is not None and found is None:
        raise typer.BadParameter(f"expected one of {', '.join(SYSTEMS)}", param_hint="--from")
    return found


def _target(settings: "Settings", stack: ExitStack, *, writes: bool) -> "Target":
    """A mere look creates nothing: where there is no data directory yet, it uses an empty one elsewhere."""
    from msgspec.structs import replace

    from arenabridge.app import open_import
    from arenabridge.storage.database import FILE_NAME

    kept_in = settings
    if not writes and settings.database_url is None and not (settings.data_dir / FILE_NAME).exists():
        empty = stack.enter_context(tempfile.TemporaryDirectory(prefix="arenabridge-", ignore_cleanup_errors=True))
        kept_in = replace(settings, data_dir=Path(empty))
    target = open_import(kept_in, settings.data_dir)
    return dataclasses.replace(target, tell=lambda words: print(words, file=sys.stderr, flush=True))
