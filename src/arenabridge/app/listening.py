"""The socket the gateway listens on, and the data directory that it has to itself."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from arenabridge.settings import Settings
from arenabridge.settings_rules import is_reached_by_address

SEND_BUFFER_BYTES = 64 * 1024
"""Send buffer of each connection: by default the system lets 4 MB gather for a client that does not read."""

USER_TIMEOUT_MILLISECONDS = 15_000
"""A peer that acknowledges nothing for so long is gone; without it closing such a connection waits for ever."""

SLOW_READER_MILLISECONDS = 5_000
"""More than `client_stall_seconds`: the system takes a peer that has no room for one that is gone (tcp(7))."""

BACKLOG = 2048


class StartError(Exception):
    """The gateway can't start. The message says why and what to do."""


@contextlib.contextmanager
def locked(data_dir: Path, what: str = "gateway") -> Iterator[None]:
    """A data directory belongs to one running gateway, or relay."""
    lock = FileLock(data_dir / "lock", timeout=0)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StartError(f"Another {what} is running on {data_dir}. Stop it, or use another --data-dir.") from None
    except OSError as error:
        raise StartError(f"The data directory {data_dir} can't be used: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    with _listening_on(settings, settings.port) as listener:
        yield listener


@contextlib.contextmanager
def also_listening(settings: Settings) -> Iterator[tuple[socket.socket, ...]]:
    """Listen on the other ports."""
    with contextlib.ExitStack() as stack:
        yield tuple(
            stack.enter_context(_listening_on(settings, port)) for port in dict.fromkeys(settings.also_listen_on)
        )


@contextlib.contextmanager
def _listening_on(settings: Settings, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        _set_options(listener, settings.client_stall_seconds)
        try:
            listener.bind((settings.host.strip("[]"), port))
        except OSError as error:
            raise StartError(_bind_failure(settings, port, error)) from error
        listener.listen(BACKLOG)
        listener.setblocking(False)
        yield listener


def _set_options(listener: socket.socket, stall_seconds: float) -> None:
    """What accepted connections inherit."""
    if os.name != "nt":  # there it would let two processes share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        patience = max(USER_TIMEOUT_MILLISECONDS, int(stall_seconds * 1000) + SLOW_READER_MILLISECONDS)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience)


def _bind_failure(settings: Settings, port: int, error: OSError) -> str:
    where = f"{settings.host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken by another program (or another gateway). Stop it, or use another --port."
    return f"The gateway can't listen on {where}: {error.strerror or error}."


def address_of(settings: Settings, listener: socket.socket) -> str:
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return own_address(settings, listener.getsockname()[1])


def own_address(settings: Settings, port: int) -> str:
    """The address at which this computer's programs reach a gateway that listens on this port."""
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def network_address(settings: Settings, port: int) -> str | None:
    """The address at which other computers in the network reach it, if it listens to them and has no public name."""
    if not is_reached_by_address(settings):
        return None
    if settings.host not in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return own_address(settings, port)
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        outward.connect((_ELSEWHERE, 9))  # sends nothing: the system chooses the interface, and so the address
        return f"http://{outward.getsockname()[0]}:{port}"
    return None


_ELSEWHERE = "192.0.2.1"
"""An address that belongs to nobody (RFC 5737), reached by the default route."""
