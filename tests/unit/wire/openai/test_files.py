"""Files in messages: every form that clients send is understood, and what is wrong is named by its path."""

import base64
from typing import Any

import orjson
import pytest

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import Attachment, Message, RemoteFile
from arenabridge.wire.openai.files import MAX_FILES
from arenabridge.wire.openai.request import decode_chat_request

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
PDF = b"%PDF-1.7\n..."
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt "


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def uri(content: bytes, head: str = "image/png") -> str:
    return f"data:{head};base64,{b64(content)}"


def messages(*given: dict[str, Any]) -> tuple[Message, ...]:
    return decode_chat_request(orjson.dumps({"model": "gpt", "messages": given})).chat.messages


def the_file(part: Any) -> Attachment | RemoteFile:
    [message] = messages({"role": "user", "content": [part]})
    [file] = message.files
    assert not message.text
    return file


def content_of(part: Any) -> tuple[str, str, bytes]:
    file = the_file(part)
    assert isinstance(file, Attachment)
    return file.name, file.media_type, file.content


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": uri(PNG), "detail": "high"}},
        {"type": "image_url", "image_url": uri(PNG)},
        {"type": "image_url", "image_url": {"url": b64(PNG)}},
        {"type": "image_url", "image_url": {"url": uri(PNG, "IMAGE/PNG;charset=x")}},
        {"type": "image_url", "image_url": {"url": base64.encodebytes(PNG).decode().replace("=", "")}},
        {"type": "image_url", "image_url": {"url": base64.urlsafe_b64encode(PNG).decode()}},
        {"type": "image_url", "image_url": {"url": f"data:;base64,{base64.urlsafe_b64encode(PNG).decode()}"}},
        {"type": "image_url", "image_url": {"url": uri(PNG).replace("+", "%2B")}},
        {"type": "input_image", "image_url": uri(PNG), "detail": "auto"},
        {"image_url": {"url": uri(PNG)}},
        {"type": "file", "file": {"file_data": uri(PNG)}},
    ],
)
def test_a_picture_as_data(part: Any) -> None:
    assert content_of(part) == ("image.png", "image/png", PNG)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ({"type": "file", "file": {"file_data": uri(PDF, "application/pdf"), "filename": "a b.pdf"}}, "a b.pdf"),
        ({"type": "file", "file": {"file_data": b64(PDF)}}, "file.pdf"),
        ({"type": "input_file", "file_data": uri(PDF), "filename": "../../etc/Übung.pdf"}, "Übung.pdf"),
        ({"type": "input_file", "file_data": uri(PDF, "application/pdf;name=%C3%BC.pdf")}, "ü.pdf"),
        ({"type": "image_url", "image_url": {"url": uri(PDF), "detail": "plan.pdf"}}, "plan.pdf"),
    ],
)
def test_a_document_keeps_its_name_and_is_what_its_content_shows(part: Any, name: str) -> None:
    assert content_of(part) == (name, "application/pdf", PDF)


def test_a_drawing_in_svg_is_text_unless_it_is_sent_as_a_picture() -> None:
    drawing = uri(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
    assert content_of({"type": "file", "file": {"file_data": drawing, "filename": "d.svg"}})[1] == "text/plain"
    assert content_of({"type": "image_url", "image_url": drawing})[1] == "image/svg+xml"


def test_a_sound() -> None:
    part = {"type": "input_audio", "input_audio": {"data": b64(WAV), "format": "wav"}}
    assert content_of(part) == ("audio.wav", "audio/wav", WAV)


def test_data_without_base64() -> None:
    assert content_of({"type": "file", "file": {"file_data": "data:,a%20b"}}) == ("file.txt", "text/plain", b"a b")


@pytest.mark.parametrize(
    ("part", "file"),
    [
        (
            {"type": "image_url", "image_url": {"url": " https://x.example/cat "}},
            RemoteFile("https://x.example/cat", as_picture=True),
        ),
        ({"type": "input_image", "image_url": "HTTP://x.example/c"}, RemoteFile("HTTP://x.example/c", as_picture=True)),
        ({"type": "image_url", "image_url": "/uploads/a.png"}, RemoteFile("/uploads/a.png", as_picture=True)),
        ({"type": "image_url", "image_url": "/files/abc"}, RemoteFile("/files/abc", as_picture=True)),
        (
            {"type": "input_file", "file_url": "https://x.example/p", "filename": "p.pdf"},
            RemoteFile("https://x.example/p", "p.pdf"),
        ),
        ({"type": "file", "file": {"file_id": "http://me/files/abc"}}, RemoteFile("http://me/files/abc")),
    ],
)
def test_a_file_by_its_address(part: Any, file: RemoteFile) -> None:
    assert the_file(part) == file


def test_all_files_of_all_turns_are_taken_in_order_beside_the_text() -> None:
    picture = {"type": "image_url", "image_url": uri(PNG)}
    remote = {"type": "image_url", "image_url": "https://x.example/2"}
    taken = messages(
        {"role": "system", "content": ["s", picture]},
        {"role": "user", "content": [{"type": "text", "text": "a"}, picture, remote, "b"]},
        {"role": "tool", "content": [picture]},
    )
    assert [(message.text, len(message.files)) for message in taken] == [("s", 1), ("a\n\nb", 2), ("", 1)]
    assert taken[1].files[1] == RemoteFile("https://x.example/2", as_picture=True)


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,????"}}, ".image_url.url"),
        ({"type": "image_url", "image_url": "data:image/png;base64,"}, ".image_url"),
        ({"type": "image_url", "image_url": "data:image/png;base64"}, ".image_url"),
        ({"type": "image_url", "image_url": ""}, ".image_url"),
        ({"type": "image_url", "image_url": "file:///etc/passwd"}, ".image_url"),
        ({"type": "image_url", "image_url": "http://"}, ".image_url"),
        ({"type": "image_url", "image_url": "http://[::1"}, ".image_url"),
        ({"type": "image_url", "image_url": "https://x.example/" + "x" * 9000}, ".image_url"),
        ({"type": "image_url", "image_url": 7}, ".image_url"),
        ({"type": "image_url", "image_url": {"url": None}}, ".image_url.url"),
        ({"type": "image_url", "image_url": {}}, ".image_url"),
        ({"type": "image_url"}, ""),
        ({"type": "file", "file": {"file_data": "A"}}, ".file.file_data"),
        ({"type": "file", "file": {"filename": "a.pdf"}}, ".file"),
        ({"type": "file", "file": {"file_id": "file-abc123"}}, ".file.file_id"),
        ({"type": "input_image", "file_id": "file-abc123"}, ".file_id"),
        ({"type": "input_image", "file_id": "http://[/files/abc"}, ".file_id"),
        ({"type": "input_image", "file_id": "me/files/abc"}, ".file_id"),
        ({"type": "input_file", "file_url": "ftp://x.example/a"}, ".file_url"),
        ({"type": "input_audio", "input_audio": {"data": "!", "format": "wav"}}, ".input_audio.data"),
        ({"type": "input_audio", "input_audio": {"format": "wav"}}, ".input_audio"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(part: Any, path: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        messages({"role": "user", "content": "x"}, {"role": "user", "content": ["x", part]})
    assert refused.value.param == f"messages[1].content[1]{path}"
    assert len(str(refused.value)) < 300


def test_too_many_files_are_refused() -> None:
    part = {"type": "image_url", "image_url": "https://x.example/c"}
    with pytest.raises(InvalidRequest, match=str(MAX_FILES)):
        messages({"role": "user", "content": [part] * (MAX_FILES + 1)})
