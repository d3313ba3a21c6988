"""
Answers that are to be JSON (`response_format`): asked for in words, since the site knows no such thing, and checked.

The instruction is a system turn after the client's own first ones, so that a chat that repeats it goes on in its site
session. The answer is the JSON in it: all of it, what stands between code fences, or what the outermost brackets hold.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import jsonschema_rs
import msgspec
import orjson

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import Message
from arenabridge.wire.openai.schema_work import SchemaWork, TooInvolved

MAX_SCHEMA_BYTES = 256 * 1024
"""It is sent to the model: the longest that programs were seen to send are some 20 kB."""

MAX_FAULT = 500
"""Characters of what is wrong with an answer, as the model is told."""

MAX_WORK = 3_000_000
"""
Parts of a schema that are looked at to check one answer, wherever in it JSON may be: a tenth of a second, in which
nothing else can be done.
"""

MAX_EXPLAINED = 30_000
"""The same where it has to be said what is wrong: for that the validator may gather a fault from each part."""

MAX_FENCES = 64
"""Fences of code that are looked at in an answer; JSON may hold some itself."""

_PATTERNS = jsonschema_rs.FancyRegexOptions(backtrack_limit=10_000, size_limit=100_000)
"""A hundredth of the usual bounds: patterns that need more take seconds."""

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
        self._work = None if schema is None else _work(schema)
        self._validator = None if schema is None else _validator(schema)

    def instruct(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        first = next((at for at, message in enumerate(messages) if message.role != "system"), len(messages))
        return (*messages[:first], Message("system", self._instruction()), *messages[first:])

    def repair(self, messages: Sequence[Message], answer: str, fault: NotAsAsked) -> tuple[Message, ...]:
        """The conversation that asks once more, after an answer that was wrong."""
        again = f"That is not the JSON that was asked for: {fault} {self._instruction()}"
        return (*messages, Message("assistant", answer), Message("user", again))

    def check(self, answer: str) -> str:
        """The JSON of the answer; raises `NotAsAsked`. Where the schema can't be used to check, any JSON will do."""
        faults: list[str] = []
        read: list[slice] = []
        wrong: list[Any] = []
        left: float = MAX_WORK
        for place in _places(answer):
            if any(outer.start <= place.start and place.stop <= outer.stop for outer in read):
                continue  # a part of an answer that was read is no answer
            text = answer[place].strip()
            try:
                value = orjson.loads(text)
            except orjson.JSONDecodeError as error:
                faults.append(f"it can't be read as JSON: {error}.")
                continue
            read.append(place)
            work = 0 if self._work is None else self._work.of_checking(value, len(text))
            if left < work <= MAX_WORK:
                break
            left -= work
            if work > MAX_WORK or self._is_right(value):
                return text
            wrong = [value]
        raise NotAsAsked(self._fault(wrong[0]) if wrong else faults[0])

    def _is_right(self, value: Any) -> bool:
        """Nothing is known to be wrong with it."""
        if self._validator is None:
            return isinstance(value, dict)
        try:
            return self._validator.is_valid(value)
        except RuntimeError:
            return (
                True  # jsonschema_rs 0.60 breaks off at some schemas that refer back and have `unevaluatedProperties`
            )

    def _fault(self, value: Any) -> str:
        """What is wrong with a value that is not right."""
        if self._validator is None or self._work is None:
            return "it is not an object."
        try:
            if self._work.of_explaining(value) <= MAX_EXPLAINED:
                self._validator.validate(value)
        except jsonschema_rs.ValidationError as wrong:
            where = "".join(f"[{step!r}]" for step in wrong.instance_path)
            return f"at ${where}, {wrong.message}"[:MAX_FAULT] + "."
        except RuntimeError:
            pass  # it may break off here, too
        return "it is not valid by the schema."

    def _instruction(self) -> str:
        if not self._schema:
            return _OBJECT
        return f"{_BY_SCHEMA}{f' ({self._name})' if self._name else ''}:\n{self._schema}"


def _places(answer: str) -> Iterator[slice]:
    """Where JSON may be: all of the answer; what stands after or between fences; what the outermost brackets hold."""
    yield slice(0, len(answer))
    end = answer.find("```")
    for _ in range(MAX_FENCES):
        if end < 0:
            break
        begin = _after_label(answer, end + 3)
        end = answer.find("```", begin)
        yield slice(begin, end if end >= 0 else len(answer))
    first = [at for at in (answer.find("{"), answer.find("[")) if at >= 0]
    for at in sorted(first):
        yield slice(at, answer.rfind("}" if answer[at] == "{" else "]") + 1)


def _after_label(answer: str, begin: int) -> int:
    """Past the name of a language, which is the rest of the fence's line or, before JSON on that line, `json`."""
    line = answer.find("\n", begin)
    if line >= 0 and (not (label := answer[begin:line].strip()) or label.isalnum()):
        return line
    return begin + 4 if answer.startswith("json", begin) else begin


def _work(schema: Any) -> SchemaWork:
    try:
        return SchemaWork(schema)
    except TooInvolved as error:
        _refuse(f"the schema can't be checked by: {error}")


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
        return jsonschema_rs.validator_for(
            schema, retriever=_no_other_document, mask="the value", pattern_options=_PATTERNS
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError, RuntimeError) as error:
        _refuse(f"this is no JSON Schema: {getattr(error, 'message', error)}"[:MAX_FAULT])


def _refuse(what: str) -> NoReturn:
    param = "response_format.json_schema.schema"
    raise InvalidRequest(f"{param}: {what}", param=param)


def _no_other_document(_uri: str) -> NoReturn:
    """A client's schema must not make the gateway fetch addresses of the client's choice."""
    raise ValueError("a schema may refer to itself alone")
