"""Frames: what is said comes out as it was said, and what is not understood is told apart from what is wrong."""

import pytest

from arenabridge.wire.link import messages as m
from arenabridge.wire.step import Step


def test_a_frame_names_its_type_and_survives_the_way() -> None:
    chunks = m.Chunks([m.Chunk(m.JobId("j"), 1, 3, "héllo 😀\u2028\n")])
    assert m.encode(chunks) == '{"type":"chunks","chunks":[["j",1,3,"héllo 😀\u2028\\n"]]}'
    assert m.decode_from_worker(m.encode(chunks)) == chunks
    go = m.Go(m.JobId("j"), 1, Step(method="POST", path="/nextjs-api/stream/create-evaluation", generates=True))
    assert m.decode_from_gateway(m.encode(go)) == go


def test_types_and_fields_of_a_newer_version_are_no_error() -> None:
    assert m.decode_from_worker('{"type":"sing","song":1}') == m.UnknownMessage("sing")
    assert m.decode_from_worker('{"type":"pong","later":true}') == m.Pong()


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "[]",
        "{}",
        "nonsense",
        '{"type":7}',
        '{"type":"accept"}',
        '{"type":"chunks","chunks":[["j",1]]}',
        '{"type":"start","job":"j","epoch":-1,"seq":0}',
        b"\xff\xfe",
        '{"type":"refuse","job":"j","why":"' + "x" * 3000 + '"}',
        '{"type":"chunks","chunks":[["j",1,0,"\\ud83d"]]}',
        pytest.param('{"type":"pong","later":' + "[" * 100_000, id="nested without end"),
        pytest.param('{"type":"sing","song":' + "[" * 100_000, id="unknown and nested without end"),
    ],
)
def test_a_broken_frame_is_named(frame: str | bytes) -> None:
    with pytest.raises(m.MalformedFrame):
        m.decode_from_worker(frame)
