"""`/api/notices`: that there is a newer release, and announcements that nobody has closed yet."""

import asyncio

from fastapi import Request, Response
from pydantic import BaseModel

import arenabridge
from arenabridge.errors import NotFound
from arenabridge.http.api.access import api_router
from arenabridge.http.gateway import gateway_of

router = api_router()


class UpdateNotice(BaseModel):
    """`command` is what the person does to have it: a command, or a sentence where there is none."""

    version: str
    installed: str
    command: str


class AnnouncementNotice(BaseModel):
    """`at` is when it was first told, in seconds since 1970, UTC."""

    id: str
    title: str
    lines: list[str]
    at: float


class NoticesAnswer(BaseModel):
    """`update` is null as long as none is known."""

    update: UpdateNotice | None
    announcements: list[AnnouncementNotice]


@router.get("/api/notices")
async def get_notices(request: Request) -> NoticesAnswer:
    news = gateway_of(request).news
    told = await asyncio.to_thread(news.announcements.not_seen)
    newer = news.newer
    return NoticesAnswer(
        update=UpdateNotice(version=str(newer.version), installed=arenabridge.__version__, command=news.command)
        if newer
        else None,
        announcements=[
            AnnouncementNotice(id=each.id, title=each.title, lines=list(each.lines), at=each.at) for each in told
        ],
    )


@router.post("/api/notices/{id}/seen", status_code=204, response_class=Response)
async def see_notice(request: Request, id: str) -> None:
    """It is not shown again, to nobody."""
    if not await asyncio.to_thread(gateway_of(request).news.announcements.see, id):
        raise NotFound("There is no such announcement.")
