"""JSON is asked for in words, and what comes is checked."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import Message
from arenabridge.wire.openai.json_format import MAX_FAULT, JsonFormat, NotAsAsked

PERSON = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
ASK = (Message("system", "Be brief."), Message("user", "Who?"), Message("system", "Now."))


def fault(format: JsonFormat, answer: str) -> str:
    with pytest.raises(NotAsAsked) as found:
        format.check(answer)
    return str(found.value)


@pytest.mark.parametrize(
    "answer",
    [
        '{"age":7}',
        ' \n{"age":7}\n',
        '```json\n{"age":7}\n```',
        '```\n{"age":7}\n```',
        'Here it is:\n\n```json\n{"age":7}\n```\nAnything else?',
        'No:\n```json\n{"age":"x"}\n```\nbut:\n```json\n{"age":7}\n```',
    ],
)
def test_json_is_found_bare_or_between_fences(answer: str) -> None:
    assert JsonFormat(PERSON).check(answer) == '{"age":7}'


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("Seven.", "can't be read as JSON"),
        ("", "can't be read as JSON"),
        ('{"age":7', "can't be read as JSON"),
        ('{"age":7} {"age":8}', "can't be read as JSON"),
        ("[" * 100_000, "can't be read as JSON"),
        ('{"age":"seven"}', "$['age'], the value is not of type"),
        ("{}", "required"),
        ('{"age":"' + "x" * 10_000 + '"}', "$['age']"),
    ],
)
def test_what_is_wrong_is_said_in_few_words(answer: str, says: str) -> None:
    said = fault(JsonFormat(PERSON), answer)
    assert says in said
    assert len(said) <= MAX_FAULT + 1


def test_an_object_is_an_object() -> None:
    assert JsonFormat().check('{"any":[1]}') == '{"any":[1]}'
    assert "not an object" in fault(JsonFormat(), "[1]")


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.text() | st.integers(-9, 9) | st.lists(st.booleans())))
def test_any_object_passes_as_it_is(value: dict[str, Any]) -> None:
    written = orjson.dumps(value).decode()
    assert JsonFormat().check(written) == written


@pytest.mark.parametrize("pattern", ["^(a+)+$", r"^(a+)+\1$", "^(?=(a+)+$)"])
def test_a_pattern_of_the_clients_does_not_hang_the_check(pattern: str) -> None:
    """In Python's own `re` these take longer than anybody waits."""
    assert "does not match" in fault(JsonFormat({"pattern": pattern}), '"' + "a" * 5_000 + 'b"')


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "#/nowhere"},
        {"$schema": "urn:unknown"},
        {"pattern": "("},
    ],
)
def test_what_is_no_schema_is_refused_and_nothing_is_fetched(schema: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        JsonFormat(schema)
    assert refused.value.param == "response_format.json_schema.schema"


def test_the_instruction_follows_the_clients_own_first_ones() -> None:
    """There a chat's next request has it again, so that the site session can go on."""
    instructed = JsonFormat(PERSON, "person").instruct(ASK)
    assert [message.role for message in instructed] == ["system", "system", "user", "system"]
    assert (instructed[0], *instructed[2:]) == ASK
    assert "(person)" in instructed[1].text
    assert orjson.dumps(PERSON).decode() in instructed[1].text


def test_a_repair_shows_the_bad_answer_and_what_is_wrong_with_it() -> None:
    repair = JsonFormat(PERSON).repair(ASK, "Seven.", NotAsAsked("it is no JSON."))
    assert repair[:-1] == (*ASK, Message("assistant", "Seven."))
    assert repair[-1].role == "user"
    assert "it is no JSON." in repair[-1].text
    assert '"age"' in repair[-1].text
