"""`/`: what a person sees who opens the gateway's address in a browser. Plain HTML, no script, no secrets."""

import asyncio
from collections import Counter
from html import escape
from importlib.resources import files
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

import arenabridge
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.hub.workers.humans import need_of
from arenabridge.wire.link.messages import How

_PAGE = Template(files("arenabridge.web").joinpath("home.html").read_text(encoding="utf-8"))
_STYLE = files("arenabridge.web").joinpath("home.css").read_text(encoding="utf-8")

PAGE_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "cache-control": "no-store",
}
"""The policy of every page for people: nothing runs in it, and nothing is loaded but its style."""

_UNKNOWN = "\N{EN DASH}"


async def home(request: Request) -> Response:
    """Once there is somebody, the dashboard; until then how things are, and what to do."""
    gateway = gateway_of(request)
    if not await asyncio.to_thread(lambda: gateway.accounts.people.setup_needed):
        return RedirectResponse("/dashboard", status_code=303)
    facts = {**_state(gateway), "base_url": f"{gateway.base_url}/v1", "version": arenabridge.__version__}
    page = _PAGE.substitute({name: escape(value) for name, value in facts.items()})
    return HTMLResponse(page, headers=PAGE_HEADERS)


async def style(_request: Request) -> Response:
    return Response(_STYLE, media_type="text/css")


def _state(gateway: Gateway) -> dict[str, str]:
    workers = [worker for worker in gateway.hub.workers if not worker.frozen]
    tabs = "1 browser tab" if len(workers) == 1 else f"{len(workers)} browser tabs"
    needs = [need.detail for worker in workers if (need := need_of(worker)) is not None]
    if needs:
        state, title, advice = "needy", "Needs you", needs[0]
    elif workers:
        state, title, advice = "ready", "Ready", f"{tabs} connected."
    else:
        state, title = "idle", "No browser connected"
        advice = "Install the userscript from the address that the gateway printed, then open the site in a tab."
    return {
        "state": state,
        "title": title,
        "advice": advice,
        "models": str(len(gateway.models.catalogue)) if len(gateway.models.catalogue) else _UNKNOWN,
        "slots": f"{gateway.hub.running} running, {gateway.hub.free_slots} free" if workers else _UNKNOWN,
        "served": _served(gateway) or _UNKNOWN,
        "waiting": str(gateway.hub.waiting),
    }


def _served(gateway: Gateway) -> str:
    """How the tabs that are connected got their answers."""
    served = sum((worker.served for worker in gateway.hub.workers), Counter[How]())
    return ", ".join(f"{count} by {how}" for how, count in served.most_common())
