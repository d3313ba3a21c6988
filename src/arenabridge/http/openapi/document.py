"""Write the API's document (OpenAPI 3.1) from what its routes say of themselves and the types that they name."""

import http
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from starlette.routing import BaseRoute

import arenabridge
from arenabridge.errors import GatewayError
from arenabridge.http.door.help_address import help_path
from arenabridge.http.openapi.operation import (
    ANY_ERRORS,
    DEFAULT_MEDIA_TYPE,
    EVENT_STREAM,
    KEY_ERRORS,
    Answer,
    DocumentedRoute,
    Operation,
    Parameter,
)
from arenabridge.wire.openai.errors import error_object
from arenabridge.wire.openai.response_schema import ErrorAnswer

Json = dict[str, Any]

EVENT_KEY = "x-arenabridge-event"
"""In an event stream's media type, the schema of what each event holds. OpenAPI has a word for it only since 3.2, which
few tools read yet."""

_SCHEMAS = "#/components/schemas/{name}"
_CONVERTER = re.compile(r":\w+}")

_DESCRIPTION = (
    "The models that you can reach in your own browser tab on the Arena site, as an API in OpenAI's form. Every answer "
    "has `x-request-id`, and every error's `x-arenabridge-help` is the address of a page that says what to do."
)

_SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key of this gateway."},
    "x-api-key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "api-key": {"type": "apiKey", "in": "header", "name": "api-key"},
}

_REQUEST_ID: Json = {"description": "The request's number in the gateway's log.", "schema": {"type": "string"}}
_RETRY_AFTER: Json = {"description": "Seconds to wait, where that is known.", "schema": {"type": "integer"}}
_HELP: Json = {"description": "Where a page about this error is.", "schema": {"type": "string"}}


def api_document(routes: Iterable[BaseRoute], base_url: str) -> Json:
    """What the routes that are documented say, put together."""
    documented = [route for route in routes if isinstance(route, DocumentedRoute)]
    schemas = _Schemas(documented)
    paths: Json = {}
    for route in documented:
        path = paths.setdefault(_CONVERTER.sub("}", route.path), {})
        path |= {method.lower(): _operation(route, method, schemas) for method in route.documented_methods}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Arena Bridge", "version": arenabridge.__version__, "description": _DESCRIPTION},
        "servers": [{"url": base_url}],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": _SCHEMES},
    }


def with_part(document: Json, part: Json) -> Json:
    """
    The document and that of another part of the gateway, as FastAPI writes it, in one.

    Raises ValueError if both say something of the same path, or different things of the same name.
    """
    components = {
        kind: _joined(document["components"].get(kind, {}), part.get("components", {}).get(kind, {}))
        for kind in {**document["components"], **part.get("components", {})}
    }
    return {**document, "paths": _joined(document["paths"], part.get("paths", {})), "components": components}


def _joined(one: Json, other: Json) -> Json:
    for name in one.keys() & other.keys():
        if one[name] != other[name]:
            raise ValueError(f"Two parts of the gateway say different things of {name}.")
    return {**one, **other}


class _Schemas:
    """The schemas of all types that the routes name, each once."""

    def __init__(self, routes: Sequence[DocumentedRoute]) -> None:
        types = [ErrorAnswer, *(type_ for route in routes for type_ in _types(route.operation))]
        schemas, components = msgspec.json.schema_components(types, ref_template=_SCHEMAS)
        self.components: Json = dict(sorted(components.items()))
        self._schemas = dict(zip(map(repr, types), schemas, strict=True))

    def of(self, type_: Any) -> Json:
        return self._schemas[repr(type_)]


def _types(operation: Operation) -> Iterator[Any]:
    if operation.body is not None:
        yield operation.body
    yield from (answer.type for answer in operation.answers)
    yield from (parameter.type for parameter in operation.parameters)


def _operation(route: DocumentedRoute, method: str, schemas: _Schemas) -> Json:
    operation = route.operation
    return {
        "operationId": f"{method.lower()}_{route.endpoint.__name__}",
        "tags": [operation.tag],
        "summary": operation.summary,
        **({"description": operation.description} if operation.description else {}),
        **(
            {"parameters": [_parameter(each, schemas) for each in operation.parameters]} if operation.parameters else {}
        ),
        **({"requestBody": _body(operation, schemas)} if operation.body is not None else {}),
        "responses": {**_failures(operation, schemas), **_answers(operation.answers, schemas)},
        "security": [{name: []} for name in _SCHEMES] if operation.needs_key else [],
    }


def _parameter(parameter: Parameter, schemas: _Schemas) -> Json:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.description,
        "schema": schemas.of(parameter.type),
        **({"example": parameter.example} if parameter.example is not None else {}),
    }


def _body(operation: Operation, schemas: _Schemas) -> Json:
    content = {"schema": schemas.of(operation.body)}
    if operation.example is not None:
        content["example"] = operation.example
    return {"required": True, "content": {operation.body_media_type: content}}


def _answers(answers: Sequence[Answer], schemas: _Schemas) -> Json:
    found: Json = {}
    for answer in answers:
        response = found.setdefault(str(answer.status), {"description": "", "headers": {"x-request-id": _REQUEST_ID}})
        response["description"] = f"{response['description']} {answer.description}".strip()
        content = response.setdefault("content", {}).setdefault(answer.media_type, {})
        content |= _content(answer, schemas, content.get("schema"))
    return found


def _content(answer: Answer, schemas: _Schemas, other: Json | None) -> Json:
    """`other` is what an answer of the same status and media type may be as well."""
    if answer.media_type != EVENT_STREAM:
        schema = schemas.of(answer.type)
        return {"schema": {"anyOf": [other, schema]} if other else schema}
    event = {"anyOf": [schemas.of(answer.type), schemas.of(ErrorAnswer)]}
    return {EVENT_KEY: event}


def _failures(operation: Operation, schemas: _Schemas) -> Json:
    kinds = [*(KEY_ERRORS if operation.needs_key else ()), *operation.errors, *ANY_ERRORS]
    by_status: dict[int, dict[str, type[GatewayError]]] = {}
    for kind in sorted(kinds, key=lambda kind: kind.status):
        by_status.setdefault(kind.status, {})[kind.code] = kind
    return {str(status): _failure(status, found, schemas) for status, found in by_status.items()}


def _failure(status: int, kinds: Mapping[str, type[GatewayError]], schemas: _Schemas) -> Json:
    examples = {code: {"summary": help_path(code), "value": error_object(kind())} for code, kind in kinds.items()}
    repeatable = {"retry-after": _RETRY_AFTER} if status in {429, 503} else {}
    return {
        "description": http.HTTPStatus(status).phrase + ": " + ", ".join(f"`{code}`" for code in kinds),
        "headers": {"x-request-id": _REQUEST_ID, "x-arenabridge-help": _HELP, **repeatable},
        "content": {DEFAULT_MEDIA_TYPE: {"schema": schemas.of(ErrorAnswer), "examples": examples}},
    }
