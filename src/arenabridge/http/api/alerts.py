"""`/api/alerts`: whether they arrive; for administrators."""

import asyncio

from fastapi import Request
from pydantic import BaseModel, Field

from arenabridge.errors import InvalidRequest
from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.gateway import gateway_of
from arenabridge.usage.webhook import Webhook

router = api_router()


class AlertTest(BaseModel):
    """What became of it."""

    delivered: bool
    why: str | None = Field(
        description="If it was not: `it was answered 404`, or the kind of failure. Never the address."
    )


@router.post("/api/alerts/test")
async def try_alerts(request: Request, person: Administrator) -> AlertTest:
    """Send one to the `alerts_url` with which this gateway was started, once; it is called `test`."""
    gateway = gateway_of(request)
    settings = gateway.settings
    if not settings.alerts_url:
        raise InvalidRequest("alerts_url is not set. If you have just set it, restart the gateway first.")
    failure = await Webhook(settings.alerts_url, settings.alerts_secret, gateway.clock.unix).try_out()
    detail = f"not delivered: {failure}" if failure else "delivered"
    await asyncio.to_thread(record, request, person, "alerts.tested", "alerts_url", detail)
    return AlertTest(delivered=failure is None, why=failure)
