"""Requests as clients send them: what is understood, what is ignored, and what is named as wrong."""

import contextlib
import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.errors import AttachmentUnsupported, ClientError, InvalidRequest, MalformedJson
from arenabridge.wire.chat import ChatRequest, Message
from arenabridge.wire.openai.fields import MAX_FIELDS
from arenabridge.wire.openai.json_format import MAX_SCHEMA_BYTES
from arenabridge.wire.openai.messages import MAX_MESSAGES
from arenabridge.wire.openai.request import (
    MAX_IGNORED,
    MAX_IGNORED_CHARACTERS,
    ChatCompletionRequest,
    decode_chat_request,
)
from arenabridge.wire.openai.request_schema import MAX_CHOICES, MAX_MODEL_CHARACTERS, MAX_STOP_CHARACTERS


def request(**fields: Any) -> bytes:
    return orjson.dumps({"model": "gpt", "messages": [{"role": "user", "content": "Hi"}], **fields})


def schema(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "it", "schema": schema}}}


def said(content: str) -> bytes:
    """A request whose only content is this JSON text."""
    return b'{"model":"gpt","messages":[{"role":"user","content":%s}]}' % content.encode("utf-8", "surrogatepass")


def messages(*given: dict[str, Any]) -> tuple[Message, ...]:
    return decode_chat_request(request(messages=given)).chat.messages


def refusal(body: bytes) -> ClientError:
    with pytest.raises(ClientError) as refused:
        decode_chat_request(body)
    return refused.value


def test_the_least_that_is_a_request() -> None:
    assert decode_chat_request(request()) == ChatCompletionRequest(
        chat=ChatRequest(model="gpt", messages=(Message("user", "Hi"),)), stream=False, include_usage=False
    )


def test_a_models_name_is_as_long_as_a_name_can_be() -> None:
    """It is looked at in many places."""
    assert decode_chat_request(request(model="x" * MAX_MODEL_CHARACTERS)).chat.model == "x" * MAX_MODEL_CHARACTERS
    assert refusal(request(model="x" * (MAX_MODEL_CHARACTERS + 1))).param == "model"


def test_a_request_has_no_more_fields_than_any_api() -> None:
    assert decode_chat_request(request(**{str(number): 1 for number in range(MAX_FIELDS - 2)}))
    assert "fields" in str(refusal(request(**{str(number): 1 for number in range(MAX_FIELDS - 1)})))


def many(piece: str, times: int) -> str:
    return f"[{','.join([piece] * times)}]"


MANY = [
    said(many('{"type":"text"}', 400_000)),
    said(many("{}", 1_000_000)),
    said('"x"}],"tools":[{"y":' + many("[]", 1_000_000)),
    said('"x"}],' + ",".join(f'"{number}":1' for number in range(400_000)) + "[{"),
    b'{"model":[' + b"1 , " * 1_000_000,
    b"\\" * 9 + b'"' * 3_000_000,
]


@pytest.mark.parametrize("body", MANY, ids=["parts", "nothings", "elsewhere", "fields", "numbers", "quotes"])
def test_a_request_of_too_many_pieces_is_refused_before_it_is_read(body: bytes) -> None:
    """It would stop the gateway for seconds, and take a gigabyte."""
    assert "too many pieces" in str(refusal(body))


@pytest.mark.parametrize("text", ["x" * 3_000_000, '{["\\,' * 500_000, "\n" * 1_500_000])
def test_a_long_text_is_one_piece_whatever_is_in_it(text: str) -> None:
    assert messages({"role": "user", "content": text})[0].text == text


def test_null_means_absent_everywhere() -> None:
    nulls = dict.fromkeys(["stream", "stream_options", "n", "tools", "stop", "temperature", "user"])
    assert decode_chat_request(request(**nulls)) == decode_chat_request(request())
    assert messages({"role": "user", "content": None, "name": None, "tool_calls": None}) == (Message("user", ""),)


