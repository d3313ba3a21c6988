"""
`arenabridge demo`: the whole way, on real parts, without the real site.

Simulated site, gateway, and a headless browser whose tab runs the userscript; then the official OpenAI client asks a
question and prints the answer word by word.
"""

import asyncio
import contextlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from arenabridge.cli.event_loop import run, until_stopped
from arenabridge.cli.options import plain_errors, set_up_logging
from arenabridge.settings import Settings

if TYPE_CHECKING:
    from arenabridge.app import Running
    from arenabridge.simulator.site import RunningSite

Say = Callable[[str], None]

SITE_NAME = "lmarena.ai"
SITE_ORIGIN = f"https://{SITE_NAME}"
READY_SECONDS = 30.0
"""A browser on a slow machine takes a few seconds to start, load the page and connect."""

QUESTION = "In two or three sentences: what does a bridge have to be good at?"


class DemoFailed(Exception):
    """The demonstration did not come to its end. The message says where it stopped."""


def demo(
    port: Annotated[int, typer.Option(help="The gateway's port; 0 takes a free one.")] = 5102,
    once: Annotated[bool, typer.Option(help="End after the answer; the exit code tells whether it came.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON when everything is ready, for scripts.")
    ] = False,
) -> None:
    """Show the main job end to end with a simulated site: no account, no real model, nothing leaves this computer."""
    from arenabridge.app import StartError
    from arenabridge.worker.browser import BrowserUnavailable

    with plain_errors(StartError, BrowserUnavailable, DemoFailed):
        set_up_logging("warning")
        try:
            run(_demo(port, once=once, as_json=as_json))
        except ModuleNotFoundError as error:
            raise DemoFailed(f"the demonstration needs its extra: install arenabridge[demo] ({error})") from error


@dataclass(frozen=True, slots=True)
class _Stage:
    """Everything that runs while the demonstration does."""

    running: "Running"
    site: "RunningSite"
    key: str
    data_dir: Path


async def _demo(port: int, *, once: bool, as_json: bool) -> None:
    say: Say = (lambda _: None) if as_json else print
    async with _stage(port, say) as stage:
        if as_json:
            print(json.dumps(_facts(stage)), flush=True)
        else:
            await _ask(stage)
            _print_addresses(stage)
        if not once:
            await until_stopped()


@contextlib.asynccontextmanager
async def _stage(port: int, say: Say) -> AsyncIterator[_Stage]:
    from arenabridge.app import running_gateway
    from arenabridge.http.links.script import script_text
    from arenabridge.simulator.site import Site
    from arenabridge.simulator.storage import STORAGE_HOST
    from arenabridge.worker.browser import bridged_tab, launched, site_arguments

    with tempfile.TemporaryDirectory(prefix="arenabridge-demo-") as folder:
        hostnames = (SITE_NAME, STORAGE_HOST)
        settings = Settings(data_dir=Path(folder), port=port, site_origins=(SITE_ORIGIN,))
        async with (
            Site().serving(tls=True, hostnames=hostnames) as site,
            running_gateway(settings, environment={}) as running,
        ):
            say(f"Simulated site   {SITE_ORIGIN} (really {site.url})")
            say(f"Gateway          {running.base_url}")
            async with (
                launched(site_arguments(hostnames, site.port, site.spki)) as browser,
                bridged_tab(browser, script_text(running.gateway), f"{SITE_ORIGIN}/?mode=direct"),
            ):
                await _until_ready(running)
                say(f"Browser          {browser.version}, one tab, connected\n")
                yield _Stage(running, site, running.first_key or "", settings.data_dir)


async def _until_ready(running: "Running") -> None:
    """A tab is connected and the site's models are known."""
    hub, models = running.gateway.hub, running.gateway.models
    try:
        async with asyncio.timeout(READY_SECONDS):
            while not hub.workers or not len(models.catalogue):  # noqa: ASYNC110 - a person watches, nothing depends on it
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise DemoFailed(f"the browser's tab did not connect within {READY_SECONDS:.0f} s") from None


async def _ask(stage: _Stage) -> None:
    """The official client, streamed, each piece printed as it comes."""
    from openai import AsyncOpenAI, OpenAIError

    async with AsyncOpenAI(base_url=f"{stage.running.base_url}/v1", api_key=stage.key, max_retries=0) as client:
        try:
            models = [model async for model in client.models.list()]
            model = next(model.id for model in models if getattr(model, "type", "") == "chat")
            print(f"{len(models)} models. Asking {model}:\n\n  > {QUESTION}\n\n  ", end="")
            stream = await client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": QUESTION}], stream=True
            )
            pieces = 0
            async for chunk in stream:
                text = chunk.choices[0].delta.content or "" if chunk.choices else ""
                pieces += bool(text)
                print(text.replace("\n", "\n  "), end="", flush=True)
        except OpenAIError as error:
            raise DemoFailed(f"the client got no answer: {error}") from error
    if not pieces:
        raise DemoFailed("the answer was empty")
    how = ", ".join(how for worker in stage.running.gateway.hub.workers for how in worker.served)
    print(f"\n\n({pieces} pieces, streamed through the browser, by {how})\n")


def _facts(stage: _Stage) -> dict[str, str]:
    base_url = stage.running.base_url
    return {
        "base_url": f"{base_url}/v1",
        "api_key": stage.key,
        "dashboard_url": stage.running.set_up_address or f"{base_url}/",
        "simulator_url": stage.site.url,
        "data_dir": str(stage.data_dir),
    }


def _print_addresses(stage: _Stage) -> None:
    facts = _facts(stage)
    print(f"Base URL    {facts['base_url']}")
    print(f"API key     {facts['api_key']}")
    print(f"Dashboard   {facts['dashboard_url']}", flush=True)
