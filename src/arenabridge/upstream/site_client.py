"""
Calls to the site with one person's session, as what they are: requests of this program.

No browser is imitated: the headers are the step's, the session's cookie and our own name. Where the site answers such
calls with a check, that is the end of it: the person uses a tab instead.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlsplit

import httpx

import arenabridge
from arenabridge.wire.arena.site_session import NotASession, SiteSession, of_set_cookies

CONNECT_SECONDS = 10.0
PAGE_SECONDS = 30.0
"""For a whole answer that is not a stream: a page, a script, an action's."""
MAX_PAGE_BYTES = 16 * 2**20
MAX_MOVES = 3
"""Redirects to another address of the site itself: it moved from one to another in 2026."""

START_PAGE = "/?mode=direct"

_MOVED = frozenset({301, 302, 303, 307, 308})
_USER_AGENT = f"arenabridge/{arenabridge.__version__}"


class SiteUnreachable(Exception):
    """No connection: nothing was sent."""


class SiteBroke(Exception):
    """The site ended the connection, said nothing for too long, or leads elsewhere."""


class SiteClient:
    """One session's way to the site. `renewed` hears of each session that the site puts in its place."""

    def __init__(
        self,
        session: SiteSession,
        origins: tuple[str, ...],
        renewed: Callable[[SiteSession], None],
        transport: httpx.AsyncBaseTransport | None = None,
        page_seconds: float = PAGE_SECONDS,
    ) -> None:
        self.session = session
        self.origin = origins[0]
        self._origins = frozenset(origins)
        self._renewed = renewed
        self._page_seconds = page_seconds
        timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
        self._http = httpx.AsyncClient(
            headers={"user-agent": _USER_AGENT}, follow_redirects=False, timeout=timeout, transport=transport
        )

    async def close(self) -> None:
        await self._http.aclose()

    @contextlib.asynccontextmanager
    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None
    ) -> AsyncIterator[httpx.Response]:
        """The site's answer, its body not read yet; raises `SiteUnreachable` or `SiteBroke`."""
        response = await self._answer(method, path, headers, body)
        try:
            yield response
        except httpx.HTTPError as error:
            raise SiteBroke(_words(error)) from error
        finally:
            await response.aclose()

    async def page(self, path: str = START_PAGE) -> tuple[int, str]:
        """Status and text of one of the site's pages, read as a person's browser would ask for it; raises as `ask`."""
        status, _, text = await self.whole("GET", path, {"accept": "text/html"}, None, limit=MAX_PAGE_BYTES)
        return status, text

    async def whole(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None, *, limit: int
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers and text of an answer of at most `limit` bytes that comes in time; raises as `ask`."""
        try:
            async with asyncio.timeout(self._page_seconds), self.ask(method, path, headers, body) as response:
                content = bytearray()
                async for piece in response.aiter_bytes():
                    content += piece
                    if len(content) > limit:
                        raise SiteBroke(f"The site's answer is larger than {limit} bytes.")
                return response.status_code, dict(response.headers), content.decode("utf-8", "replace")
        except TimeoutError:
            raise SiteBroke(f"The site did not answer within {self._page_seconds:g} seconds.") from None

    async def renew(self) -> bool:
        """Whether the site has put a live session in the place of this one, as it does when a page is loaded."""
        before = self.session
        await self.page()
        return self.session is not before

    async def _answer(self, method: str, path: str, headers: Mapping[str, str], body: str | None) -> httpx.Response:
        for _ in range(MAX_MOVES):
            response = await self._send(method, self.origin + path, headers, body)
            self._note_session(response)
            moved_to = self._moved_to(response)
            if moved_to is None:
                return response
            await response.aclose()
            self.origin = moved_to
        raise SiteBroke("The site sends us from one of its addresses to another without end.")

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: str | None) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.session.cookies().items())
        request = self._http.build_request(
            method, url, headers={**headers, "cookie": cookie}, content=None if body is None else body.encode()
        )
        try:
            return await self._http.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise SiteUnreachable(_words(error)) from error
        except httpx.HTTPError as error:
            raise SiteBroke(_words(error)) from error

    def _moved_to(self, response: httpx.Response) -> str | None:
        """Another address of the site's own, if it now lives there; a redirect to anywhere else is not followed."""
        if response.status_code not in _MOVED:
            return None
        target = urlsplit(response.headers.get("location", ""))
        origin = f"{target.scheme}://{target.netloc}"
        if origin in self._origins and origin != self.origin:
            return origin
        raise SiteBroke(f"The site sends us to {target.netloc or 'another page'}.")

    def _note_session(self, response: httpx.Response) -> None:
        """A session of somebody else is not taken: to the site, this one is over then."""
        try:
            found = of_set_cookies(response.headers.get_list("set-cookie"))
        except NotASession:
            return
        if found is not None and found.user == self.session.user and found.value != self.session.value:
            self.session = found
            self._renewed(found)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