def test_how_the_answer_is_wanted() -> None:
    streamed = decode_chat_request(request(stream=True, stream_options={"include_usage": True, "later": 1}))
    assert (streamed.stream, streamed.include_usage) == (True, True)
    assert not decode_chat_request(request(stream=True, stream_options={})).include_usage


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        ({}, ()),
        ({"stop": "a"}, ("a",)),
        ({"stop": ["a", "b"]}, ("a", "b")),
        ({"stop": ""}, ()),
        ({"stop": ["", None, "a", ""]}, ("a",)),
    ],
)
def test_stop_sequences(sent: dict[str, Any], understood: tuple[str, ...]) -> None:
    assert decode_chat_request(request(**sent)).stop == understood


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        ({"max_tokens": 7}, 7),
        ({"max_completion_tokens": 7}, 7),
        ({"max_tokens": 9, "max_completion_tokens": 7}, 7),
        ({"max_tokens": 7, "max_completion_tokens": None}, 7),
        ({"max_tokens": -1}, None),
        ({"max_tokens": 0}, None),
        ({"max_tokens": 0, "max_completion_tokens": 7}, 7),
    ],
)
def test_limits_by_both_their_names(sent: dict[str, Any], understood: int | None) -> None:
    assert decode_chat_request(request(**sent)).max_tokens == understood


@pytest.mark.parametrize("format", [None, {}, {"type": "text"}])
def test_text_is_what_is_wanted_unless_it_is_said(format: Any) -> None:
    assert decode_chat_request(request(response_format=format)).json is None


@pytest.mark.parametrize("format", [{"type": "json_object"}, schema({"type": "array"})["response_format"]])
def test_json_is_wanted_in_two_ways(format: Any) -> None:
    assert decode_chat_request(request(response_format=format)).json is not None


@pytest.mark.parametrize(
    ("choice", "ignored"),
    [
        ("none", ("tools",)),
        ("auto", ("tools",)),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "auto"}}, ("tool_choice", "tools")),
    ],
)
def test_tools_that_may_be_called_are_ignored(choice: Any, ignored: tuple[str, ...]) -> None:
    told = decode_chat_request(request(tools=[{"type": "function"}], tool_choice=choice)).chat.ignored
    assert told == ignored


def test_what_is_so_in_any_case_is_something_that_can_be_had() -> None:
    wishes = {"tool_choice": "none", "function_call": "auto", "logprobs": False, "modalities": ["text"]}
    assert decode_chat_request(request(tools=[], **wishes)).chat.ignored == ()
    others = {"logprobs": True, "modalities": ["text", "audio"]}
    assert decode_chat_request(request(**others)).chat.ignored == ("logprobs", "modalities")


@pytest.mark.parametrize(
    ("field", "value", "is_kept"),
    [
        ("logprobs", 5, False),
        ("logprobs", 0, False),
        ("logprobs", "false", False),
        ("modalities", "text", False),
        ("modalities", [1], False),
        ("function_call", False, False),
        ("function_call", 7, False),
        ("function_call", "none", True),
    ],
)
def test_what_has_no_effect_may_be_of_any_type(field: str, value: Any, *, is_kept: bool) -> None:
    told = decode_chat_request(request(**{field: value})).chat.ignored
    assert told == (() if is_kept else (field,))


def test_a_function_that_must_be_called_is_refused_as_it_was_before_there_were_tools() -> None:
    error = refusal(request(function_call={"name": "f"}))
    assert (error.code, error.param) == ("tools_not_supported", "function_call")


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "f"}}, {"type": "custom"}])
def test_a_call_that_must_come_is_refused(choice: Any) -> None:
    error = refusal(request(tools=[{"type": "function"}], tool_choice=choice))
    assert (error.code, error.param) == ("tools_not_supported", "tool_choice")


def test_a_call_that_must_come_is_refused_by_its_older_name_too() -> None:
    error = refusal(request(functions=[{"name": "f"}], function_call={"name": "f"}))
    assert (error.code, error.param) == ("tools_not_supported", "function_call")


