"""An attachment becomes an address: on our own store, on another of our hosts, or on one of the earlier systems'."""

from collections.abc import Callable

import httpx
import msgspec
import pytest

from arenabridge.errors import FileBedFailed
from arenabridge.media.file_bed import RemoteFileBed
from arenabridge.wire.chat import Attachment

PICTURE = Attachment("a.png", "image/png", b"pixels", "digest")


def bed(answer: Callable[[httpx.Request], httpx.Response]) -> RemoteFileBed:
    return RemoteFileBed("http://bed.example:5180/upload", "secret", transport=httpx.MockTransport(answer))


async def test_a_host_of_the_earlier_systems_is_told_and_understood() -> None:
    seen: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json={"success": True, "filename": f"{len(seen)}.png"})

    one = bed(answer)
    assert await one.place(PICTURE, "me") == "http://bed.example:5180/uploads/1.png"
    assert seen == [{"file_name": "a.png", "file_data": "data:image/png;base64,cGl4ZWxz", "api_key": "secret"}]
    assert await one.place(PICTURE, "me") == "http://bed.example:5180/uploads/1.png"
    assert (
        await one.place(Attachment("b.png", "image/png", b"", "other"), "me") != "http://bed.example:5180/uploads/1.png"
    )


async def test_the_address_that_a_host_gives_is_taken() -> None:
    given = {"success": True, "filename": "x.png", "url": "https://files.example/files/x/a.png"}
    assert await bed(lambda _: httpx.Response(200, json=given)).place(PICTURE, "me") == given["url"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(401, json={"detail": "no"}),
        httpx.Response(302, headers={"location": "http://127.0.0.1/"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={"success": False}),
        httpx.Response(200, json={"success": True}),
    ],
)
async def test_a_host_that_did_not_take_the_file_is_an_error(answer: httpx.Response) -> None:
    with pytest.raises(FileBedFailed):
        await bed(lambda _: answer).place(PICTURE, "me")


async def test_a_host_that_is_not_there_is_an_error() -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(FileBedFailed, match="could not be reached"):
        await bed(fail).place(PICTURE, "me")
