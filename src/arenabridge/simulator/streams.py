"""The three generating calls: create an evaluation, post to one, retry a message of one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from arenabridge.simulator import refusals
from arenabridge.simulator.answers import GENERIC_ERROR, acts_for
from arenabridge.simulator.beats import Beat, End, Head, Line, Pause, after_lines, interleaved, slowed
from arenabridge.simulator.headers import stream_headers
from arenabridge.simulator.pacing import Outlet
from arenabridge.simulator.performance import perform
from arenabridge.simulator.records import RESET_GRACE_SECONDS, RecordWriter, Stored
from arenabridge.simulator.turns import Turn, Turns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from arenabridge.simulator.audit import Exchange
    from arenabridge.simulator.conversations import Position
    from arenabridge.simulator.faults import Fault, FaultKind
    from arenabridge.simulator.settings import SiteSettings
    from arenabridge.simulator.site import Site
    from arenabridge.simulator.visitors import Visit

JSON_TYPES = ("text/plain", "application/json")
"""The site's page sends `text/plain;charset=UTF-8`; JSON's own type is accepted as well."""


class StreamCalls:
    """The endpoints."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def create(self, request: Request) -> StreamAnswer:
        visit, raw = await self._opened(request)
        return self._answer(request, visit, self._turns(request).create(raw, visit.user_id))

    async def post(self, request: Request) -> StreamAnswer:
        visit, raw = await self._opened(request)
        turn = self._turns(request).post(raw, visit.user_id, request.path_params["session"])
        return self._answer(request, visit, turn)

    async def retry(self, request: Request) -> StreamAnswer:
        visit, raw = await self._opened(request)
        path = request.path_params
        turn = self._turns(request).retry(raw, visit.user_id, path["session"], path["message"])
        return self._answer(request, visit, turn)

    def _turns(self, request: Request) -> Turns:
        site = self._site
        passes = site.check.passes(request.state.exchange)
        return Turns(
            site.settings, site.catalogue, site.conversations, site.storage, site.pictures, check_passes=passes
        )

    async def _opened(self, request: Request) -> tuple[Visit, bytes]:
        """The caller's session and the body, or the refusal that comes before any reading."""
        exchange: Exchange = request.state.exchange
        if exchange.body_bytes > self._site.settings.max_body_bytes:
            raise refusals.too_large()
        visit = self._site.visitors.live(exchange.cookies)
        if visit is None:
            raise refusals.signed_out()
        content_type = exchange.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type not in JSON_TYPES:
            raise refusals.invalid("Unsupported content type")
        return visit, await request.body()

    def _answer(self, request: Request, visit: Visit, turn: Turn) -> StreamAnswer:
        settings = replace(self._site.settings)
        origin = f"{request.url.scheme}://{request.headers.get('host', '')}"

        storage = self._site.storage
        quota = self._site.pictures.take(visit.user_id) if turn.session.modality == "image" else []

        def stored(message_id: str, kind: str, content: bytes) -> tuple[str, str]:
            key = storage.keep_made(visit.user_id, message_id, kind, content)
            return key, storage.url(origin, key, "GetObject")

        beats = with_fault(beats_of(turn, settings, stored), request.state.fault)
        headers = stream_headers(request.state.exchange.call, self._site.generation, self._site.rate, quota)
        return StreamAnswer(turn, beats, settings, headers)


class StreamAnswer:
    """The ASGI response of a generating call."""

    def __init__(
        self, turn: Turn, beats: list[Beat], settings: SiteSettings, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self._turn = turn
        self._beats = beats
        self._settings = settings
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive  # the door watches for the client's leaving, and cancels this
        outlet = Outlet(send, scope["state"]["wire"], self._headers)
        ended = await perform(self._beats, outlet, self._turn.answers, self._settings)
        if not ended:
            scope["state"]["exchange"].cut_by_site = True


def beats_of(turn: Turn, settings: SiteSettings, stored: Stored) -> list[Beat]:
    """Everything that happens on the stream of a turn, with one participant or two."""
    sides: dict[Position, list[Beat]] = {}
    for position, answer in turn.answers.items():
        writer = RecordWriter(position, answer.id, settings, stored)
        stage = turn.stages[position]
        sides[position] = writer.beats_for(acts_for(stage, settings.pictures_per_answer), stage.prompt)
        if len(turn.answers) > 1 and settings.battle == f"{position}_fails":
            sides[position] = [*after_lines(sides[position], 1), writer.failure(GENERIC_ERROR)]
    return _together(sides, settings) if len(sides) > 1 else next(iter(sides.values()))


def _together(sides: Mapping[Position, list[Beat]], settings: SiteSettings) -> list[Beat]:
    match settings.battle:
        case "only_b":
            return sides["b"]
        case "a_ends_early":
            return interleaved(sides["a"], sides["b"], first_at_once=3)
        case "b_ends_early":
            return interleaved(sides["b"], sides["a"], first_at_once=3)
        case _:
            return interleaved(sides["a"], sides["b"])


def with_fault(beats: list[Beat], fault: Fault | None) -> list[Beat]:
    """The stream as the fault leaves it."""
    if fault is None:
        return beats
    if fault.kind == "slow":
        return slowed(beats, fault.seconds)
    endings: Mapping[FaultKind, list[Beat]] = {
        "hang_after_head": [End("hang")],
        "error_in_stream": [_failure_of(beats, fault.text)],
        "cut": [End("clean")],
        "reset": [Pause(RESET_GRACE_SECONDS), End("reset")],
    }
    return [*after_lines(beats, fault.records), Head(), *endings[fault.kind]]


def _failure_of(beats: list[Beat], text: str) -> Beat:
    position: Position = next((beat.position for beat in beats if isinstance(beat, Line)), "a")
    return Line(f"{position}3:{json.dumps(text, ensure_ascii=False)}\n", position, becomes="failed")
