"""The port where tabs connect to a relay: their script knows it, so it stays the same if it can."""

import contextlib
import socket
from collections.abc import Iterator

from arenabridge.app.listening import StartError, listening
from arenabridge.settings import Settings
from arenabridge.worker.relay.configuration import RelayConfiguration

PORTS = (5101, *range(5111, 5120))
"""What is tried where none was named: ten relays on one computer, clear of the gateway's and the file host's own."""


@contextlib.contextmanager
def listening_for_tabs(configuration: RelayConfiguration, remembered: int) -> Iterator[socket.socket]:
    """The port that was named, or that of last time, or a free one; raises `StartError`."""
    with contextlib.ExitStack() as stack:
        yield _first_free(stack, configuration, remembered)


def _first_free(stack: contextlib.ExitStack, configuration: RelayConfiguration, remembered: int) -> socket.socket:
    named = configuration.port
    candidates = (named,) if named is not None else (remembered,) if remembered else PORTS
    for port in candidates[:-1]:
        with contextlib.suppress(StartError):
            return stack.enter_context(listening(_settings(configuration, port)))
    return stack.enter_context(listening(_settings(configuration, candidates[-1])))


def _settings(configuration: RelayConfiguration, port: int) -> Settings:
    """Loopback alone: other computers' tabs connect to the gateway, or to a relay of their own."""
    return Settings(data_dir=configuration.folder, host="127.0.0.1", port=port)
