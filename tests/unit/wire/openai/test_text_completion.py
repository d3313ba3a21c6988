"""The chat's older kin: its requests, its objects and its stream."""

from typing import Any

import orjson
import pytest
from openai.types import Completion

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import ChatRequest, Message
from arenabridge.wire.openai.answer import Envelope, WholeChoice
from arenabridge.wire.openai.chunks import MAX_PIECE
from arenabridge.wire.openai.request import ChatCompletionRequest
from arenabridge.wire.openai.text_completion import TextChunkWriter, text_completion_body
from arenabridge.wire.openai.text_request import decode_text_request

ENVELOPE = Envelope(id="cmpl-1", created=1, model="gpt")
USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def decoded(**fields: Any) -> ChatCompletionRequest:
    return decode_text_request(orjson.dumps({"model": "gpt", **fields}))


@pytest.mark.parametrize("prompt", ["Once", ["Once"]])
def test_a_prompt_is_a_chat_of_one_turn(prompt: Any) -> None:
    assert decoded(prompt=prompt, stop="x", max_tokens=3, n=2, stream=True) == ChatCompletionRequest(
        chat=ChatRequest(model="gpt", messages=(Message("user", "Once"),)),
        stop=("x",),
        max_tokens=3,
        choices=2,
        stream=True,
    )


@pytest.mark.parametrize("prompt", [None, [], ["a", "b"], 7, [1, 2], [[1, 2]]])
def test_other_prompts_are_refused(prompt: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        decoded(prompt=prompt)
    assert (refused.value.param or "").startswith("prompt")


def test_what_has_no_effect_is_told() -> None:
    assert decoded(prompt="x", suffix="y", echo=True, best_of=2, messages=[1]).chat.ignored == (
        "best_of",
        "echo",
        "messages",
        "suffix",
    )


def test_a_whole_answer_is_one_for_the_official_client() -> None:
    choices = [WholeChoice(text=text, thoughts="hm", annotations=[{}], reason="stop") for text in ("a", "b")]
    body = orjson.loads(text_completion_body(ENVELOPE, choices, USAGE))
    read = Completion.model_validate(body, strict=True)
    assert [(choice.index, choice.text) for choice in read.choices] == [(0, "a"), (1, "b")]
    assert "hm" not in str(body)


def test_a_stream_is_one_for_the_official_client() -> None:
    write = TextChunkWriter(ENVELOPE, include_usage=True, index=1)
    assert write.begin() == write.thoughts("hm") == write.annotations([{}]) == b""
    text = "\x00" * (MAX_PIECE + 1)
    stream = write.text("x") + write.text(text) + write.finish("length") + write.usage(USAGE)
    events = stream.removesuffix(b"\n\n").split(b"\n\n")
    chunks = [orjson.loads(event.removeprefix(b"data: ")) for event in events]
    assert max(map(len, events)) < 64 * 1024
    assert [chunk["usage"] for chunk in chunks] == [None, None, None, None, USAGE]
    assert [choice["finish_reason"] for chunk in chunks for choice in chunk["choices"]] == [None, None, None, "length"]
    for chunk in chunks:
        for choice in chunk["choices"]:
            choice["finish_reason"] = choice["finish_reason"] or "stop"  # the types know no choice that is not finished
    read = [Completion.model_validate(chunk, strict=True) for chunk in chunks]
    assert "".join(choice.text for chunk in read for choice in chunk.choices) == "x" + text
    assert {choice.index for chunk in read for choice in chunk.choices} == {1}
    assert {(chunk.id, chunk.object) for chunk in read} == {("cmpl-1", "text_completion")}
