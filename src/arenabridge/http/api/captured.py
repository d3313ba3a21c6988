"""`/api/captured` and `/api/capture`: the captured site sessions, and one that is being captured."""

import asyncio
from typing import Literal

import msgspec
from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.errors import NotFound
from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.hub.capture.capturing import Capture, Outcome, Wanted
from arenabridge.wire.arena.captured import CapturedMode, CapturedSession
from arenabridge.wire.link.messages import WorkerId
from arenabridge.wire.reply import Participant

router = api_router()


class CapturedRow(BaseModel):
    """
    One session. `model` null is for all models; `failures` counts the site's refusals in a row.

    `in_file`: it stands in the file that `label` names, and is changed and taken out there.
    """

    id: str
    session: str
    message: str
    mode: CapturedMode
    target: Participant
    model: str | None
    label: str
    created_at: float
    last_used_at: float | None
    failures: int
    in_file: bool = False


class CaptureAnswer(BaseModel):
    """
    The last capture since the gateway started, none if `outcome` is null.

    `seconds_left` is of one that waits for the person, `captured` what came of it, `words` why nothing did.
    """

    outcome: Outcome | None
    model: str | None = None
    seconds_left: float = 0.0
    captured: CapturedRow | None = None
    words: str = ""


class CapturedAnswer(BaseModel):
    """All sessions that were captured, in that order, those that stand in files after them, and the last capture."""

    sessions: list[CapturedRow]
    capture: CaptureAnswer


class WantedSession(Body):
    """What is to be captured: for one model or for all, in the page's own mode if none is named, in one tab or any."""

    model: str | None = Field(default=None, max_length=200)
    mode: Literal["direct", "direct_chat", "battle"] | None = None
    target: Literal["a", "b", "A", "B"] = "a"
    worker: str | None = Field(default=None, max_length=200)
    label: str = Field(default="", max_length=200)


@router.get("/api/captured")
async def list_captured(request: Request) -> CapturedAnswer:
    gateway = gateway_of(request)
    rows = [_row(each) for each in await gateway.captures.all()]
    rows += [_row(each).model_copy(update={"in_file": True}) for each in gateway.captures.in_files]
    return CapturedAnswer(sessions=rows, capture=_capture(gateway, gateway.capturing.last))


@router.delete("/api/captured/{id}", status_code=204)
async def remove_captured(request: Request, person: Administrator, id: str) -> None:
    """The session is used no more; the site keeps it."""
    if not await gateway_of(request).captures.remove(id):
        raise NotFound("There is no such captured session.")
    await asyncio.to_thread(record, request, person, "captured.removed", id)


@router.get("/api/capture")
async def show_capture(request: Request) -> CaptureAnswer:
    gateway = gateway_of(request)
    return _capture(gateway, gateway.capturing.last)


@router.post("/api/capture")
async def begin_capture(request: Request, person: Administrator, body: WantedSession) -> CaptureAnswer:
    """Tabs wait for the person to press Retry on the site, for five minutes, and for nothing else from then on."""
    gateway = gateway_of(request)
    wanted = Wanted(
        model=(body.model or "").strip() or None,
        mode="direct" if body.mode == "direct_chat" else body.mode,
        target="b" if body.target in {"b", "B"} else "a",
        worker=WorkerId(body.worker) if body.worker else None,
        label=body.label,
    )
    begun = gateway.capturing.begin(wanted)
    await asyncio.to_thread(record, request, person, "captured.begun", wanted.model or "all models")
    return _capture(gateway, begun)


@router.delete("/api/capture", status_code=204)
async def stop_capture(request: Request) -> None:
    """Nobody waits for the person any more."""
    gateway_of(request).capturing.stop()


def _capture(gateway: Gateway, capture: Capture | None) -> CaptureAnswer:
    if capture is None:
        return CaptureAnswer(outcome=None)
    waits = capture.outcome == "waiting"
    return CaptureAnswer(
        outcome=capture.outcome,
        model=capture.wanted.model,
        seconds_left=max(0.0, capture.until - gateway.clock.unix()) if waits else 0.0,
        captured=_row(capture.captured) if capture.captured else None,
        words=capture.words,
    )


def _row(captured: CapturedSession) -> CapturedRow:
    return CapturedRow(**msgspec.structs.asdict(captured))
