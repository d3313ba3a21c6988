"""`/openapi.json`, and `/docs`: the same as a page for people."""

from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from arenabridge.http.door.json_response import json_response
from arenabridge.http.gateway import gateway_of
from arenabridge.http.openapi.document import api_document, with_part
from arenabridge.http.openapi.reference_page import STYLE, reference_page
from arenabridge.http.pages.home import PAGE_HEADERS


async def document(request: Request) -> Response:
    return json_response(whole_document(request.app, gateway_of(request).base_url))


async def page(request: Request) -> Response:
    whole = whole_document(request.app, gateway_of(request).base_url)
    return HTMLResponse(reference_page(whole), headers=PAGE_HEADERS)


async def style(_request: Request) -> Response:
    return Response(STYLE, media_type="text/css")


def whole_document(application: FastAPI, base_url: str) -> dict[str, Any]:
    """The API's own routes, and whatever is routed by FastAPI, which describes that itself."""
    return with_part(api_document(application.routes, base_url), application.openapi())
