"""A network that answers from a script, and says which addresses were asked for."""

import ssl
from collections.abc import Iterable

import httpcore


class ScriptedNetwork(httpcore.AsyncNetworkBackend):
    """Every connection gets the next answer; `connected` has the addresses, `names` those that TLS spoke of."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.connected: list[tuple[str, int]] = []
        self.names: list[str | None] = []
        self.sent: list[bytes] = []
        self.own_address = "198.51.100.7"

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 - likewise
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 - likewise
    ) -> httpcore.AsyncNetworkStream:
        self.connected.append((host, port))
        if not self._answers:
            raise httpcore.ConnectError
        return _Stream(self, self._answers.pop(0))


class _Stream(httpcore.AsyncNetworkStream):
    """One connection: 16 KiB at a time, then silence's end."""

    def __init__(self, network: ScriptedNetwork, answer: bytes) -> None:
        self._network = network
        self._answer = answer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109 - as above
        piece, self._answer = self._answer[: min(max_bytes, 16384)], self._answer[min(max_bytes, 16384) :]
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109 - as above
        self._network.sent.append(buffer)

    async def aclose(self) -> None:
        pass

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,  # noqa: ARG002 - as above
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        self._network.names.append(server_hostname)
        return self

    def get_extra_info(self, info: str) -> object:
        """Our end's address and theirs."""
        ends = {"client_addr": (self._network.own_address, 50_000), "server_addr": self._network.connected[-1]}
        return ends.get(info)


def ok(content: bytes = b"content", *headers: str) -> bytes:
    """An answer with a length of its own."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + content


def moved(location: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