@pytest.mark.parametrize(
    ("sent", "understood"),
    [
        ("developer", "system"),
        ("function", "tool"),
        *((each, each) for each in ("system", "user", "assistant", "tool")),
    ],
)
def test_roles_of_every_age(sent: str, understood: str) -> None:
    assert [message.role for message in messages({"role": sent, "content": "x"})] == [understood]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("x", "x"),
        ("", ""),
        ([], ""),
        (["a", {"type": "text", "text": "b"}], "a\n\nb"),
        ([{"type": "input_text", "text": "a"}, {"type": "output_text", "text": "b"}], "a\n\nb"),
        ([{"text": "no type"}], "no type"),
        ([{"type": "text"}], ""),
        ([{"type": "refusal", "refusal": "no"}], "no"),
        ("\u0000\u2028\u0085\ufeff😀", "\u0000\u2028\u0085\ufeff😀"),
    ],
)
def test_content_in_all_its_forms(content: Any, text: str) -> None:
    assert messages({"role": "user", "content": content}) == (Message("user", text),)


@pytest.mark.parametrize(
    ("changed", "param"),
    [
        ({"model": None}, "model"),
        ({"model": ""}, "model"),
        ({"model": ["gpt"]}, "model"),
        ({"messages": None}, "messages"),
        ({"messages": {}}, "messages"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [None]}, "messages[0]"),
        ({"messages": [{"content": "x"}]}, "messages[0]"),
        ({"messages": [{"role": None}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}, {"role": "bard"}]}, "messages[1].role"),
        ({"messages": [{"role": "user", "name": 1}]}, "messages[0].name"),
        ({"messages": [{"role": "user", "content": {}}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [None]}]}, "messages[0].content[0]"),
        ({"messages": [{"role": "user", "content": ["a", {"type": 7}]}]}, "messages[0].content[1].type"),
        ({"messages": [{"role": "user", "tool_calls": [1]}]}, "messages[0].tool_calls[0]"),
        ({"messages": [{"role": "user", "content": "x"}] * (MAX_MESSAGES + 1)}, "messages"),
        ({"stream": "true"}, "stream"),
        ({"stream": 1}, "stream"),
        ({"stream_options": []}, "stream_options"),
        ({"stream_options": {"include_usage": "yes"}}, "stream_options.include_usage"),
        ({"n": 0}, "n"),
        ({"n": MAX_CHOICES + 1}, "n"),
        ({"n": -1}, "n"),
        ({"n": True}, "n"),
        ({"n": 1.5}, "n"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop"),
        ({"stop": "x" * (MAX_STOP_CHARACTERS + 1)}, "stop"),
        ({"stop": [1]}, "stop[0]"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"max_completion_tokens": 1.5}, "max_completion_tokens"),
        ({"response_format": "json"}, "response_format"),
        ({"response_format": {"type": "yaml"}}, "response_format.type"),
        ({"response_format": {"type": "json_schema"}}, "response_format.json_schema.schema"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format.json_schema.schema"),
        (schema({"type": "nonsense"}), "response_format.json_schema.schema"),
        (schema({"$ref": "http://127.0.0.1:9/x.json"}), "response_format.json_schema.schema"),
        (schema({"pattern": "("}), "response_format.json_schema.schema"),
        (schema({"enum": ["x" * MAX_SCHEMA_BYTES]}), "response_format.json_schema.schema"),
    ],
)
def test_a_field_that_is_wrong_is_named(changed: dict[str, Any], param: str) -> None:
    error = refusal(request(**changed))
    assert isinstance(error, InvalidRequest)
    assert error.param == param
    assert len(str(error)) < 300


def test_more_answers_than_can_be_served_are_refused_however_their_number_is_written() -> None:
    for number in (b"99999999999999999999999", b"1e400"):
        assert refusal(request()[:-1] + b',"n":' + number + b"}").param == "n"


@pytest.mark.parametrize("type", ["input_video", "x" * 10_000, "\ud7ff\n"])
def test_what_is_neither_text_nor_a_file_is_refused_and_never_left_out(type: str) -> None:
    content = ["look:", {"type": type, type: {"url": "https://x.example"}}]
    error = refusal(request(messages=[{"role": "user", "content": content}]))
    assert isinstance(error, AttachmentUnsupported)
    assert error.param == "messages[0].content[1]"
    assert len(str(error)) < 200


