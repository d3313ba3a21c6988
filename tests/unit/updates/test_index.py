"""What an index says is read as releases that may be installed here, and nothing else."""

import httpx
import orjson
import pytest

from arenabridge.updates.index import UpdateError, newer, releases

SHA = "a" * 64
JSON = "application/vnd.pypi.simple.v1+json"


def wheel(version: str, **fields: object) -> dict[str, object]:
    name = f"arenabridge-{version}-py3-none-any.whl"
    return {"filename": name, "url": f"../files/{name}", "hashes": {"sha256": SHA}, **fields}


def index(*files: dict[str, object], body: bytes | None = None, media_type: str = JSON) -> httpx.AsyncClient:
    content = body if body is not None else orjson.dumps({"meta": {"api-version": "1.1"}, "files": files})

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url == "https://index.example/simple/arenabridge/"
        return httpx.Response(200, content=content, headers={"content-type": media_type})

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def versions(client: httpx.AsyncClient) -> list[str]:
    return [str(each.version) for each in await releases("https://index.example/simple/", client)]


async def test_the_newest_comes_first_by_version_not_by_name() -> None:
    assert await versions(index(wheel("0.9"), wheel("0.10"), wheel("0.10.1"))) == ["0.10.1", "0.10", "0.9"]


@pytest.mark.parametrize(
    "file",
    [
        wheel("2.0", yanked="it loses answers"),
        wheel("2.0", **{"requires-python": ">=4"}),
        wheel("2.0", hashes={}),
        wheel("2.0", hashes={"md5": "b" * 32}),
        wheel("2.0", filename="arenabridge-2.0.tar.gz"),
        wheel("2.0", filename="arenabridge_more-2.0-py3-none-any.whl"),
        wheel("2.0", filename="arenabridge-2.0-cp311-cp311-win_amd64.whl"),
        wheel("2.0", filename="arenabridge-main.zip"),
    ],
)
async def test_what_was_withdrawn_does_not_run_here_or_can_not_be_verified_is_no_release(
    file: dict[str, object],
) -> None:
    assert await versions(index(file, wheel("1.0"))) == ["1.0"]


async def test_a_page_of_links_says_the_same() -> None:
    page = f"""<a href="../files/arenabridge-1.0-py3-none-any.whl#sha256={SHA}" data-requires-python="&gt;=3.11">a</a>
        <a href="arenabridge-2.0-py3-none-any.whl">without a digest</a>"""
    (found,) = await releases("https://index.example/simple", index(body=page.encode(), media_type="text/html"))
    assert (found.url, found.sha256) == ("https://index.example/simple/files/arenabridge-1.0-py3-none-any.whl", SHA)


async def test_only_a_newer_one_is_news_and_what_comes_before_a_release_only_to_whoever_has_such() -> None:
    found = await releases("https://index.example/simple", index(wheel("1.0"), wheel("1.1rc1")))
    assert newer(found, "1.0") is None
    assert newer(found, "1.1") is None
    assert str(getattr(newer(found, "0.9"), "version", None)) == "1.0"
    assert str(getattr(newer(found, "1.1b1"), "version", None)) == "1.1rc1"


@pytest.mark.parametrize(("body", "media_type"), [(b"{}", JSON), (b"[", JSON), (b"\xff\xff", "text/html")])
async def test_what_is_no_index_is_named(body: bytes, media_type: str) -> None:
    with pytest.raises(UpdateError, match=r"https://index\.example/simple/arenabridge/"):
        await versions(index(body=body, media_type=media_type))
