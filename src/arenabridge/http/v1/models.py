"""`GET /v1/models` and `GET /v1/models/{id}`: answered at once from the stored catalogue."""

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from arenabridge.errors import InvalidRequest, ModelNotAllowed, UnknownModel
from arenabridge.http.door.authentication import authenticate
from arenabridge.http.door.json_response import json_response
from arenabridge.http.door.model_rules import allowed, check_model
from arenabridge.http.gateway import gateway_of
from arenabridge.http.openapi.operation import Answer, Operation, Parameter
from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.openai.models import (
    anthropic_model_list,
    anthropic_model_object,
    model_list,
    model_object,
    of_type,
)
from arenabridge.wire.openai.response_schema import AnthropicModel, AnthropicModelList, Model, ModelList

_VERSION = Parameter(
    name="anthropic-version", place="header", description="Its presence asks for the form of Anthropic's API."
)

LIST = Operation(
    tag="Models",
    summary="List the models",
    description="From what is stored, at once, whether a tab is connected or not.",
    parameters=(
        Parameter(
            name="type",
            place="query",
            description="Only models whose answers are of this type; empty for all.",
            type=Modality | Literal[""],
        ),
        _VERSION,
    ),
    answers=(Answer(ModelList, "The names that can be used."), Answer(AnthropicModelList, "In Anthropic's form too.")),
    errors=(InvalidRequest,),
)

ONE = Operation(
    tag="Models",
    summary="Look at one model",
    parameters=(
        Parameter(name="name", place="path", description="Its name; it may hold slashes.", example="NAME"),
        _VERSION,
    ),
    answers=(Answer(Model, "The model."), Answer(AnthropicModel, "In Anthropic's form too.")),
    errors=(UnknownModel, ModelNotAllowed),
)


async def list_models(request: Request) -> Response:
    key = await authenticate(request)
    listed = allowed(gateway_of(request).models.listed(), key)
    offered = of_type(listed, request.query_params.get("type"))
    if _is_anthropic(request):
        return json_response(anthropic_model_list(offered))
    return json_response(model_list(offered, _max_prompt(request)))


async def get_model(request: Request) -> Response:
    key = await authenticate(request)
    check_model(gateway_of(request).models, key, request.path_params["name"])
    found = gateway_of(request).models.find(request.path_params["name"])
    if _is_anthropic(request):
        return json_response(anthropic_model_object(found))
    return json_response(model_object(found, _max_prompt(request)))


def _max_prompt(request: Request) -> int:
    return gateway_of(request).settings.max_prompt_characters


def _is_anthropic(request: Request) -> bool:
    return "anthropic-version" in request.headers