@pytest.mark.parametrize(
    "content",
    [
        r'"\ud83d"',
        r'"\uDE00x"',
        r'"\ud83d\n"',
        r'"\ud83d\ud83d\ude00"',
        r'"\\\ud83d"',
        r'[{"type":"text","text":"\ud83d"}]',
    ],
)
def test_half_a_character_is_named(content: str) -> None:
    """Programs that cut a text in JavaScript send it; let in, it could not be encoded any more later on."""
    error = refusal(said(content))
    assert isinstance(error, MalformedJson)
    assert "half a character" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b'{"model":"\\ud83d","messages":[{"role":"user","content":"x"}]}',
        b'{"model":"g","\\ud83d":1,"messages":[{"role":"user","content":"x"}]}',
        b'{"model":"g","seed":"\\ud83d","messages":[{"role":"user","content":"x"}]}',
        b'{"model":"g","messages":[{"role":"user","name":"\\ud83d","content":"x"}]}',
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode_chat_request(body)


def test_half_a_character_is_named_only_where_the_decoder_stumbled() -> None:
    """Looked for everywhere, it stopped the gateway for seconds in a body of backslashes."""
    assert "half a character" not in str(refusal(said('oops "' + "x" * 100 + r'\ud83d"')))
    assert "half a character" not in str(refusal(said('"' + "\\" * 20_000_001)))


@pytest.mark.parametrize("content", [r'"\ud83d\ude00"', r'"\\ud83d"', r'"\\\\ud83d"', r'"\u0000"', '"\u2028"', '"😀"'])
def test_whole_characters_are_taken_however_they_are_escaped(content: str) -> None:
    assert decode_chat_request(said(content)).chat.messages[0].text == orjson.loads(content)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"{} x", b'{"a":NaN}', request()[:-1], said('"\ud83d"'), request() + b"\x00", b'{"a":"\x01"}'],
)
def test_what_is_no_json_is_called_so(body: bytes) -> None:
    assert isinstance(refusal(body), MalformedJson)


@pytest.mark.parametrize("body", [b"[]", b"7", b'"{}"', b"null"])
def test_json_that_is_no_object_is_called_so(body: bytes) -> None:
    assert type(refusal(body)) is InvalidRequest


@pytest.mark.parametrize("field", ["messages", "tools", "stop", "response_format"])
def test_nesting_without_end_is_refused(field: str) -> None:
    deep = b'{"model":"gpt","messages":[{"role":"user","content":"x"}],"%s":' % field.encode()
    assert refusal(deep + b"[" * 100_000 + b"]" * 100_000 + b"}").status == 400


def test_unused_parameters_are_told_unless_they_say_nothing() -> None:
    unused = {"temperature": 0, "tools": [{}], "stop": [], "logit_bias": {}, "seed": None, "user": "me", "store": True}
    assert decode_chat_request(request(**unused)).chat.ignored == ("temperature", "tools")


def test_the_names_of_unused_parameters_fit_into_a_header_however_many_there_are() -> None:
    many = decode_chat_request(request(**{f"{number:04}" + "x" * 10_000: 1 for number in range(100)})).chat.ignored
    assert len(many) == MAX_IGNORED
    assert max(map(len, many)) == MAX_IGNORED_CHARACTERS


def test_the_last_of_two_keys_counts() -> None:
    assert decode_chat_request(request()[:-1] + b',"model":"other"}').chat.model == "other"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["role", "content", "type", "text", "n"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["model", "messages", "stream", "stream_options", "n", "x"]), JSON))
def test_whatever_is_sent_is_a_request_or_an_error_of_the_clients(fields: dict[str, Any]) -> None:
    with contextlib.suppress(ClientError):
        assert decode_chat_request(json.dumps(fields).encode()).chat.messages


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_answered_with_a_client_error(body: bytes) -> None:
    assert refusal(b'{"model":"gpt","messages":[{"role":"user","content":' + body).status == 400
