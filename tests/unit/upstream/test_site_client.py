"""Of whatever the site sends, or does not, a session's calls have an end."""

import asyncio

import httpx
import pytest

from arenabridge.upstream.actions import MAX_ANSWER_BYTES, Actions
from arenabridge.upstream.site_client import MAX_PAGE_BYTES, SiteBroke, SiteClient
from arenabridge.wire.arena.site_session import SiteSession

SITE = "https://site.example"
PAGE = '<script src="/_next/static/a.js"></script>'
SCRIPT = f'createServerReference("{"a" * 40}", "generateUploadUrl")'


class Silence(httpx.AsyncByteStream):
    """A body that begins and never goes on."""

    async def __aiter__(self):  # type: ignore[no-untyped-def] # noqa: ANN204 - httpx's
        yield b"x"
        await asyncio.Future()


def answering(page: httpx.Response, action: httpx.Response | None = None) -> SiteClient:
    """A client of a site with one page, one script and one action; an action of None is never answered."""
    never = asyncio.get_running_loop().create_future()

    async def site(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return action or await never
        return httpx.Response(200, text=SCRIPT) if request.url.path.endswith(".js") else page

    session = SiteSession("value", 0.0, "user")
    return SiteClient(session, (SITE,), lambda _: None, httpx.MockTransport(site), page_seconds=0.05)


@pytest.mark.parametrize(
    "page", [httpx.Response(200, stream=Silence()), httpx.Response(200, text="x" * (MAX_PAGE_BYTES + 1))]
)
async def test_a_page_without_end_is_given_up(page: httpx.Response) -> None:
    with pytest.raises(SiteBroke, match=r"within 0\.05 seconds|larger than"):
        await answering(page).page()


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (None, "within 0.05 seconds"),
        (httpx.Response(200, stream=Silence()), "within 0.05 seconds"),
        (httpx.Response(200, text="x" * (MAX_ANSWER_BYTES + 1)), "larger than"),
    ],
)
async def test_an_actions_answer_without_end_is_given_up(action: httpx.Response | None, words: str) -> None:
    with pytest.raises(SiteBroke, match=words):
        await Actions(answering(httpx.Response(200, text=PAGE), action)).call("generateUploadUrl", "[]")


async def test_an_action_is_found_in_the_pages_scripts_and_its_answer_told_whole() -> None:
    client = answering(httpx.Response(200, text=PAGE), httpx.Response(200, text="told"))
    status, _, text = await Actions(client).call("generateUploadUrl", "[]")
    assert (status, text) == (200, "told")
