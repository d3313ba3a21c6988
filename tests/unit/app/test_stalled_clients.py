"""Who takes nothing for too long while something waits for them is cut off; whoever takes a little is not."""

import asyncio
import socket
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from arenabridge.app.listening import listening
from arenabridge.app.server import served
from arenabridge.app.stalled_clients import Connection, StalledClients
from arenabridge.hub.tasks import Tasks
from arenabridge.settings import Settings
from integration.gateway.worker_double import until

LIMIT = 30.0


class Client(Connection):
    """A connection, and its transport, of which `waiting` bytes are untaken."""

    def __init__(self, waiting: int = 0) -> None:
        self.waiting, self.is_cut_off = waiting, False
        self.transport = self

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def abort(self) -> None:
        self.is_cut_off = True


def after(client: Client, *moments: float) -> bool:
    clients = StalledClients(LIMIT)
    for now in moments:
        clients.look([client, "a connection of another kind"], now)
    return client.is_cut_off


def test_who_takes_nothing_is_cut_off_in_time_and_not_before() -> None:
    assert not after(Client(100), 0, LIMIT)
    assert after(Client(100), 0, LIMIT, LIMIT + 1)


def test_who_has_nothing_to_take_stays() -> None:
    assert not after(Client(), 0, LIMIT + 1, 3 * LIMIT)


def test_whoever_takes_something_has_the_whole_time_again() -> None:
    client, clients = Client(100), StalledClients(LIMIT)
    clients.look([client], 0)
    client.waiting = 99
    clients.look([client], LIMIT)
    clients.look([client], 2 * LIMIT)
    assert not client.is_cut_off
    clients.look([client], 2 * LIMIT + 1)
    assert client.is_cut_off


def test_who_takes_all_and_is_given_as_much_again_takes_something() -> None:
    client, clients = Client(100), StalledClients(LIMIT)
    clients.look([client], 0)
    client.taken += 1
    clients.look([client], LIMIT + 1)
    assert not client.is_cut_off


def test_more_to_take_is_no_sign_of_life() -> None:
    client, clients = Client(100), StalledClients(LIMIT)
    for now in range(int(LIMIT) + 2):
        client.waiting += 1
        clients.look([client], now)
    assert client.is_cut_off


async def test_an_answer_that_was_handed_over_whole_is_not_kept_for_who_never_takes_it(tmp_path: Path) -> None:
    sent: list[Any] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(b"x" * 2_000_000)(scope, receive, send)
        sent.append(send)

    with listening(Settings(data_dir=tmp_path, port=0)) as listener, socket.socket() as client:
        async with served(application, listener, Tasks(), stall_seconds=0):
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, listener.getsockname())
            client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await until(lambda: sent)
            transport = sent[0].__self__.transport
            assert transport.get_write_buffer_size() > 1_000_000
            await until(lambda: not transport.get_write_buffer_size())
    assert transport.is_closing()
