"""
The simulator's own paths, `/__simulator__/…`: knobs, faults and audit for tests in another process.

They are no part of the site: not in the audit, not subject to faults, settings or sign-in.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from arenabridge.simulator.demands import DemandKind
from arenabridge.simulator.deployment import ACTIONS
from arenabridge.simulator.faults import Fault, FaultKind
from arenabridge.simulator.person import Person

if TYPE_CHECKING:
    from starlette.requests import Request

    from arenabridge.simulator.calls import Call
    from arenabridge.simulator.site import Site


class Control:
    """Endpoints for tests against a simulator in another process."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> Mount:
        return Mount(
            "/__simulator__",
            routes=[
                Route("/audit", self.audit, methods=["GET"]),
                Route("/settings", self.settings, methods=["GET", "PATCH"]),
                Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
                Route("/demands", self.demands, methods=["GET", "POST", "DELETE"]),
                *Person(self._site).routes(),
                Route("/deployment", self.deployment, methods=["GET", "POST"]),
                Route("/models", self.models, methods=["GET"]),
                Route("/reset", self.reset, methods=["POST"]),
            ],
        )

    async def audit(self, request: Request) -> Response:
        """`?call=create-evaluation` filters (repeatable), `?after=<number>` leaves out what was read before."""
        audit, query = self._site.audit, request.query_params
        calls = cast("list[Call]", query.getlist("call"))
        after = int(query.get("after", "0"))
        found = [each for each in audit if each.number > after and (not calls or each.call in calls)]
        counters = {"received": audit.received, "active": audit.active, "max_active": audit.max_active}
        return JSONResponse(
            {
                **counters,
                "now": time.time(),
                "failures": list(self._site.failures),
                "exchanges": [each.as_json() for each in found],
            }
        )

    async def settings(self, request: Request) -> Response:
        """PATCH takes a JSON object of some settings; 400 tells what does not fit."""
        if request.method == "PATCH":
            try:
                self._site.settings.changed(msgspec.json.decode(await request.body(), type=dict[str, Any]))
            except msgspec.DecodeError as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        return JSONResponse(asdict(self._site.settings))

    async def faults(self, request: Request) -> Response:
        """POST takes one fault as JSON; DELETE clears all, or with `?kind=` those of a kind."""
        if request.method == "POST":
            try:
                self._site.faults.add(msgspec.json.decode(await request.body(), type=Fault))
            except (msgspec.DecodeError, ValueError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        elif request.method == "DELETE":
            self._site.faults.clear(cast("FaultKind | None", request.query_params.get("kind")))
        return JSONResponse([asdict(fault) for fault in self._site.faults])

    async def demands(self, request: Request) -> Response:
        """What the site wants of its visitors. POST `{"kind": "terms"}`; DELETE withdraws all, or with `?kind=` one."""
        if request.method == "POST":
            try:
                made = msgspec.json.decode(await request.body(), type=dict[Literal["kind"], DemandKind])
                self._site.demands.make(made["kind"])
            except (msgspec.DecodeError, KeyError) as wrong:
                return JSONResponse({"error": str(wrong)}, 400)
        elif request.method == "DELETE":
            self._site.demands.withdraw(cast("DemandKind | None", request.query_params.get("kind")))
        return JSONResponse(self._site.demands.made)

    async def deployment(self, request: Request) -> Response:
        """POST deploys the site again: open pages keep their action ids, which are stale from now on."""
        if request.method == "POST":
            self._site.settings.deployment += 1
        deployment = self._site.deployment
        actions = {name: deployment.action_id(name) for name in ACTIONS}
        return JSONResponse({"id": deployment.id, "chunk": deployment.chunk_name, "actions": actions})

    async def models(self, request: Request) -> Response:
        """The catalogue as a list, for those who do not want to read it out of a page."""
        del request
        return JSONResponse([model.page_object() for model in self._site.catalogue])

    async def reset(self, request: Request) -> Response:
        """Reset as if freshly started: settings, faults, demands, audit, conversations, stored files and sessions."""
        del request
        self._site.reset()
        return Response(status_code=204)
