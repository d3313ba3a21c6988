"""`arenabridge keys`: make, list, change and revoke API keys, beside a running gateway or without one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli import key_options as options
from arenabridge.cli.options import DataDir, settings_of_gateway, settings_to_begin

if TYPE_CHECKING:
    from arenabridge.accounts.accounts import Accounts
    from arenabridge.accounts.keys import ApiKey

commands = typer.Typer(help="API keys.", no_args_is_help=True)

KeyId = Annotated[str, typer.Argument(help="The id that `keys list` shows.")]


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, to tell it from others.")] = "key",
    *,
    owner: Annotated[str | None, typer.Option(help="Whose key it is; by default the gateway's own.")] = None,
    admin: Annotated[bool, typer.Option("--admin", help="It opens the dashboard's API too (the scope admin).")] = False,
    strict: options.Strict = None,
    reasoning: options.Reasoning = None,
    citations: options.Citations = None,
    pictures: options.PicturesOption = None,
    role_mode: options.RoleModeOption = None,
    trailing_user_message: options.Trailing = None,
    overflow: options.OverflowOption = None,
    unseen_pictures: options.UnseenPicturesOption = None,
    text_files: options.TextFilesOption = None,
    downscale_pictures: options.Downscale = None,
    keep_bodies: options.KeepBodies = None,
    priority: options.PriorityOption = None,
    share: options.Share = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it: it can't be shown again."""
    from arenabridge.accounts import profiles
    from arenabridge.accounts.keys import KeyForm
    from arenabridge.accounts.people import owner_named
    from arenabridge.app import open_accounts
    from arenabridge.wire.profile import ClientProfile

    wishes = options.given(
        strict=strict,
        reasoning=reasoning,
        citations=citations,
        pictures=pictures,
        role_mode=role_mode,
        trailing_user_message=trailing_user_message,
        overflow=overflow,
        unseen_pictures=unseen_pictures,
        text_files=text_files,
        downscale_pictures=downscale_pictures,
        keep_bodies=keep_bodies,
        priority=priority,
        share=share,
    )
    accounts = open_accounts(settings_to_begin(data_dir))
    owner_id = owner_named(accounts.people, owner) if owner else None
    form = KeyForm(name=name, administers=admin, profile=profiles.changed(ClientProfile(), wishes))
    made, key = accounts.keys.make(form, owner_id)
    changed_by_hand(accounts, "key.created", made, "admin" if admin else "")
    print(key)


@commands.command("set")
def set_(
    key_id: KeyId,
    *,
    strict: options.Strict = None,
    reasoning: options.Reasoning = None,
    citations: options.Citations = None,
    pictures: options.PicturesOption = None,
    role_mode: options.RoleModeOption = None,
    trailing_user_message: options.Trailing = None,
    overflow: options.OverflowOption = None,
    unseen_pictures: options.UnseenPicturesOption = None,
    text_files: options.TextFilesOption = None,
    downscale_pictures: options.Downscale = None,
    keep_bodies: options.KeepBodies = None,
    priority: options.PriorityOption = None,
    share: options.Share = None,
    data_dir: DataDir = None,
) -> None:
    """Change how a key's client is served. A running gateway does so within half a minute."""
    from dataclasses import replace

    from arenabridge.accounts import profiles
    from arenabridge.accounts.keys import KeyForm
    from arenabridge.app import open_accounts

    wishes = options.given(
        strict=strict,
        reasoning=reasoning,
        citations=citations,
        pictures=pictures,
        role_mode=role_mode,
        trailing_user_message=trailing_user_message,
        overflow=overflow,
        unseen_pictures=unseen_pictures,
        text_files=text_files,
        downscale_pictures=downscale_pictures,
        keep_bodies=keep_bodies,
        priority=priority,
        share=share,
    )
    accounts = open_accounts(settings_of_gateway(data_dir))
    key = accounts.keys.change(
        key_id, lambda key: replace(KeyForm.of(key), profile=profiles.changed(key.profile, wishes))
    )
    if key is None:
        raise unknown(key_id)
    changed_by_hand(accounts, "key.changed", key, ", ".join(wishes))


@commands.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """List the keys: id, beginning, state, date, name, whose, what differs from the defaults, limits, its end."""
    from arenabridge.app import open_keys

    for key in open_keys(settings_of_gateway(data_dir)).all():
        print("  ".join(_in_words(key)))


@commands.command("revoke")
def revoke(key_id: KeyId, data_dir: DataDir = None) -> None:
    """Revoke a key. A running gateway refuses it within half a minute."""
    accounts, key = _valid(key_id, data_dir)
    accounts.keys.revoke(key_id)
    changed_by_hand(accounts, "key.revoked", key)


@commands.command("rotate")
def rotate(
    key_id: KeyId,
    overlap_hours: Annotated[
        float,
        typer.Option(min=0, help="How long the old one is good for still; 0 ends the one before it, too."),
    ] = 24.0,
    data_dir: DataDir = None,
) -> None:
    """Give a key a new secret and print it: it can't be shown again. Limits and use stay."""
    accounts, key = _valid(key_id, data_dir)
    print(accounts.keys.rotate(key_id, overlap_hours * 3600))
    changed_by_hand(accounts, "key.rotated", key, f"overlap {overlap_hours:g} h")


@commands.command("disable")
def disable(key_id: KeyId, data_dir: DataDir = None) -> None:
    """Switch a key off until it is enabled again, which its owner can't do."""
    _switch(key_id, data_dir, is_on=False)


@commands.command("enable")
def enable(key_id: KeyId, data_dir: DataDir = None) -> None:
    """Switch a key on again."""
    _switch(key_id, data_dir, is_on=True)


def _switch(key_id: str, data_dir: DataDir, *, is_on: bool) -> None:
    from dataclasses import replace

    from arenabridge.accounts.audit import COMMAND_LINE
    from arenabridge.accounts.keys import KeyForm

    accounts, key = _valid(key_id, data_dir)
    by = None if is_on else COMMAND_LINE.id
    accounts.keys.change(key_id, lambda now: replace(KeyForm.of(now), disabled_by=by))
    changed_by_hand(accounts, "key.changed", key, "enabled" if is_on else "disabled")


def _in_words(key: "ApiKey") -> Iterator[str]:
    yield from (key.id, f"{key.prefix}...", f"{_state(key):8}", _moment(key.created_at), key.name)
    if key.owner is not None:
        yield f"of {key.owner.name}"
    if key.administers:
        yield "--admin"
    yield from filter(None, (options.in_words(key.profile), options.limits_in_words(key.limits)))
    if key.expires_at is not None:
        yield f"until {_moment(key.expires_at)}"


def _moment(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _state(key: "ApiKey") -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= datetime.now(UTC).timestamp():
        return "expired"
    return "disabled" if key.disabled_at is not None else "valid"


def changed_by_hand(accounts: "Accounts", action: str, key: "ApiKey", detail: str = "") -> None:
    """Note it in the audit log."""
    from arenabridge.accounts.audit import COMMAND_LINE

    accounts.audit.record(COMMAND_LINE, action, f"{key.name} ({key.id})", detail=detail)


def _valid(key_id: str, data_dir: DataDir) -> "tuple[Accounts, ApiKey]":
    from arenabridge.app import open_accounts

    accounts = open_accounts(settings_of_gateway(data_dir))
    key = accounts.keys.valid(key_id)
    if key is None:
        raise unknown(key_id)
    return accounts, key


def unknown(key_id: str) -> typer.BadParameter:
    return typer.BadParameter(f"there is no valid key with the id {key_id}")
