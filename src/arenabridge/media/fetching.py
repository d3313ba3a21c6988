"""
Files from addresses that others name, fetched from the public internet, or put there, and nowhere else.

A name is resolved once, at the moment of connecting; each address found is checked, and the connection goes to a
checked one, so that a name whose meaning changes between the check and its use (DNS rebinding) gains nothing. TLS and
the `Host` header still speak of the name. Redirects are followed by hand, each checked like the first address.

A message never says whether an inner name exists: "not public" and "not known" are the same words.
"""

import asyncio
import contextlib
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from urllib.parse import unquote

import httpcore
import httpx

import arenabridge
from arenabridge.errors import FileTooLarge, FileUrlFailed, FileUrlRefused, FileUrlTimeout
from arenabridge.media.public_addresses import is_inner_name, is_plain_host, is_public, literal_address
from arenabridge.wire.file_names import safe_name

MAX_REDIRECTS = 5
TOTAL_SECONDS = 30.0
"""Time for everything: names, connections, redirects and the content."""
CONNECT_SECONDS = 8.0
PUT_SECONDS = 120.0
"""The same for a file on its way out, which may be large."""
SILENCE_SECONDS = 10.0
PIECE_BYTES = 2**16
"""Pieces of a file on its way out: each has `SILENCE_SECONDS` to be taken."""
MAX_URL_CHARACTERS = 8192
"""Signed addresses of storage hosts have up to about 2,000."""
AT_ONCE = 16
"""Fetches that run at the same time; others wait, within their own total."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCKED_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
)
"""Above 1023, where browsers send no request (WHATWG Fetch, "bad ports"). Below, only 80 and 443 are the web's."""

_WINDOW_BITS: Mapping[str, int] = MappingProxyType(
    {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
)

Resolve = Callable[[str, int], Awaitable[Iterable[str]]]
"""From a host name and a port to addresses, the preferred first. Raises `OSError` for a name that is not known."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What came. `media_type` is what the server claims; look into the content before believing it."""

    content: bytes
    media_type: str
    name: str


class PublicFetcher:
    """
    Fetches and puts files by HTTP, at public addresses unless `allow_private`.

    No cookies, no credentials, no proxy of the environment, and a connection of its own for every request.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolve: Resolve | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        total_seconds: float = TOTAL_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._network = _CheckedNetwork(network or httpcore.AnyIOBackend(), resolve or _resolve, not allow_private)
        self._total_seconds = total_seconds
        self._given_tls = tls
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def fetch(self, url: str, *, limit: int, took: Callable[[int], None] = lambda _size: None) -> FetchedFile:
        """
        The file at `url`, of at most `limit` bytes; `took` is told the bytes of each piece as it comes.

        Raises `FileUrlRefused`, `FileUrlFailed`, `FileUrlTimeout` and `FileTooLarge`; each names the address at most by
        the host that the client itself wrote.
        """
        async with self._bounded(self._total_seconds):
            return await self._follow(self._checked(url), limit, took)

    async def put(self, url: str, media_type: str, content: bytes) -> tuple[int, dict[str, str]]:
        """
        Status and headers of the answer, whatever they are: nothing is followed. Only to encrypted addresses.

        Raises `FileUrlRefused`, `FileUrlFailed` and `FileUrlTimeout`.
        """
        async with self._bounded(PUT_SECONDS):
            checked = self._checked(url)
            if checked.scheme != "https":
                raise FileUrlRefused("Files are sent to https addresses only.")
            about = {"content-type": media_type, "content-length": str(len(content))}
            async with self._answer("PUT", checked, about, content) as answer:
                return answer.status, _said(answer)

    @contextlib.asynccontextmanager
    async def _bounded(self, seconds: float) -> AsyncIterator[None]:
        """Do it in its turn, within this time, and with errors that are fit for others to read."""
        try:
            async with asyncio.timeout(seconds), self._turns:
                yield
        except TimeoutError:
            raise FileUrlTimeout(f"The file did not arrive within {seconds:g} seconds.") from None
        except httpcore.TimeoutException:
            raise FileUrlTimeout("The server of the file did not answer in time.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError):
            raise FileUrlFailed("The server of the file could not be reached, or broke off.") from None

    async def _follow(self, url: httpx.URL, limit: int, took: Callable[[int], None]) -> FetchedFile:
        found = await self._ask(url, limit, took)
        for _ in range(MAX_REDIRECTS):
            if isinstance(found, FetchedFile):
                return found
            try:
                url = self._checked(_joined(url, found))
                found = await self._ask(url, limit, took)
            except FileUrlRefused as refused:
                raise FileUrlRefused(f"The address of the file redirects elsewhere. {refused}") from None
        if isinstance(found, FetchedFile):
            return found
        raise FileUrlFailed(f"The address of the file redirects more than {MAX_REDIRECTS} times.")

    async def _ask(self, url: httpx.URL, limit: int, took: Callable[[int], None]) -> FetchedFile | str:
        """The file, or where it is instead."""
        async with self._answer("GET", url, {"accept": "*/*", "accept-encoding": "identity"}) as answer:
            said = _said(answer)
            if answer.status in _REDIRECTS and "location" in said:
                return said["location"]
            if answer.status != 200:
                raise FileUrlFailed(f"The server of the file answered with the status {answer.status}.")
            content = await _whole(answer.aiter_stream(), said, limit, took)
        return FetchedFile(content, said.get("content-type", "").partition(";")[0].strip().lower(), _name(url))

    @contextlib.asynccontextmanager
    async def _answer(
        self, method: str, url: httpx.URL, about: dict[str, str], content: bytes | None = None
    ) -> AsyncIterator[httpcore.Response]:
        """Its body not read yet."""
        pool = httpcore.AsyncConnectionPool(ssl_context=self._tls, network_backend=self._network, max_connections=1)
        headers = {"host": url.netloc.decode("ascii"), "user-agent": f"arenabridge/{arenabridge.__version__}", **about}
        timeout = {"connect": CONNECT_SECONDS, "read": SILENCE_SECONDS, "write": SILENCE_SECONDS}
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        body = None if content is None else _in_pieces(content)
        asked = pool.stream(
            method, target, headers=list(headers.items()), content=body, extensions={"timeout": timeout}
        )
        async with pool, asked as answer:
            yield answer

    def _checked(self, text: str) -> httpx.URL:
        """The address without its fragment, if it is one that we would ask at all."""
        url = _parsed(text)
        if url.scheme not in {"http", "https"}:
            raise FileUrlRefused("Files are fetched from http and https addresses only.")
        host = url.raw_host.decode("latin-1")
        if not host or not is_plain_host(host):
            raise FileUrlRefused("The host of the file's address is not written as a plain name or IP address.")
        if not self._allow_private and is_inner_name(host):
            raise _not_public()
        port = url.port
        if port is not None and (not (port in {80, 443} or 1023 < port < 65536) or port in _BLOCKED_PORTS):
            raise FileUrlRefused(f"Files are not fetched from port {port}.")
        return url.copy_with(fragment=None)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when first needed: reading the authorities takes a moment."""
        return self._given_tls or httpx.create_ssl_context()


class _CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only. Nothing else in a fetch resolves a name."""

    def __init__(self, network: httpcore.AsyncNetworkBackend, resolve: Resolve, check: bool) -> None:  # noqa: FBT001 - private
        self._network = network
        self._resolve = resolve
        self._check = check

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's addresses that answers; raises `FileUrlRefused` if one is not public."""
        failure: Exception = httpcore.ConnectError()
        for address in await self._addresses(host, port):
            try:
                stream = await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            if self._check and _leads_to_ourselves(stream):
                await stream.aclose()
                raise _not_public()
            return stream
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        literal = literal_address(host)
        if literal is not None:
            found = [host]
        else:
            try:
                found = list(await self._resolve(host, port))
            except OSError:
                raise _not_public() from None
        addresses = [literal_address(each) for each in found]
        if not addresses or (self._check and not all(each is not None and is_public(each) for each in addresses)):
            raise _not_public()
        return found


def _leads_to_ourselves(stream: httpcore.AsyncNetworkStream) -> bool:
    """Whether both ends are this computer's: the way to its own public address passes no firewall."""
    ours, theirs = stream.get_extra_info("client_addr"), stream.get_extra_info("server_addr")
    return ours is not None and theirs is not None and ours[0] == theirs[0]


async def _resolve(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def _not_public() -> FileUrlRefused:
    return FileUrlRefused("The host of the file's address is not known on the public internet.")


async def _in_pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), PIECE_BYTES):
        yield content[at : at + PIECE_BYTES]


