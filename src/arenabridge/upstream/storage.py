"""Files to and from the site's storage: no cookie goes there, and nothing of our own network can be reached so."""

from collections.abc import Callable

import httpx

from arenabridge.errors import GatewayError
from arenabridge.media.fetching import PUT_SECONDS, PublicFetcher
from arenabridge.upstream.site_client import SiteBroke


class Storage:
    """Where the site keeps files; `of_site` tells whether an address is one of the site's own origins."""

    def __init__(
        self,
        fetcher: PublicFetcher,
        of_site: Callable[[str], bool],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._fetcher = fetcher
        self._of_site = of_site
        self._transport = transport

    async def put(self, url: str, media_type: str, content: bytes) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer; raises `SiteBroke`, or `FileUrlRefused` and its kin."""
        if not self._of_site(url):
            return await self._fetcher.put(url, media_type, content)
        try:
            async with httpx.AsyncClient(timeout=PUT_SECONDS, transport=self._transport) as http:
                answer = await http.put(url, content=content, headers={"content-type": media_type})
        except httpx.HTTPError as error:
            raise SiteBroke(str(error) or type(error).__name__) from error
        return answer.status_code, dict(answer.headers)

    async def get(self, url: str, limit: int) -> bytes:
        """The file; raises `SiteBroke`, or `FileTooLarge` and its kin."""
        if not self._of_site(url):
            return (await self._fetcher.fetch(url, limit=limit)).content
        try:
            return await self._own(url, limit)
        except httpx.HTTPError as error:
            raise SiteBroke(str(error) or type(error).__name__) from error

    async def _own(self, url: str, limit: int) -> bytes:
        async with (
            httpx.AsyncClient(timeout=PUT_SECONDS, transport=self._transport) as http,
            http.stream("GET", url) as answer,
        ):
            content = bytearray()
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > limit:
                    raise SiteBroke("The file is too large.")
            if answer.status_code != 200:
                raise SiteBroke(f"The storage answered with the status {answer.status_code}.")
            return bytes(content)


def kind_of(error: GatewayError) -> str:
    return "too_large" if error.status == 413 else "fetch_failed"
