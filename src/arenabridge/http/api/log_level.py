"""`/api/log-level`: how much is logged, changed at once and until the next start; for administrators."""

import asyncio
import logging
from typing import Literal

from fastapi import Request
from pydantic import BaseModel

from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body

router = api_router()

Level = Literal["debug", "info", "warning", "error"]

_LOGGER = logging.getLogger("arenabridge")


class LogLevel(Body):
    """The least that is logged."""

    level: Level


class LogLevelAnswer(BaseModel):
    """As it is now."""

    level: str


@router.get("/api/log-level")
async def get_log_level() -> LogLevelAnswer:
    return _answer()


@router.put("/api/log-level")
async def set_log_level(request: Request, person: Administrator, body: LogLevel) -> LogLevelAnswer:
    """The setting `log_level` is not written: it holds again after the next start."""
    before = _answer().level
    _LOGGER.setLevel(body.level.upper())
    await asyncio.to_thread(record, request, person, "log_level.changed", body.level, f"from {before}")
    return _answer()


def _answer() -> LogLevelAnswer:
    return LogLevelAnswer(level=logging.getLevelName(_LOGGER.getEffectiveLevel()).lower())
