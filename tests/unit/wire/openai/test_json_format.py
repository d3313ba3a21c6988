"""JSON is asked for in words, and what comes is checked."""

import re
from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import Message
from arenabridge.wire.openai.json_format import MAX_FAULT, JsonFormat, NotAsAsked
from arenabridge.wire.openai.schema_work import MAX_PARTS, MAX_PATTERNS

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
        '```json\n{"age":7}```',
        '```json {"age":7} ```',
        '```{"age":7}```',
        '```json\r\n{"age":7}',
        'Sure! {"age":7}',
        'Sure! {"age":7} Is that right?',
        'By [1] and [2]: {"age":7}',
        '{"age":7}\n```',
        '~~~\n{"age":7}\n~~~',
    ],
)
def test_json_is_found_bare_between_fences_or_among_words(answer: str) -> None:
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


@pytest.mark.parametrize("answer", ['[{"age":7}]', 'Here: [{"age":7}]', '```\n[{"age":7}]\n```', '{"it":{"age":7}}'])
def test_a_part_of_the_json_is_not_the_answer(answer: str) -> None:
    assert "$" in fault(JsonFormat(PERSON), answer)


def test_json_may_hold_fences_itself() -> None:
    answer = '{"age":7,"code":"```py\\nx\\n```"}'
    assert JsonFormat(PERSON).check(f"```json\n{answer}\n```") == answer


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


def doubling(keyword: str, levels: int = 26, *, below: str | None = None) -> dict[str, Any]:
    """Definitions each of which has the next one twice: for the same value, or for the same member of it."""

    def twice(level: int) -> dict[str, Any]:
        both = {keyword: [{"$ref": f"#/$defs/{level}"} for _ in range(2)]}
        return {"properties": {below: both}} if below else both

    return {
        **twice(0),
        "$defs": {str(n): twice(n + 1) if n < levels else {"type": "integer"} for n in range(levels + 1)},
    }


def nested(value: Any, levels: int) -> str:
    return '{"a":' * levels + orjson.dumps(value).decode() + "}" * levels


def unevaluated(levels: int) -> Any:
    return {"anyOf": [unevaluated(levels - 1)], "unevaluatedProperties": False} if levels else {"type": "object"}


@pytest.mark.parametrize(
    "schema",
    [
        doubling("allOf"),
        doubling("anyOf"),
        unevaluated(30),
        {"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}}, "$ref": "#/$defs/a"},
        {"properties": {str(number): {"pattern": "a"} for number in range(MAX_PATTERNS + 1)}},
        {"properties": {str(number): {} for number in range(MAX_PARTS + 1)}},
        {"pattern": r"(\w{100}){100}"},
    ],
    ids=["all", "any", "unevaluated", "itself", "patterns", "parts", "pattern"],
)
def test_a_schema_by_which_no_check_would_end_is_refused(schema: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        JsonFormat(schema)
    assert refused.value.param == "response_format.json_schema.schema"


TREE = {"$defs": {"n": {"properties": {"a": {"anyOf": [{"$ref": "#/$defs/n"}] * 2}}, "type": ["object", "null"]}}}


@pytest.mark.parametrize(
    ("schema", "answer", "is_taken"),
    [
        (doubling("allOf", 60, below="a"), nested("no number", 61), True),
        ({**TREE, "$ref": "#/$defs/n"}, nested(None, 150), True),
        ({**TREE, "$ref": "#/$defs/n"}, nested(7, 150), False),
        ({"anyOf": [{"items": {"type": "string"}}, {"type": "null"}]}, "[" + "1," * 500_000 + "1]", False),
        ({"items": {"type": "integer"}}, "[" + "1," * 500_000 + "1]", True),
    ],
    ids=["too long to tell", "valid", "invalid", "many faults", "many"],
)
def test_no_answer_holds_the_check_up(schema: Any, answer: str, *, is_taken: bool) -> None:
    """What would take hours is taken as it is, and where too much is wrong it is not said what."""
    if is_taken:
        assert JsonFormat(schema).check(answer) == answer
    else:
        assert fault(JsonFormat(schema), answer) == "it is not valid by the schema."


def test_no_answer_is_checked_for_longer_because_it_is_in_several_pieces() -> None:
    """What is too much for all of them together is not looked for any further."""
    schema = {"items": {"anyOf": [{"type": "string"}] * 3}}
    wrong, right = f"```json\n[{'1,' * 300_000}1]\n```\nor\n", '```json\n["x"]\n```\n'
    assert JsonFormat(schema).check(wrong + right) == '["x"]'
    assert fault(JsonFormat(schema), wrong * 2 + right)


FAULTY = """{"0":{"not":@1},"1":{"additionalProperties":@2},"2":{"patternProperties":{"a":@4,".":@4},"items":@3},
    "3":{"additionalProperties":@4},"4":{"unevaluatedProperties":@6,"contains":@5},"5":{"unevaluatedProperties":false,
    "dependentSchemas":{"a":@6}},"6":{"anyOf":[@7]},"7":{"anyOf":[@9]},"9":{"patternProperties":{"a":@10}},
    "10":{"prefixItems":[@12]},"12":{"additionalProperties":@0}}"""


def test_a_fault_of_the_validators_is_none_of_the_answers() -> None:
    """It breaks off at this schema; nobody else would end the request."""
    definitions = orjson.loads(re.sub(r"@(\d+)", r'{"$ref":"#/$defs/\1"}', FAULTY))
    answer = '{"c":{"b":{"c":{"a":1}}}}'
    assert JsonFormat({"$ref": "#/$defs/0", "$defs": definitions}).check(answer) == answer


def test_schemas_of_syntax_trees_are_checked_however_deep_the_tree() -> None:
    kinds = [
        {"properties": {"kind": {"const": kind}, "a": {"$ref": "#"}, "b": {"$ref": "#"}}, "required": ["kind"]}
        for kind in ("plus", "minus", "times", "by")
    ]
    schema = {"anyOf": [*kinds, {"type": "integer"}]}
    deep = '{"kind":"by","b":2,"a":' * 50 + "1" + "}" * 50
    assert JsonFormat(schema).check(deep) == deep
    assert fault(JsonFormat(schema), deep.replace("by", "over"))


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
