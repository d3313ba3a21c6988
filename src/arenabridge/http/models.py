"""`GET /v1/models` and `GET /v1/models/{id}`: answered at once from the stored catalogue."""

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.http.authentication import authenticate
from arenabridge.http.gateway import gateway_of
from arenabridge.http.json_response import json_response
from arenabridge.wire.openai.models import (
    anthropic_model_list,
    anthropic_model_object,
    model_list,
    model_object,
    of_type,
)


async def list_models(request: Request) -> Response:
    await authenticate(request)
    offered = of_type(gateway_of(request).models.listed(), request.query_params.get("type"))
    return json_response(anthropic_model_list(offered) if _is_anthropic(request) else model_list(offered))


async def get_model(request: Request) -> Response:
    await authenticate(request)
    found = gateway_of(request).models.find(request.path_params["name"])
    return json_response(anthropic_model_object(found) if _is_anthropic(request) else model_object(found))


def _is_anthropic(request: Request) -> bool:
    return "anthropic-version" in request.headers
