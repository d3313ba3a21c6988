"""`arenabridge sessions`: sessions at the site that the gateway works with directly, without a browser tab."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli.options import DataDir, plain_errors, settings_from

if TYPE_CHECKING:
    from pathlib import Path

    from arenabridge.accounts.site_sessions import SiteSessions

commands = typer.Typer(
    help="Your own sessions at the site, used without a browser tab. A running gateway notices within seconds.",
    no_args_is_help=True,
)


@commands.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What to call it.")],
    owner: Annotated[
        str | None, typer.Option(help="The person of this gateway whose it is. Default: nobody's.")
    ] = None,
    shared: Annotated[bool, typer.Option("--shared", help="Let it serve everybody's requests.")] = False,
    data_dir: DataDir = None,
) -> None:
    """
    Add the session that is given on standard input: the value of the cookie arena-auth-prod-v1, or its pieces.

    It is not taken as an argument, since other programs of this computer can read those.
    """
    if sys.stdin.isatty():
        print("Paste the value of the cookie arena-auth-prod-v1, or its pieces .0 and .1, then press Ctrl-D:")
    with plain_errors():
        store = _store(data_dir)
        kept = store.add(name, sys.stdin.read(), _owner_id(owner, data_dir), "all" if shared else "owner")
        print(f"{kept.id}  {kept.name}  {_until(kept.expires_at)}")


@commands.command("list")
def list_sessions(data_dir: DataDir = None) -> None:
    """List them: id, name, whose, e-mail address at the site, until when, sharing. Never the sessions themselves."""
    with plain_errors():
        for kept in _store(data_dir).all():
            paused = "paused" if kept.rests else kept.sharing
            print(
                "  ".join((kept.id, kept.name, kept.owner or "-", kept.email or "-", _until(kept.expires_at), paused))
            )


@commands.command("remove")
def remove(
    session_id: Annotated[str, typer.Argument(help="The id that `sessions list` shows.")], data_dir: DataDir = None
) -> None:
    """Forget a session. At the site it lives on, until you sign out there."""
    with plain_errors():
        store = _store(data_dir)
        store.get(session_id)
        store.remove(session_id)


@commands.command("encrypt-anew")
def encrypt_anew(
    before: Annotated[str, typer.Option(envvar="ARENABRIDGE_SECRET_KEY_BEFORE", help="The secret before.")],
    data_dir: DataDir = None,
) -> None:
    """Keep all sessions under the gateway's present secret, after it was changed."""
    from arenabridge.accounts.secrets import Secrets

    with plain_errors():
        key = Secrets(before.encode("utf-8", "surrogateescape")).derive("site sessions")
        print(f"{_store(data_dir).encrypt_anew(key)} sessions are encrypted with the present secret now.")


def _store(data_dir: "Path | None") -> "SiteSessions":
    from arenabridge.app import open_accounts

    return open_accounts(settings_from(data_dir=data_dir)).site_sessions


def _owner_id(name: str | None, data_dir: "Path | None") -> str | None:
    from arenabridge.app import open_accounts

    if name is None:
        return None
    people = open_accounts(settings_from(data_dir=data_dir)).people
    found = [user.id for user in people.all() if user.name == name]
    if not found:
        raise typer.BadParameter(f"there is no person called {name!r}")
    return found[0]


def _until(expires_at: float) -> str:
    return (
        datetime.fromtimestamp(expires_at, UTC).strftime("until %Y-%m-%d %H:%M UTC") if expires_at else "no end known"
    )
