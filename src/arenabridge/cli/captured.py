"""`arenabridge captured`: the site sessions that were captured for the strategy `captured`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from arenabridge.cli.options import DataDir, plain_errors, settings_of_gateway, settings_to_begin
from arenabridge.wire.arena.captured import CapturedMode, CapturedSession
from arenabridge.wire.reply import Participant

if TYPE_CHECKING:
    from arenabridge.settings import Settings
    from arenabridge.storage.captured_sessions import CapturedSessionStore

commands = typer.Typer(help="Captured site sessions, for the strategy `captured`.", no_args_is_help=True)


@commands.command("add")
def add(
    session: Annotated[str, typer.Argument(help="The site session's id, or the address of its page (…/c/ID).")],
    message: Annotated[str, typer.Argument(help="The id of one of its answers.")],
    model: Annotated[str | None, typer.Option(help="The model that it is for. Default: all.")] = None,
    mode: Annotated[
        Literal["direct", "battle", "direct_chat"],
        typer.Option(help="The mode that the session is in. direct_chat is direct."),
    ] = "direct",
    target: Annotated[Participant, typer.Option(help="Whose answer it is, in a battle.", case_sensitive=False)] = "a",
    label: Annotated[str, typer.Option(help="What to remember it by.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Add a session. A running gateway uses it within a few seconds."""
    from arenabridge.storage.captured_sessions import NotCaptured

    with plain_errors(NotCaptured):
        store = _store(settings_to_begin(data_dir))
        kept_mode: CapturedMode = "battle" if mode == "battle" else "direct"
        print(store.add(session, message, mode=kept_mode, target=target, model=model, label=label).id)


@commands.command("list")
def list_captured(data_dir: DataDir = None) -> None:
    """List the sessions: id, session, mode, model, state, when last used, label; then those that stand in files."""
    settings = settings_of_gateway(data_dir)
    for captured in _store(settings).all():
        print(_in_words(captured))
    for captured in _in_files(settings):
        print("  ".join((*_which(captured), f"in {captured.label}")))


@commands.command("remove")
def remove(
    captured_id: Annotated[str, typer.Argument(help="The id that `captured list` shows.")], data_dir: DataDir = None
) -> None:
    """Use a session no more. The site keeps it."""
    settings = settings_of_gateway(data_dir)
    if not _store(settings).remove(captured_id):
        file = next((each.label for each in _in_files(settings) if each.id == captured_id), "")
        if file:
            raise typer.BadParameter(f"{captured_id} stands in {settings.data_dir / file}: take it out there")
        raise typer.BadParameter(f"there is no captured session with the id {captured_id}")


def _store(settings: "Settings") -> "CapturedSessionStore":
    from arenabridge.app import database_of
    from arenabridge.storage.captured_sessions import CapturedSessionStore

    return CapturedSessionStore(database_of(settings))


def _in_files(settings: "Settings") -> tuple[CapturedSession, ...]:
    from arenabridge.hub.models.given_files import GivenFiles

    return GivenFiles(settings.data_dir).now.sessions


def _which(captured: CapturedSession) -> tuple[str, ...]:
    mode = captured.mode if captured.mode == "direct" else f"battle {captured.target}"
    return captured.id, captured.session, mode, captured.model or "all models"


def _in_words(captured: CapturedSession) -> str:
    state = f"refused {captured.failures} times" if captured.failures else "fine"
    used = "never used"
    if captured.last_used_at is not None:
        used = datetime.fromtimestamp(captured.last_used_at, UTC).strftime("used %Y-%m-%d %H:%M UTC")
    parts = [*_which(captured), state, used, captured.label]
    return "  ".join(part for part in parts if part)
