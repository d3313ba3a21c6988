"""The API's document and its page: whole, valid, and made of what the routes say."""

import re
import shlex
from html import unescape
from typing import Any

import msgspec
import pytest
from fastapi import FastAPI
from starlette.routing import Route

from arenabridge.errors import UnknownModel
from arenabridge.http.openapi.document import api_document, with_part
from arenabridge.http.openapi.operation import Answer, DocumentedRoute, Operation, Parameter
from arenabridge.http.openapi.reference_page import reference_page

BASE = "http://127.0.0.1:5102"


class Wish(msgspec.Struct):
    """What is <wanted>."""

    name: str
    count: int | None = None


class Gift(msgspec.Struct, forbid_unknown_fields=True):
    """What is given."""

    names: list[str]


async def give() -> None: ...


GIVE = Operation(
    tag="Gifts",
    summary="Give something",
    parameters=(Parameter(name="who", place="path", description="For whom."),),
    body=Wish,
    example={"name": "it's"},
    answers=(Answer(Gift), Answer(Gift, "Its pieces.", media_type="text/event-stream")),
    errors=(UnknownModel,),
)


def document() -> dict[str, Any]:
    routes = [DocumentedRoute("/v1/gifts/{who:path}", give, GIVE, methods=["POST"]), Route("/hidden", give)]
    return api_document(routes, BASE)


def test_what_a_route_says_is_in_the_document_and_nothing_else() -> None:
    made = document()
    assert list(made["paths"]) == ["/v1/gifts/{who}"]
    operation = made["paths"]["/v1/gifts/{who}"]["post"]
    assert operation["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Wish"}
    assert set(operation["responses"]) == {"200", "401", "403", "404", "421", "500"}
    assert operation["responses"]["404"]["content"]["application/json"]["examples"]["model_not_found"]["value"]
    assert made["components"]["schemas"]["Wish"]["required"] == ["name"]
    assert operation["security"]


def test_every_reference_leads_somewhere() -> None:
    made = document()
    names = re.findall(r"#/components/schemas/(\w+)", msgspec.json.encode(made).decode())
    assert names
    assert set(names) <= set(made["components"]["schemas"])


def test_another_part_of_the_gateway_is_in_the_same_document() -> None:
    other = FastAPI()
    other.add_api_route("/api/thing", lambda: None)
    whole = with_part(document(), other.openapi())
    assert list(whole["paths"]) == ["/v1/gifts/{who}", "/api/thing"]
    assert reference_page(whole).count("<section") == 2 + len(whole["components"]["schemas"])


def test_two_parts_do_not_say_different_things_of_one_name() -> None:
    other = {"paths": {}, "components": {"schemas": {"Gift": {"type": "string"}}}}
    with pytest.raises(ValueError, match="Gift"):
        with_part(document(), other)


def test_the_page_shows_fields_errors_and_an_example_and_takes_no_text_for_markup() -> None:
    page = reference_page(document())
    assert "POST /v1/gifts/{who}" in page
    assert f"{BASE}/v1/gifts/WHO" in page
    assert '<a href="/help/model_not_found">' in page
    assert '<a href="#type-Gift">Gift</a>' in page
    assert "What is &lt;wanted&gt;." in page
    assert "<script" not in page
    command = unescape(page.partition("<pre>")[2].partition("</pre>")[0])
    assert shlex.split(command)[-1] == '{"name": "it\'s"}'
