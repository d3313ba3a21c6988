"""The API's document as a page: each operation with its fields, answers, errors and an example, and all its types."""

import json
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from arenabridge.http.door.help_address import help_path
from arenabridge.http.openapi.document import EVENT_KEY

_PAGE = Template(files("arenabridge.web").joinpath("reference.html").read_text(encoding="utf-8"))
STYLE = files("arenabridge.web").joinpath("reference.css").read_text(encoding="utf-8")

_CODE = re.compile(r"`([^`]+)`")

_METHODS = ("get", "put", "post", "delete", "patch")

Json = Mapping[str, Any]


def reference_page(document: Json) -> str:
    operations = list(_operations(document))
    schemas = document["components"]["schemas"]
    return _PAGE.substitute(
        title=escape(document["info"]["title"]),
        version=escape(document["info"]["version"]),
        description=_prose(document["info"].get("description", "")),
        contents="".join(_link(method, path, each) for method, path, each in operations),
        operations="".join(_section(method, path, each, document) for method, path, each in operations),
        types="".join(_type(name, schema) for name, schema in schemas.items()),
    )


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, item in document["paths"].items():
        yield from ((method, path, item[method]) for method in _METHODS if method in item)


def _link(method: str, path: str, operation: Json) -> str:
    return (
        f'<li><a href="#{_anchor(operation)}"><code>{method.upper()} {escape(path)}</code></a> '
        f"{escape(operation.get('summary', ''))}</li>"
    )


def _anchor(operation: Json) -> str:
    return escape(operation["operationId"])


def _section(method: str, path: str, operation: Json, document: Json) -> str:
    parts = [
        f'<section id="{_anchor(operation)}"><h2><code>{method.upper()} {escape(path)}</code></h2>',
        f"<p>{_prose(operation.get('summary', path))}. {_prose(operation.get('description', ''))}</p>",
        _example(method, path, operation, document),
        _parameters(operation.get("parameters", ())),
        _body(operation.get("requestBody"), document),
        _answers(operation["responses"]),
        "</section>",
    ]
    return "".join(parts)


def _example(method: str, path: str, operation: Json, document: Json) -> str:
    """A command that can be pasted; names in capitals are to be filled in."""
    needs_key = operation.get("security", document.get("security"))
    words = [
        "curl -s" + ("" if method == "get" else f" -X {method.upper()}"),
        document["servers"][0]["url"] + re.sub(r"{(\w+)}", lambda name: name[1].upper(), path),
        *(['-H "Authorization: Bearer $OPENAI_API_KEY"'] if needs_key else []),
        *_sent(operation.get("requestBody", {}).get("content", {})),
    ]
    return f"<pre>{escape(' '.join(words))}</pre>"


def _sent(contents: Mapping[str, Json]) -> Iterator[str]:
    """The example of a body: a form's fields one by one, anything else as it is."""
    for media_type, content in contents.items():
        example = content.get("example")
        if media_type.startswith("multipart/") and example:
            yield from (f"-F {shlex.quote(f'{name}={value}')}" for name, value in example.items())
        elif example:
            yield f"-d {shlex.quote(json.dumps(example))}"


def _parameters(parameters: Iterable[Json]) -> str:
    rows = [
        (f"<code>{escape(each['name'])}</code> ({escape(each['in'])})", each["schema"], each.get("description", ""))
        for each in parameters
    ]
    return _table("Parameters", rows)


def _body(body: Json | None, document: Json) -> str:
    """The fields at once: they are what a reader looks for. A type within is shown at the end of the page."""
    if body is None:
        return ""
    tables = []
    for media_type, content in body["content"].items():
        schema = _resolved(content["schema"], document)
        tables.append(_table(f"Body: {media_type}", _fields(schema)))
    return "".join(tables)


def _resolved(schema: Json, document: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = document["components"]["schemas"][_name(schema)]
    return found


def _fields(schema: Json) -> list[tuple[str, Json, str]]:
    required = set(schema.get("required", ()))
    return [
        (
            f"<code>{escape(name)}</code>" + (" <b>required</b>" if name in required else ""),
            field,
            field.get("description", ""),
        )
        for name, field in schema.get("properties", {}).items()
    ]


def _answers(responses: Mapping[str, Json]) -> str:
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{_said(response)}</td><td>{_contents_words(response)}</td></tr>"
        for status, response in sorted(responses.items())
    )
    return f"<h3>Answers</h3><table>{rows}</table>"


def _said(response: Json) -> str:
    """Codes of errors lead to their pages."""
    codes = {code for content in response.get("content", {}).values() for code in content.get("examples", ())}

    def linked(code: re.Match[str]) -> str:
        shown = f"<code>{code[1]}</code>"
        return f'<a href="{help_path(code[1])}">{shown}</a>' if code[1] in codes else shown

    return _CODE.sub(linked, escape(response.get("description", "")))


def _contents_words(response: Json) -> str:
    return "<br>".join(
        f"<code>{escape(media_type)}</code>: {_words(content.get(EVENT_KEY) or content.get('schema', {}))}"
        for media_type, content in response.get("content", {}).items()
    )


def _type(name: str, schema: Json) -> str:
    said = f"<p>{_prose(schema.get('description', ''))}</p>"
    return f'<section id="type-{escape(name)}">{said}{_table(name, _fields(schema))}</section>'


def _table(title: str, rows: Iterable[tuple[str, Json, str]]) -> str:
    """The first cell of a row is markup of ours."""
    lines = "".join(
        f"<tr><td>{name}</td><td>{_words(type_)}</td><td>{_prose(said)}</td></tr>" for name, type_, said in rows
    )
    return f"<h3>{escape(title)}</h3><table>{lines}</table>" if lines else ""


def _words(schema: Json) -> str:
    """A schema as words, types of their own as links."""
    if "$ref" in schema:
        name = escape(_name(schema))
        return f'<a href="#type-{name}">{name}</a>'
    if alternatives := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return " or ".join(dict.fromkeys(map(_words, alternatives)))
    if "enum" in schema or "const" in schema:
        return " | ".join(
            f"<code>{escape(json.dumps(each))}</code>" for each in schema.get("enum", [schema.get("const")])
        )
    if schema.get("type") == "array":
        return f"list of {_words(schema.get('items', {}))}"
    return _plain(schema)


def _plain(schema: Json) -> str:
    kind = schema.get("type", "anything")
    shown = " or ".join(kind) if isinstance(kind, list) else str(kind)
    low, high = schema.get("minimum"), schema.get("maximum")
    return escape(shown) + (f", {low} to {high}" if low is not None and high is not None else "")


def _name(schema: Json) -> str:
    return str(schema["$ref"]).rpartition("/")[2]


def _prose(text: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(text))
