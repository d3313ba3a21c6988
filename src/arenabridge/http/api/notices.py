"""`/api/notices`: a newer release, announcements that nobody has closed yet, and what can't work as it is set."""

import asyncio

from fastapi import Request, Response
from pydantic import BaseModel

import arenabridge
from arenabridge.errors import NotFound
from arenabridge.http.api.access import api_router
from arenabridge.http.door.public_address import unreachable_words
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
    """
    `update` is null as long as none is known.

    `files_out_of_reach` is the address below which the site is to read files, if it can't reach that; else null.
    """

    update: UpdateNotice | None
    announcements: list[AnnouncementNotice]
    files_out_of_reach: str | None


@router.get("/api/notices")
async def get_notices(request: Request) -> NoticesAnswer:
    gateway = gateway_of(request)
    news = gateway.news
    place = gateway.file_bed.place_of_files if gateway.file_bed else None
    told = await asyncio.to_thread(news.announcements.not_seen)
    newer = news.newer
    return NoticesAnswer(
        update=UpdateNotice(version=str(newer.version), installed=arenabridge.__version__, command=news.command)
        if newer
        else None,
        announcements=[
            AnnouncementNotice(id=each.id, title=each.title, lines=list(each.lines), at=each.at) for each in told
        ],
        files_out_of_reach=place if place and unreachable_words(place) else None,
    )


@router.post("/api/notices/{id}/seen", status_code=204, response_class=Response)
async def see_notice(request: Request, id: str) -> None:
    """It is not shown again, to nobody."""
    if not await asyncio.to_thread(gateway_of(request).news.announcements.see, id):
        raise NotFound("There is no such announcement.")
