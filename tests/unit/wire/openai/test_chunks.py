"""The stream that clients read: valid for the official client's types, whole, and never in too long an event."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings, strategies as st
from openai.types.chat import ChatCompletionChunk

from arenabridge.errors import UpstreamRateLimited
from arenabridge.wire.openai.answer import Envelope
from arenabridge.wire.openai.chunks import DONE, KEEP_ALIVE, MAX_PIECE, ChunkWriter, error_event
from arenabridge.wire.openai.sources import MAX_TITLE, MAX_URL
from arenabridge.wire.profile import ReasoningDialect
from arenabridge.wire.reply import FinishReason

MAX_EVENT_BYTES = 64 * 1024
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
REASONS: list[FinishReason] = ["stop", "length", "content_filter", "tool_calls"]


def writer(
    *,
    include_usage: bool = False,
    model: str = "gpt",
    index: int = 0,
    reasoning: ReasoningDialect = "reasoning_content",
) -> ChunkWriter:
    envelope = Envelope(id="chatcmpl-1", created=1_700_000_000, model=model)
    return ChunkWriter(envelope, include_usage=include_usage, index=index, reasoning=reasoning)


def events(stream: bytes) -> list[Any]:
    """The data of each event; everything in the stream must be one."""
    *written, rest = stream.split(b"\n\n")
    assert rest == b""
    assert all(event.startswith(b"data: ") and b"\n" not in event for event in written)
    assert max((len(event) + 2 for event in written), default=0) <= MAX_EVENT_BYTES
    return [orjson.loads(event.removeprefix(b"data: ")) for event in written]


def chunks(stream: bytes) -> list[ChatCompletionChunk]:
    return [ChatCompletionChunk.model_validate(event, strict=True) for event in events(stream)]


def joined(stream: bytes, field: str = "content") -> str:
    return "".join(getattr(chunk.choices[0].delta, field) for chunk in chunks(stream))


@pytest.mark.parametrize("include_usage", [False, True])
def test_every_chunk_is_one_for_the_official_client(include_usage: bool) -> None:  # noqa: FBT001 - a column of the table
    write = writer(include_usage=include_usage)
    stream = write.begin() + write.text("x") + write.thoughts("y") + b"".join(map(write.finish, REASONS))
    for chunk in chunks(stream):
        assert (chunk.id, chunk.object, chunk.created, chunk.model) == (
            "chatcmpl-1",
            "chat.completion.chunk",
            1_700_000_000,
            "gpt",
        )
        assert chunk.choices[0].index == 0
    for event in events(stream):
        assert ("usage" in event) == include_usage
        assert event.get("usage") is None


def test_the_role_comes_with_empty_content_and_text_without_a_role() -> None:
    (first,) = events(writer().begin())
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    (second,) = events(writer().text("x"))
    assert second["choices"][0] == {"index": 0, "delta": {"content": "x"}, "logprobs": None, "finish_reason": None}


def test_thoughts_go_under_both_names() -> None:
    (event,) = events(writer().thoughts("hm"))
    assert event["choices"][0]["delta"] == {"reasoning_content": "hm", "reasoning": "hm"}


def test_thoughts_may_go_under_one_name() -> None:
    (event,) = events(writer(reasoning="reasoning").thoughts("hm"))
    assert event["choices"][0]["delta"] == {"reasoning": "hm"}


def test_a_choice_keeps_its_number_in_all_it_says() -> None:
    write = writer(index=3)
    stream = write.begin() + write.text("x") + write.thoughts("y") + write.annotations([{}]) + write.finish("stop")
    assert {chunk.choices[0].index for chunk in chunks(stream)} == {3}


def test_however_many_sources_arrive_in_events_that_are_not_too_long() -> None:
    cited = {"url": "https://" + "\x00" * MAX_URL, "title": "\x00" * MAX_TITLE, "start_index": 0, "end_index": 0}
    annotations = [{"type": "url_citation", "url_citation": cited}] * 5
    written = events(writer().annotations(annotations))
    assert [each for event in written for each in event["choices"][0]["delta"]["annotations"]] == annotations
    assert writer().annotations([]) == b""


@pytest.mark.parametrize("reason", REASONS)
def test_the_finish_has_an_empty_delta(reason: FinishReason) -> None:
    (event,) = events(writer().finish(reason))
    assert event["choices"][0] == {"index": 0, "delta": {}, "logprobs": None, "finish_reason": reason}


def test_usage_is_a_chunk_of_its_own_without_choices() -> None:
    (chunk,) = chunks(writer(include_usage=True).usage(USAGE))
    assert chunk.choices == []
    assert chunk.usage is not None
    assert chunk.usage.total_tokens == 3


@pytest.mark.parametrize("character", ["x", "\n", '"', "é", "四", "😀", "\x00", "\x1f", "\x7f", "\u2028"])
@pytest.mark.parametrize("length", [0, 1, MAX_PIECE, MAX_PIECE + 1, 100_000])
def test_text_and_thoughts_of_any_length_and_kind_arrive_whole_in_events_that_are_not_too_long(
    character: str, length: int
) -> None:
    text = character * length
    assert joined(writer().text(text)) == text
    assert joined(writer().thoughts(text), "reasoning") == joined(writer().thoughts(text), "reasoning_content") == text


@settings(deadline=None)
@given(st.text())
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    assert joined(writer().text(text)) == text
    assert joined(writer().thoughts(text), "reasoning") == text


@pytest.mark.parametrize("model", ['a "model" \\ \n', "四 (image-to-video)", "\u2028", "}", "x" * 500])
def test_a_model_of_any_name_is_written_so_that_it_can_be_read(model: str) -> None:
    assert [chunk.model for chunk in chunks(writer(model=model).begin() + writer(model=model).finish("stop"))] == [
        model
    ] * 2


def test_a_failure_is_an_event_and_the_last_but_the_end() -> None:
    stream = error_event(UpstreamRateLimited("Too many:\n\n\u2028 requests", retry_after_seconds=7))
    event, done = stream.removesuffix(b"\n\n").split(b"\n\n")
    assert done == b"data: [DONE]"
    assert orjson.loads(event.removeprefix(b"data: ")) == {
        "error": {
            "message": "Too many:\n\n\u2028 requests",
            "type": "rate_limit_error",
            "param": None,
            "code": "upstream_rate_limited",
        }
    }


def test_comments_and_the_end_are_whole_events() -> None:
    assert DONE == b"data: [DONE]\n\n"
    assert KEEP_ALIVE.startswith(b":")
    assert KEEP_ALIVE.endswith(b"\n\n")