def _said(answer: httpcore.Response) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}


def _joined(base: httpx.URL, location: str) -> str:
    try:
        return str(base.join(location))
    except (httpx.InvalidURL, ValueError):
        raise FileUrlFailed("The address of the file redirects to something that is no address.") from None


def _parsed(text: str) -> httpx.URL:
    if len(text) > MAX_URL_CHARACTERS:
        raise FileUrlRefused(f"The address of the file is longer than {MAX_URL_CHARACTERS} characters.")
    authority = re.split("[/?#]", text.partition("://")[2], maxsplit=1)[0]
    if "@" in authority:
        raise FileUrlRefused("An address with a user name or password in it is not fetched.")
    if "\\" in authority or any(character <= " " for character in text.strip()):
        raise FileUrlRefused("The address of the file has characters in it that no address has.")
    try:
        return httpx.URL(text.strip())
    except (httpx.InvalidURL, ValueError):
        raise FileUrlRefused("The address of the file is not a valid one.") from None


async def _whole(
    pieces: AsyncIterator[bytes], said: Mapping[str, str], limit: int, took: Callable[[int], None]
) -> bytes:
    """The content, unpacked within the same bound if the server packed it although it was asked not to."""
    announced = said.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    encoding = said.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", ""} and encoding not in _WINDOW_BITS:
        raise FileUrlFailed("The server of the file sent it in an encoding that the gateway does not know.")
    inflater = zlib.decompressobj(_WINDOW_BITS[encoding]) if encoding in _WINDOW_BITS else None
    gathered, size = [], 0
    async for received in pieces:
        try:
            piece = inflater.decompress(received, limit - size + 1) if inflater else received
        except zlib.error:
            raise FileUrlFailed("The server of the file sent something else than it said.") from None
        size += len(piece)
        took(len(piece))
        if size > limit:
            raise _too_large(limit)
        gathered.append(piece)
    if inflater and not inflater.eof:
        raise FileUrlFailed("The file was cut off on its way.")
    return b"".join(gathered)


def _too_large(limit: int) -> FileTooLarge:
    return FileTooLarge(f"The file at this address is larger than {limit} bytes.")


def _name(url: httpx.URL) -> str:
    return safe_name(unquote(url.raw_path.decode("latin-1").partition("?")[0].rpartition("/")[2]))
