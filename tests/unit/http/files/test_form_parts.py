"""What a form says of its files, in the ways that programs say it."""

import pytest
from starlette.requests import Request
from starlette.types import Message

from arenabridge.http.files.form_parts import FormParts

NAMES = {
    'filename="a.png"': "a.png",
    'filename="猫%22.png"': '猫".png',
    "filename*=UTF-8''%e7%8c%ab%20b.png": "猫 b.png",
    "filename=\"plain.png\"; filename*=utf-8'en'%e7%8c%ab.png": "猫.png",
    "filename*=iso-8859-1''K%e4se.txt; filename=\"plain.txt\"": "Käse.txt",
    "filename*=GBK''%c3%a8.png; filename=\"plain.png\"": "plain.png",
    "filename=\"a; filename*=UTF-8''b.png\"": "a; filename*=UTF-8''b.png",
}


@pytest.mark.parametrize(("said", "name"), NAMES.items())
async def test_a_file_s_name_is_read_in_plain_letters_and_in_others(said: str, name: str) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="file"; {said}\r\n\r\nx\r\n--b--\r\n'.encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=b")]
    request = Request({"type": "http", "headers": headers}, receive)
    names = [(part.name, part.file_name, await part.text()) async for part in FormParts(request)]
    assert names == [("file", name, "x")]
