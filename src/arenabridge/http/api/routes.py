"""All routers of `/api`. Each gives its paths in full, as the table of permissions has them."""

from fastapi import APIRouter, Depends, FastAPI

from arenabridge.http.api import (
    alerts,
    analytics,
    audit,
    captured,
    feed,
    files,
    invitations,
    log_level,
    models,
    notices,
    overview,
    relays,
    requests,
    session,
    settings,
    site_sessions,
    tokens,
    under_way,
    users,
    worker_credentials,
    worker_status,
    workers,
)
from arenabridge.http.api.access import permitted

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    users.router,
    invitations.router,
    tokens.router,
    audit.router,
    feed.router,
    overview.router,
    under_way.router,
    requests.router,
    analytics.router,
    files.router,
    relays.router,
    worker_credentials.router,
    worker_status.router,
    workers.router,
    site_sessions.router,
    models.router,
    captured.router,
    notices.router,
    settings.router,
    log_level.router,
    alerts.router,
)


def add_api(application: FastAPI) -> None:
    """Every route asks first whether it may be used."""
    for router in ROUTERS:
        application.include_router(router, dependencies=[Depends(permitted)])
