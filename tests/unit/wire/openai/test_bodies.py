"""Answers in one piece, failures, usage, and pictures within a chat's text."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st
from openai.types.chat import ChatCompletion

from arenabridge import errors
from arenabridge.wire.openai.completion import completion_body
from arenabridge.wire.openai.content import content_of
from arenabridge.wire.openai.errors import error_body, error_headers, error_object, public
from arenabridge.wire.openai.usage import estimate_tokens, usage_object
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
    Usage,
    Video,
)

USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def completion(*, text: str = "x", reasoning: str = "", reason: FinishReason = "stop") -> dict[str, Any]:
    body = completion_body(
        id="chatcmpl-1", created=1, model="gpt", text=text, reasoning=reasoning, reason=reason, usage=USAGE
    )
    decoded: dict[str, Any] = orjson.loads(body)
    return decoded


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter", "tool_calls"])
@pytest.mark.parametrize("text", ["", "x", "\u0000\u2028😀", '"' * 100_000])
def test_a_completion_is_one_for_the_official_client(text: str, reason: FinishReason) -> None:
    read = ChatCompletion.model_validate(completion(text=text, reason=reason), strict=True)
    assert (read.choices[0].message.content, read.choices[0].finish_reason) == (text, reason)
    assert read.usage is not None
    assert read.usage.total_tokens == 3


def test_thoughts_stand_beside_the_text_only_if_there_are_any() -> None:
    assert "reasoning" not in completion()["choices"][0]["message"]
    thought = completion(reasoning="hm")["choices"][0]["message"]
    assert (thought["reasoning"], thought["reasoning_content"], thought["content"]) == ("hm", "hm", "x")


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
        (errors.QueueFull(), {}),
        (errors.QueueFull(retry_after_seconds=0), {"retry-after": "0"}),
        (errors.NoCatalogue(retry_after_seconds=1.2), {"retry-after": "2"}),
        (errors.SiteFailed(), {"x-should-retry": "false"}),
        (errors.UpstreamRateLimited(retry_after_seconds=86400.0), {"x-should-retry": "false", "retry-after": "86400"}),
        (KeyError("x"), {}),
    ],
)
def test_headers_say_when_and_whether_to_repeat(error: Exception, headers: dict[str, str]) -> None:
    assert error_headers(error) == headers


@pytest.mark.parametrize(
    ("usage", "figures"),
    [
        (None, (2, 1)),
        (Usage(None, None), (2, 1)),
        (Usage(7, None), (7, 1)),
        (Usage(None, 0), (2, 0)),
        (Usage(0, 9), (0, 9)),
    ],
)
def test_the_sites_figures_win_and_what_it_did_not_say_is_estimated(
    usage: Usage | None, figures: tuple[int, int]
) -> None:
    made = usage_object(usage, prompt="prompt", completion="done")
    assert (made["prompt_tokens"], made["completion_tokens"]) == figures
    assert made["total_tokens"] == sum(figures)


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
