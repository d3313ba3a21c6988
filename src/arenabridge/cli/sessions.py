"""`arenabridge sessions`: sessions at the site that the gateway works with directly, without a browser tab."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli.options import DataDir, settings_of_gateway, settings_to_begin
from arenabridge.cli.pasting import pasted

if TYPE_CHECKING:
    from pathlib import Path

    from arenabridge.accounts.accounts import Accounts
    from arenabridge.settings import Settings

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
    accounts = _accounts(settings_to_begin(data_dir))
    owner_id = _owner_id(owner, accounts)
    text = pasted("the value of the cookie arena-auth-prod-v1, or its pieces .0 and .1")
    kept = accounts.site_sessions.add(name, text, owner_id, "all" if shared else "owner")
    print(f"{kept.id}  {kept.name}  {_until(kept.expires_at)}")


@commands.command("list")
def list_sessions(data_dir: DataDir = None) -> None:
    """List them: id, name, whose, e-mail address at the site, until when, sharing. Never the sessions themselves."""
    for kept in _accounts(settings_of_gateway(data_dir)).site_sessions.all():
        paused = "paused" if kept.rests else kept.sharing
        print("  ".join((kept.id, kept.name, kept.owner or "-", kept.email or "-", _until(kept.expires_at), paused)))


@commands.command("remove")
def remove(
    session_id: Annotated[str, typer.Argument(help="The id that `sessions list` shows.")], data_dir: DataDir = None
) -> None:
    """Forget a session. At the site it lives on, until you sign out there."""
    store = _accounts(settings_of_gateway(data_dir)).site_sessions
    store.get(session_id)
    store.remove(session_id)


@commands.command("pause")
def pause(
    session_id: Annotated[str, typer.Argument(help="The id that `sessions list` shows.")], data_dir: DataDir = None
) -> None:
    """Do no work with a session until it is resumed."""
    _pause(session_id, data_dir, paused=True)


@commands.command("resume")
def resume(
    session_id: Annotated[str, typer.Argument(help="The id that `sessions list` shows.")], data_dir: DataDir = None
) -> None:
    """Work with a paused session again. The site renews one that has ended, unless it is over."""
    _pause(session_id, data_dir, paused=False)


def _pause(session_id: str, data_dir: "Path | None", *, paused: bool) -> None:
    store = _accounts(settings_of_gateway(data_dir)).site_sessions
    kept = store.get(session_id)
    store.change(kept.id, name=kept.name, sharing=kept.sharing, paused=paused)
    print(f"{kept.id}  {kept.name}  {'paused' if paused else 'works again within seconds'}")


@commands.command("encrypt-anew")
def encrypt_anew(
    before: Annotated[
        str,
        typer.Option(
            envvar="ARENABRIDGE_SECRET_KEY_BEFORE",
            prompt="The gateway's secret before",
            hide_input=True,
            help="The secret before. Asked for if it is not given.",
        ),
    ],
    data_dir: DataDir = None,
) -> None:
    """Keep all sessions under the gateway's present secret, after it was changed."""
    from arenabridge.accounts.secrets import Secrets

    key = Secrets(before.encode("utf-8", "surrogateescape")).derive("site sessions")
    store = _accounts(settings_of_gateway(data_dir)).site_sessions
    print(f"{store.encrypt_anew(key)} sessions are encrypted with the present secret now.")


def _accounts(settings: "Settings") -> "Accounts":
    from arenabridge.app import open_accounts

    return open_accounts(settings)


def _owner_id(name: str | None, accounts: "Accounts") -> str | None:
    from arenabridge.accounts.people import owner_named

    return owner_named(accounts.people, name) if name else None


def _until(expires_at: float) -> str:
    return (
        datetime.fromtimestamp(expires_at, UTC).strftime("until %Y-%m-%d %H:%M UTC") if expires_at else "no end known"
    )
