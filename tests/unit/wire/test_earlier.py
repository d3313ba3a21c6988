"""What the earlier bridges' userscript says, whatever it says, and what it is told."""

import msgspec
import pytest

from arenabridge.wire import earlier
from arenabridge.wire.arena.bodies import Retry, SiteAttachment, Turn
from arenabridge.wire.arena.made_again import made_again
from arenabridge.wire.earlier import Broken, Done, NotOk, Piece
from arenabridge.wire.link import messages as m


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        ('{"request_id":"r","data":"a0:\\"x"}', Piece("r", 'a0:"x')),
        ('{"request_id":"r","data":["a0:",7,"\\"x\\""]}', Piece("r", 'a0:"x"')),
        ('{"request_id":"r","data":"[DONE]"}', Done("r")),
        ('{"request_id":"r","data":["[DONE]"]}', Done("r")),
        (
            '{"request_id":"r","data":{"error":"Network response not OK. Status: 429. Content: Too\\nmany"}}',
            NotOk("r", 429, "Too\nmany"),
        ),
        ('{"request_id":"r","data":{"error":"Failed to fetch"}}', Broken("r", "Failed to fetch")),
        ('{"request_id":"r","data":{"error":{"code":1}}}', Broken("r", '{"code":1}')),
        ('{"request_id":"r","data":"{\\"error\\":\\"x\\"}"}', Piece("r", '{"error":"x"}')),
        ('{"request_id":"r","data":null}', None),
        ('{"request_id":"r","data":{}}', None),
        ('{"request_id":"r","data":7}', None),
        ('{"request_id":"r"}', None),
        ('{"request_id":"","data":"x"}', None),
        ('{"data":"x"}', None),
    ],
)
def test_a_frame_is_read_or_says_nothing(frame: str, said: object) -> None:
    assert earlier.read(frame) == said


@pytest.mark.parametrize("frame", ["", "{", "[]", '"x"', "null", "[" * 5000, b"\xff"])
def test_what_is_no_object_is_malformed(frame: str | bytes) -> None:
    with pytest.raises(m.MalformedFrame):
        earlier.read(frame)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<!DOCTYPE html><title>Just a moment...</title>", "text/html"),
        ("\n<html lang=en>", "text/html"),
        ('{"error":"x"}', "application/json"),
        ("Too many requests", "text/plain"),
        ('a0:"<!DOCTYPE html>"', "text/plain"),
    ],
)
def test_a_body_tells_its_type_by_its_beginning(body: str, kind: str) -> None:
    assert earlier.headers_of(body) == {"content-type": kind}


PICTURE = SiteAttachment(name="a.png", content_type="image/png", url="data:image/png;base64,AA==")
HISTORY = (
    Turn(id="1", role="system", text="", position="b"),
    Turn(id="2", role="user", text="Hi", attachments=(PICTURE,)),
)


def test_a_job_has_the_scripts_own_form() -> None:
    job = made_again(Retry(session="S", message="A", model="mA", history=HISTORY))
    assert earlier.ask("r", job) == (
        '{"request_id":"r","payload":{"message_templates":['
        '{"role":"system","content":" ","attachments":[],"participantPosition":"b"},'
        '{"role":"user","content":"Hi","attachments":[{"name":"a.png","contentType":"image/png",'
        '"url":"data:image/png;base64,AA=="}],"participantPosition":"a"}],'
        '"target_model_id":"mA","session_id":"S","message_id":"A"}}'
    )


@pytest.mark.parametrize("model", [None, ""])
def test_a_picture_is_said_to_be_one_and_a_model_without_an_id_is_null(model: str | None) -> None:
    payload = made_again(Retry(session="S", message="A", model=model, history=HISTORY, modality="image")).payload
    told = msgspec.json.decode(msgspec.json.encode(payload))
    assert (told["target_model_id"], told["is_image_request"]) == (None, True)


def test_a_job_survives_the_way_between_gateways() -> None:
    go = m.Go(m.JobId("j"), 1, made_again(Retry(session="S", message="A", history=HISTORY, modality="image")))
    assert m.decode_from_gateway(m.encode(go)) == go
