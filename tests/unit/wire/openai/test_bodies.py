"""Answers in one piece, failures, usage, and pictures within a chat's text."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st
from openai.types.chat import ChatCompletion

from arenabridge import errors
from arenabridge.wire.openai.answer import Envelope, WholeChoice
from arenabridge.wire.openai.completion import completion_body
from arenabridge.wire.openai.content import content_of
from arenabridge.wire.openai.errors import error_body, error_headers, error_object, public
from arenabridge.wire.openai.usage import estimate_tokens
from arenabridge.wire.profile import ReasoningDialect
from arenabridge.wire.reply import (
    Citations,
    Finished,
    FinishReason,
    Image,
    Notice,
    Reasoning,
    Refused,
    ReplyEvent,
    Text,
    Unrecognized,
    Video,
)

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


ENVELOPE = Envelope(id="chatcmpl-1", created=1, model="gpt")


def whole(
    text: str = "x", *, thoughts: str = "", reason: FinishReason = "stop", annotations: list[Any] | None = None
) -> WholeChoice:
    return WholeChoice(text=text, thoughts=thoughts, annotations=annotations or [], reason=reason)


def completion(*choices: WholeChoice, reasoning: ReasoningDialect = "reasoning_content") -> dict[str, Any]:
    decoded: dict[str, Any] = orjson.loads(completion_body(ENVELOPE, choices, USAGE, reasoning))
    return decoded


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
@pytest.mark.parametrize("text", ["", "x", "\u0000\u2028😀", '"' * 100_000])
def test_a_completion_is_one_for_the_official_client(text: str, reason: FinishReason) -> None:
    read = ChatCompletion.model_validate(completion(whole(text, reason=reason)), strict=True)
    assert (read.choices[0].message.content, read.choices[0].finish_reason) == (text, reason)
    assert read.usage is not None
    assert read.usage.total_tokens == 3


@pytest.mark.parametrize(
    ("reasoning", "fields"),
    [
        ("reasoning_content", {"reasoning_content": "hm", "reasoning": "hm"}),
        ("reasoning", {"reasoning": "hm"}),
    ],
)
def test_thoughts_stand_beside_the_text_only_if_there_are_any(
    reasoning: ReasoningDialect, fields: dict[str, str]
) -> None:
    bare = {"role": "assistant", "content": "x", "refusal": None}
    assert completion(whole(), reasoning=reasoning)["choices"][0]["message"] == bare
    assert completion(whole(thoughts="hm"), reasoning=reasoning)["choices"][0]["message"] == {**bare, **fields}


def test_choices_are_numbered_and_sources_stand_beside_the_text() -> None:
    cited = {"url": "https://x.example", "title": "X", "start_index": 1, "end_index": 1}
    body = completion(whole("a"), whole("b", annotations=[{"type": "url_citation", "url_citation": cited}]))
    read = ChatCompletion.model_validate(body, strict=True)
    assert [(choice.index, choice.message.content) for choice in read.choices] == [(0, "a"), (1, "b")]
    assert read.choices[0].message.annotations is None
    (annotation,) = read.choices[1].message.annotations or []
    assert annotation.url_citation.model_dump() == cited


def test_an_error_always_has_its_four_keys() -> None:
    error = errors.InvalidRequest("model: wrong", param="model")
    assert error_object(error) == {
        "error": {
            "message": "model: wrong",
            "type": "invalid_request_error",
            "param": "model",
            "code": "invalid_request",
        }
    }
    assert orjson.loads(error_body(errors.QueueFull()))["error"]["param"] is None


def test_a_bug_tells_nothing_of_itself() -> None:
    shown = error_object(RuntimeError("the password is 1234"))["error"]
    assert "1234" not in str(shown)
    assert (shown["code"], shown["type"], public(RuntimeError()).status) == ("internal_error", "server_error", 500)


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (errors.NoCatalogue(), {}),
        (errors.QueueFull(retry_after_seconds=0), {"retry-after": "0"}),
        (errors.NoCatalogue(retry_after_seconds=1.2), {"retry-after": "2"}),
        (errors.SiteFailed(), {"x-should-retry": "false"}),
        (errors.UpstreamRateLimited(retry_after_seconds=86400.0), {"x-should-retry": "false", "retry-after": "86400"}),
        (KeyError("x"), {}),
    ],
)
def test_headers_say_when_and_whether_to_repeat(error: Exception, headers: dict[str, str]) -> None:
    assert error_headers(error) == headers


@pytest.mark.parametrize("failure", [errors.NoWorkerConnected, errors.QueueFull, errors.VerificationRequired])
def test_what_passes_by_itself_says_about_when_unless_somebody_knows(failure: type[errors.GatewayError]) -> None:
    assert int(error_headers(failure())["retry-after"]) > 0
    assert error_headers(failure(retry_after_seconds=99))["retry-after"] == "99"


@settings(deadline=None)
@given(st.text(), st.text())
def test_an_estimate_is_nothing_for_nothing_and_grows_with_the_text(text: str, more: str) -> None:
    assert (estimate_tokens(text) == 0) == (text == "")
    assert estimate_tokens(text) <= estimate_tokens(text + more) <= estimate_tokens(text) + estimate_tokens(more)


def test_a_token_is_about_four_bytes() -> None:
    assert (estimate_tokens("x" * 4), estimate_tokens("x" * 5), estimate_tokens("四")) == (1, 2, 1)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Text("a", "x"), "x"),
        (Image("a", "https://x.example/1.png", "image/png"), "![image](https://x.example/1.png)"),
        (Video("b", "data:video/mp4;base64,AA==", "video/mp4"), "[video](data:video/mp4;base64,AA==)"),
        (Reasoning("a", "hm"), ""),
        (Citations("a", ()), ""),
        (Notice("a", "heartbeat"), ""),
        (Finished("a", "stop"), ""),
        (Refused("a", "no"), ""),
        (Unrecognized("aq", "aq:1"), ""),
    ],
)
def test_what_of_an_event_belongs_to_the_text(event: ReplyEvent, text: str) -> None:
    assert content_of(event) == text
