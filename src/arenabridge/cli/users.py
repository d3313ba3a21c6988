"""`arenabridge users`: who may sign in, beside a running gateway or without one."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from arenabridge.cli.options import DataDir, GatewayUrl, plain_errors, settings_of_gateway, settings_to_begin

if TYPE_CHECKING:
    from arenabridge.accounts.accounts import Accounts
    from arenabridge.accounts.people import User

commands = typer.Typer(help="People who may sign in to the dashboard.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The name or e-mail address.")]
Password = Annotated[
    str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True, help="Asked for if it is not given.")
]


@commands.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    password: Password,
    email: Annotated[str | None, typer.Option(help="Another name to sign in with.")] = None,
    role: Annotated[Literal["admin", "user"], typer.Option(help="What they may do.")] = "user",
    data_dir: DataDir = None,
) -> None:
    """Add somebody."""
    from arenabridge.accounts.audit import COMMAND_LINE
    from arenabridge.app import open_accounts

    accounts = open_accounts(settings_to_begin(data_dir))
    user = accounts.people.add(name, email, role, accounts.passwords.hash_now(password))
    accounts.audit.record(COMMAND_LINE, "user.created", user.name, detail=user.role)


@commands.command("list")
def list_users(data_dir: DataDir = None) -> None:
    """List everybody: role, state, when they last signed in, name, e-mail address."""
    for user in _accounts(data_dir).people.all():
        state = "disabled" if user.disabled_at else "enabled "
        seen = user.last_sign_in_at
        last = datetime.fromtimestamp(seen, UTC).strftime("%Y-%m-%d %H:%M UTC") if seen else "never               "
        print(f"{user.role:5}  {state}  {last}  {user.name}  {user.email or ''}".rstrip())


@commands.command("reset-password")
def reset_password(name: Name, password: Password, data_dir: DataDir = None) -> None:
    """Give somebody a new password; their browsers are signed out."""
    from arenabridge.accounts.audit import COMMAND_LINE

    accounts = _accounts(data_dir)
    user = found_user(accounts, name)
    accounts.people.set_password(user.id, accounts.passwords.hash_now(password))
    accounts.sessions.end_all(user.id)
    accounts.audit.record(COMMAND_LINE, "user.password_reset", user.name)


@commands.command("reset-link")
def reset_link(name: Name, gateway: GatewayUrl = None, data_dir: DataDir = None) -> None:
    """Print a link by which somebody chooses a new password: good once, for a day. The gateway has to run."""
    from arenabridge.cli.running_gateway import NotReached, running_gateway
    from arenabridge.errors import GatewayError

    with plain_errors(GatewayError, NotReached):
        settings = settings_of_gateway(data_dir)
        user = found_user(_accounts(data_dir), name)
        with running_gateway(settings, gateway) as running:
            print(running.call("POST", f"/api/users/{user.id}/reset-link", {})["link"])


@commands.command("sign-out")
def sign_out(name: Name, data_dir: DataDir = None) -> None:
    """Sign somebody out of all browsers; their keys go on."""
    from arenabridge.accounts.audit import COMMAND_LINE

    accounts = _accounts(data_dir)
    user = found_user(accounts, name)
    ended = accounts.sessions.end_all(user.id)
    accounts.audit.record(COMMAND_LINE, "user.signed_out", user.name, detail=f"{ended} sessions")


@commands.command("disable")
def disable(name: Name, data_dir: DataDir = None) -> None:
    """Sign somebody out everywhere and stop their keys, until they are enabled again."""
    _set_disabled(name, data_dir, disabled=True)


@commands.command("enable")
def enable(name: Name, data_dir: DataDir = None) -> None:
    """Let somebody in again."""
    _set_disabled(name, data_dir, disabled=False)


def _set_disabled(name: str, data_dir: DataDir, *, disabled: bool) -> None:
    from arenabridge.accounts.audit import COMMAND_LINE

    accounts = _accounts(data_dir)
    user = found_user(accounts, name)
    accounts.people.set_disabled(user.id, disabled=disabled)
    if disabled:
        accounts.sessions.end_all(user.id)
    accounts.audit.record(COMMAND_LINE, "user.changed", user.name, detail="disabled" if disabled else "enabled")


def _accounts(data_dir: DataDir) -> "Accounts":
    from arenabridge.app import open_accounts

    return open_accounts(settings_of_gateway(data_dir))


def found_user(accounts: "Accounts", name: str) -> "User":
    from arenabridge.errors import NotFound

    user = accounts.people.find(name)
    if user is None:
        raise NotFound(f"There is nobody called {name}.")
    return user
