"""A relay that runs: between the tabs of this computer and one gateway."""

import contextlib
import platform
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from arenabridge.accounts.secrets import Secrets
from arenabridge.app.listening import StartError, locked
from arenabridge.app.server import served
from arenabridge.hub.links.link import LinkPolicy
from arenabridge.hub.tasks import Tasks
from arenabridge.worker.relay.application import LocalSide, build_relay_application
from arenabridge.worker.relay.configuration import RelayConfiguration
from arenabridge.worker.relay.gateway_address import AddressError, GatewayAddress, gateway_address
from arenabridge.worker.relay.heartbeat import Heartbeat
from arenabridge.worker.relay.memory import Memory, MemoryUnusable, digest, recall, remember
from arenabridge.worker.relay.ports import listening_for_tabs
from arenabridge.worker.relay.relay import Relay
from arenabridge.worker.relay.remote_gateway import RemoteGateway, enrol, http_client, trusted_authorities
from arenabridge.worker.relay.standing import Standing
from arenabridge.worker.relay.trouble import GatewayTrouble

NO_GATEWAY = (
    "Which gateway? Name it with --gateway https://HOST, the environment's CLOUD_SERVER_URL, or cloud_server_url in "
    "worker_config.jsonc (--config)."
)


@dataclass(frozen=True, slots=True)
class RunningRelay:
    """A relay that listens."""

    local: LocalSide
    heartbeat: Heartbeat
    notes: tuple[str, ...]

    @property
    def base_url(self) -> str:
        return self.local.base_url

    @property
    def install_address(self) -> str:
        return self.local.install_address

    @property
    def standing(self) -> Standing:
        return self.local.standing


@contextlib.asynccontextmanager
async def running_relay(
    configuration: RelayConfiguration,
    tell: Callable[[str], None],
    *,
    code: str = "",
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[RunningRelay]:
    """
    Start a relay in this event loop, and stop it at the end; raises `StartError`, and `GatewayTrouble` for a `code`.

    `tell` is given what changes, in sentences; `code` is one of the dashboard's, for a credential.
    """
    with locked(configuration.folder, "relay"), contextlib.ExitStack() as stack:
        memory = _recalled(configuration.folder)
        address = _address(configuration, memory)
        tls = tls or trusted_authorities(address)
        listener = stack.enter_context(listening_for_tabs(configuration, memory.port))
        async with http_client(address, tls) as client:
            if code:
                memory = await _enrolled_or_known(client, configuration, memory, address, code, tell)
            credential = _credential(configuration, memory, address)
            gateway = RemoteGateway(
                address, credential, configuration.worker_id or platform.node() or "relay", client, tls
            )
            async with _serving(configuration, gateway, listener, memory, tell) as running:
                yield running


@contextlib.asynccontextmanager
async def _serving(
    configuration: RelayConfiguration,
    gateway: RemoteGateway,
    listener: socket.socket,
    memory: Memory,
    tell: Callable[[str], None],
) -> AsyncIterator[RunningRelay]:
    port = listener.getsockname()[1]
    secrets = Secrets.load(configuration.folder, {})
    standing = Standing(gateway.address.base, tell)
    heartbeat = Heartbeat(gateway, standing, configuration)
    policy = LinkPolicy(secrets.pairing, frozenset(configuration.site_origins), slots=None)
    relay = Relay(gateway, policy, standing, lambda works: heartbeat.suspect(works=works))
    tasks = Tasks()
    local = LocalSide(
        relay=relay,
        standing=standing,
        secrets=secrets,
        origins=configuration.site_origins,
        tasks=tasks,
        base_url=f"http://127.0.0.1:{port}",
    )
    _keep(configuration.folder, msgspec.structs.replace(memory, port=port))
    async with served(build_relay_application(local), listener, tasks):
        notes = _notes(configuration, gateway.address, memory, port)
        tasks.start(heartbeat.run(), "heartbeat")
        try:
            yield RunningRelay(local, heartbeat, notes)
        finally:
            standing.is_stopping = True


def _recalled(folder: Path) -> Memory:
    try:
        return recall(folder)
    except MemoryUnusable as error:
        raise StartError(str(error)) from error


def _keep(folder: Path, memory: Memory) -> None:
    try:
        remember(folder, memory)
    except MemoryUnusable as error:
        raise StartError(str(error)) from error


def _address(configuration: RelayConfiguration, memory: Memory) -> GatewayAddress:
    written = configuration.gateway or memory.gateway
    if not written:
        raise StartError(NO_GATEWAY)
    try:
        return gateway_address(written)
    except AddressError as error:
        raise StartError(str(error)) from error


async def _enrolled_or_known(
    client: httpx.AsyncClient,
    configuration: RelayConfiguration,
    memory: Memory,
    address: GatewayAddress,
    code: str,
    tell: Callable[[str], None],
) -> Memory:
    """A repeated command, such as a service's, brings a code that was used before: its credential is known already."""
    try:
        return await _enrolled(client, configuration, memory, address, code)
    except GatewayTrouble as error:
        if not memory.credential or memory.gateway != address.base:
            raise
        tell(f"The code was not taken; the credential of last time is used. {error}")
        return memory


async def _enrolled(
    client: httpx.AsyncClient, configuration: RelayConfiguration, memory: Memory, address: GatewayAddress, code: str
) -> Memory:
    enrolled = await enrol(client, address, code, configuration.name)
    memory = Memory(
        gateway=address.base,
        credential=enrolled.credential,
        name=enrolled.name,
        port=memory.port,
        instead_of=digest(configuration.token) if configuration.token else "",
    )
    _keep(configuration.folder, memory)  # at once: the code is used up
    return memory


def _credential(configuration: RelayConfiguration, memory: Memory, address: GatewayAddress) -> str:
    """The credential given last: as a token, or by enrolling with this very gateway. It is shown to no other."""
    known = memory.credential if memory.gateway == address.base else ""
    credential = known if _goes_before_token(configuration, memory, address) else configuration.token or known
    if not credential:
        return ""  # a gateway may want none, and says so otherwise
    if not credential.isascii() or not credential.isprintable():
        raise StartError("The token can't be sent: it has characters that are no ASCII.")
    return credential


def _goes_before_token(configuration: RelayConfiguration, memory: Memory, address: GatewayAddress) -> bool:
    """Somebody who enrols means the credential that this brings, and may have forgotten what is set elsewhere."""
    return bool(configuration.token) and memory.gateway == address.base and memory.goes_before(configuration.token)


def _notes(configuration: RelayConfiguration, address: GatewayAddress, memory: Memory, port: int) -> tuple[str, ...]:
    notes = []
    if _goes_before_token(configuration, memory, address):
        notes.append(
            f"The token that {configuration.token_from} sets is no longer used, since this relay was enrolled later: "
            "remove it there."
        )
    if address.is_readable_on_the_way:
        notes.append(
            f"{address.base} is reached without TLS: others on the way can read prompts, answers and the credential."
        )
    if memory.port not in {0, port}:
        notes.append(
            f"The port is {port}, no longer {memory.port}: install the userscript again in this computer's browsers."
        )
    return tuple(notes)
