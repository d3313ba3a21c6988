"""Every way out that is not an answer: our errors, the framework's, and bugs, all in the one shape clients read."""

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from arenabridge.errors import (
    DatabaseUnavailable,
    GatewayError,
    InvalidRequest,
    NoWorkerConnected,
    UnknownRoute,
    WrongMethod,
)
from arenabridge.http.door.help_address import HELP_HEADER, help_path
from arenabridge.http.door.paths import nothing_at
from arenabridge.http.door.request_log import own_address, what_would_help
from arenabridge.http.door.tracing import current_trace
from arenabridge.wire.openai.errors import error_body, error_headers, public

_log = logging.getLogger(__name__)

_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)


def error_response(error: Exception, headers: dict[str, str] | None = None) -> Response:
    error = _named(error)
    current_trace().failed(error)
    return Response(
        error_body(error, _where_to_look(error)),
        status_code=public(error).status,
        media_type="application/json",
        headers={**error_headers(error), HELP_HEADER: help_path(public(error).code), **(headers or {})},
    )


def _where_to_look(error: Exception) -> str:
    """Most programs show the message alone, and whoever reads this one has to go to a browser."""
    if not isinstance(error, NoWorkerConnected):
        return ""
    address = own_address()
    return " ".join(filter(None, (what_would_help(), f"{address}/ shows how things stand." if address else "")))


def add_error_handlers(application: FastAPI) -> None:
    application.add_exception_handler(GatewayError, _gateway_error)
    application.add_exception_handler(HTTPException, _http_exception)
    application.add_exception_handler(RequestValidationError, _validation_error)
    for away in _DATABASE_AWAY:
        application.add_exception_handler(away, _gateway_error)
    application.add_exception_handler(Exception, _bug)


def _named(error: Exception) -> Exception:
    """A database that can't be reached is not a bug of ours."""
    if not isinstance(error, _DATABASE_AWAY):
        return error
    _log.error("the database can't be used: %s", " ".join(str(getattr(error, "orig", error)).split()))
    return DatabaseUnavailable()


async def _gateway_error(_request: Request, error: Exception) -> Response:
    return error_response(error)


async def _http_exception(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    if status == WrongMethod.status:
        return error_response(WrongMethod(f"{request.url.path} does not take {request.method}."), headers)
    if status == UnknownRoute.status:
        return error_response(UnknownRoute(nothing_at(request.url.path)), headers)
    return error_response(InvalidRequest(str(getattr(error, "detail", ""))), headers)


async def _validation_error(_request: Request, error: Exception) -> Response:
    """Where and what, never the value: it may be a password."""
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    told = [f"{'.'.join(map(str, fault['loc'][1:])) or 'the body'}: {fault['msg']}" for fault in faults]
    field = next((str(fault["loc"][-1]) for fault in faults if len(fault["loc"]) > 1), None)
    return error_response(InvalidRequest("; ".join(told)[:500] or "The request is not as it may be.", param=field))


async def _bug(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return error_response(error)
