"""`arenabridge capture`: have a site session set aside by pressing Retry in a tab."""

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from arenabridge.cli.options import DataDir, GatewayUrl, plain_errors, settings_of_gateway

if TYPE_CHECKING:
    from arenabridge.cli.running_gateway import RunningGateway

POLL_SECONDS = 0.5
NOT_CAPTURED = 1


def capture(
    *,
    model: Annotated[str | None, typer.Option(help="The model that the session is for.")] = None,
    default: Annotated[bool, typer.Option("--default", help="It is for all models. This is the default.")] = False,
    mode: Annotated[
        Literal["direct", "battle", "direct_chat"] | None,
        typer.Option(help="The mode of the session; direct_chat is direct. Default: what its page says."),
    ] = None,
    target: Annotated[
        Literal["A", "B"], typer.Option(help="Whose answer it is, in a battle.", case_sensitive=False)
    ] = "A",
    worker: Annotated[str | None, typer.Option(help="The tab to wait for, by its id. Default: any.")] = None,
    label: Annotated[str, typer.Option(help="What to remember the session by.")] = "",
    gateway: GatewayUrl = None,
    data_dir: DataDir = None,
) -> None:
    """Wait until you press Retry at an answer on the site, and keep its session. The gateway must be running."""
    from arenabridge.cli.running_gateway import NotReached, running_gateway

    if model and default:
        raise typer.BadParameter("--model and --default contradict each other")
    wanted = {"model": model, "mode": mode, "target": target, "worker": worker, "label": label}
    with plain_errors(NotReached), running_gateway(settings_of_gateway(data_dir), gateway) as running:
        told = running.call("POST", "/api/capture", wanted)
        print(
            f"Press Retry at an answer on the site, in a tab that shows 🎯 ({round(told['seconds_left'])} s).",
            flush=True,
        )
        ended = _wait(running)
    if ended["outcome"] != "captured":
        print(_WORDS.get(ended["outcome"], ended["outcome"]), ended["words"])
        raise typer.Exit(NOT_CAPTURED)
    captured = ended["captured"]
    print(f"{captured['id']}  {captured['session']}  for {captured['model'] or 'all models'}")


_WORDS = {
    "timed_out": "Nobody pressed Retry in time.",
    "stopped": "The capture was stopped, or another was begun.",
    "failed": "The session could not be kept:",
}


def _wait(running: "RunningGateway") -> dict[str, Any]:
    try:
        while True:
            told: dict[str, Any] = running.call("GET", "/api/capture")
            if told["outcome"] != "waiting":
                return told
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        running.call("DELETE", "/api/capture")
        raise
