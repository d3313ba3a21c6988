"""
Answers that are to be JSON (`response_format`): asked for in words, since the site knows no such thing, and checked.

The instruction is a system turn after the client's own first ones, so that a chat that repeats it goes on in its site
session. The answer is what remains without a code fence around it.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import jsonschema_rs
import msgspec
import orjson

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import Message

MAX_SCHEMA_BYTES = 256 * 1024
"""It is sent to the model: the longest that programs were seen to send are some 20 kB."""

MAX_FAULT = 500
"""Characters of what is wrong with an answer, as the model is told."""

_FENCED = re.compile(r"```[a-zA-Z0-9]*\s*\n(.*?)\n\s*```", re.DOTALL)

_OBJECT = "Answer with one JSON object and nothing else: no words around it, no code fence."
_BY_SCHEMA = (
    "Answer with one JSON value that is valid by this JSON Schema and nothing else: no words around it, no code fence"
)


class NotAsAsked(Exception):
    """The answer is not the JSON that was asked for. The message says what is wrong with it."""


class JsonFormat:
    """What the JSON is to be: an object, or whatever a schema says; raises `InvalidRequest` if that is none."""

    def __init__(self, schema: Any = None, name: str = "") -> None:
        self._name = name
        self._schema = "" if schema is None else _written(schema)
        self._validator = None if schema is None else _validator(schema)

    def instruct(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        first = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
        return (*messages[:first], Message("system", self._instruction()), *messages[first:])

    def repair(self, messages: Sequence[Message], answer: str, fault: NotAsAsked) -> tuple[Message, ...]:
        """The conversation that asks once more, after an answer that was wrong."""
        again = f"That is not the JSON that was asked for: {fault} {self._instruction()}"
        return (*messages, Message("assistant", answer), Message("user", again))

    def check(self, answer: str) -> str:
        """The JSON of the answer; raises `NotAsAsked`."""
        faults = []
        for candidate in _candidates(answer):
            try:
                self._check(candidate)
            except NotAsAsked as fault:
                faults.append(fault)
            else:
                return candidate
        raise faults[-1]

    def _check(self, text: str) -> None:
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise NotAsAsked(f"it can't be read as JSON: {error}.") from None
        if self._validator is None:
            if not isinstance(value, dict):
                raise NotAsAsked("it is not an object.")
            return
        for wrong in self._validator.iter_errors(value):
            where = "".join(f"[{step!r}]" for step in wrong.instance_path)
            raise NotAsAsked(f"at ${where}, {wrong.message}"[:MAX_FAULT] + ".")

    def _instruction(self) -> str:
        if not self._schema:
            return _OBJECT
        return f"{_BY_SCHEMA}{f' ({self._name})' if self._name else ''}:\n{self._schema}"


def _candidates(answer: str) -> Iterator[str]:
    """The whole answer, else what stands in it between fences."""
    yield answer.strip()
    yield from (match[1].strip() for match in _FENCED.finditer(answer))


def _written(schema: Any) -> str:
    try:
        data = msgspec.json.encode(schema)
    except RecursionError:
        _refuse("the schema is nested too deeply.")
    if len(data) > MAX_SCHEMA_BYTES:
        _refuse(f"the schema is longer than {MAX_SCHEMA_BYTES} bytes.")
    return data.decode()


def _validator(schema: Any) -> jsonschema_rs.Validator:
    try:
        return jsonschema_rs.validator_for(schema, retriever=_no_other_document, mask="the value")
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError) as error:
        _refuse(f"this is no JSON Schema: {getattr(error, 'message', error)}"[:MAX_FAULT])


def _refuse(what: str) -> NoReturn:
    param = "response_format.json_schema.schema"
    raise InvalidRequest(f"{param}: {what}", param=param)


def _no_other_document(_uri: str) -> NoReturn:
    """A client's schema must not make the gateway fetch addresses of the client's choice."""
    raise ValueError("a schema may refer to itself alone")
