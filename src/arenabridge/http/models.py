"""`GET /v1/models` and `GET /v1/models/{id}`: answered at once from the stored catalogue."""

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.http.authentication import authenticate
from arenabridge.http.gateway import gateway_of
from arenabridge.http.json_response import json_response
from arenabridge.wire.openai.models import model_list, model_object


async def list_models(request: Request) -> Response:
    await authenticate(request)
    return json_response(model_list(gateway_of(request).models.catalogue))


async def get_model(request: Request) -> Response:
    await authenticate(request)
    return json_response(model_object(gateway_of(request).models.catalogue.resolve(request.path_params["name"])))
