"""`arenabridge keys`: make, list, change and revoke API keys, beside a running gateway or without one."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from arenabridge.cli import key_options as options
from arenabridge.cli.options import DataDir, plain_errors, settings_from

commands = typer.Typer(help="API keys.", no_args_is_help=True)

KeyId = Annotated[str, typer.Argument(help="The id that `keys list` shows.")]


@commands.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, to tell it from others.")] = "key",
    *,
    strict: options.Strict = None,
    reasoning: options.Reasoning = None,
    citations: options.Citations = None,
    role_mode: options.RoleModeOption = None,
    trailing_user_message: options.Trailing = None,
    overflow: options.OverflowOption = None,
    unseen_pictures: options.UnseenPicturesOption = None,
    text_files: options.TextFilesOption = None,
    downscale_pictures: options.Downscale = None,
    data_dir: DataDir = None,
) -> None:
    """Make a key and print it: it can't be shown again."""
    from arenabridge.accounts import profiles
    from arenabridge.app import open_keys
    from arenabridge.wire.profile import ClientProfile

    wishes = options.given(
        strict=strict,
        reasoning=reasoning,
        citations=citations,
        role_mode=role_mode,
        trailing_user_message=trailing_user_message,
        overflow=overflow,
        unseen_pictures=unseen_pictures,
        text_files=text_files,
        downscale_pictures=downscale_pictures,
    )
    with plain_errors():
        profile = profiles.changed(ClientProfile(), wishes)
        print(open_keys(settings_from(data_dir=data_dir)).create(name, profile))


@commands.command("set")
def set_(
    key_id: KeyId,
    *,
    strict: options.Strict = None,
    reasoning: options.Reasoning = None,
    citations: options.Citations = None,
    role_mode: options.RoleModeOption = None,
    trailing_user_message: options.Trailing = None,
    overflow: options.OverflowOption = None,
    unseen_pictures: options.UnseenPicturesOption = None,
    text_files: options.TextFilesOption = None,
    downscale_pictures: options.Downscale = None,
    data_dir: DataDir = None,
) -> None:
    """Change how a key's client is served. A running gateway does so within half a minute."""
    from arenabridge.accounts import profiles
    from arenabridge.app import open_keys

    wishes = options.given(
        strict=strict,
        reasoning=reasoning,
        citations=citations,
        role_mode=role_mode,
        trailing_user_message=trailing_user_message,
        overflow=overflow,
        unseen_pictures=unseen_pictures,
        text_files=text_files,
        downscale_pictures=downscale_pictures,
    )
    with plain_errors():
        keys = open_keys(settings_from(data_dir=data_dir))
        key = keys.valid(key_id)
        if key is None or not keys.set_profile(key_id, profiles.changed(key.profile, wishes)):
            raise _unknown(key_id)


@commands.command("list")
def list_keys(data_dir: DataDir = None) -> None:
    """List the keys: id, beginning, state, date, name, and what differs from the defaults."""
    from arenabridge.app import open_keys

    with plain_errors():
        for key in open_keys(settings_from(data_dir=data_dir)).all():
            state = "revoked" if key.revoked_at else "valid  "
            created = datetime.fromtimestamp(key.created_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
            wishes = options.in_words(key.profile)
            print(f"{key.id}  {key.prefix}...  {state}  {created}  {key.name}  {wishes}".rstrip())


@commands.command("revoke")
def revoke(key_id: KeyId, data_dir: DataDir = None) -> None:
    """Revoke a key. A running gateway refuses it within half a minute."""
    from arenabridge.app import open_keys

    with plain_errors():
        if not open_keys(settings_from(data_dir=data_dir)).revoke(key_id):
            raise _unknown(key_id)


def _unknown(key_id: str) -> typer.BadParameter:
    return typer.BadParameter(f"there is no valid key with the id {key_id}")
