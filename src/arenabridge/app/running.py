"""A gateway, or a file host, that listens."""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

import msgspec

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.secrets import Secrets
from arenabridge.accounts.set_up import administrator_from, lacking_of_administrator
from arenabridge.app.alerting import start_alerting
from arenabridge.app.assembly import build, open_files
from arenabridge.app.chores import TICK_SECONDS, follow_workers, reload_idle_tabs, sweep, tick, write_down_use
from arenabridge.app.lasting import warning_of_loss
from arenabridge.app.listening import address_of, also_listening, listening, locked
from arenabridge.app.looking import look_for_news
from arenabridge.app.places import files_folder
from arenabridge.app.server import served
from arenabridge.app.sharing import leave_duties, start_sharing
from arenabridge.errors import AlreadyThere, GatewayError, ShuttingDown
from arenabridge.http.application import build_application
from arenabridge.http.door.public_address import unreachable_words
from arenabridge.http.files.application import build_file_application, file_host_alone
from arenabridge.http.gateway import Gateway
from arenabridge.http.links.script import install_address
from arenabridge.hub.clock import Clock
from arenabridge.hub.tasks import Tasks
from arenabridge.settings import Settings, SettingsError
from arenabridge.storage.database import FILE_NAME, open_database

_log = logging.getLogger(__name__)

FIRST_KEY_NAME = "first key"

FILE_HOST_KEY_PREFIX = "fb-"


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that listens."""

    gateway: Gateway
    listens_on: int
    """The port."""
    first_key: str | None
    """The key made at this start, if it was the first one: it can't be shown again."""
    stop_listening: Callable[[], None]
    """Stop listening; open connections go on."""
    loss: str | None = None
    """The warning that what is kept will not be there after the next start, if so."""

    @property
    def base_url(self) -> str:
        return self.gateway.base_url

    async def drain(self) -> None:
        """
        Let the answers that are under way end, for as long as `drain_seconds` allows, and take no new requests.

        One of several gateways only stops listening: what comes over connections that are there is still served, by
        another gateway's tab if need be, so that a restart of one after the other fails nobody.
        """
        hub, clock = self.gateway.hub, self.gateway.clock
        if hub.replicas.me:
            hub.is_leaving = True
            self.stop_listening()
        else:
            hub.take_no_more()
        until = clock.now() + self.gateway.settings.drain_seconds
        while hub.under_way and clock.now() < until:  # noqa: ASYNC110 - as finely as all deadlines
            await asyncio.sleep(TICK_SECONDS)

    def look_for_news(self) -> None:
        """Look for releases from now on; only a gateway that a person runs does."""
        self.gateway.tasks.start(look_for_news(self.gateway), "looking for news")

    @property
    def warning(self) -> str | None:
        """What the person should know from the start: that nothing lasts, or that the site can't reach files."""
        bed = self.gateway.file_bed
        words = [self.loss, unreachable_words(bed.place_of_files) if bed else None]
        return " ".join(filter(None, words)) or None

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of settings and files that are an earlier bridge's."""
        return tuple(map(str, self.gateway.settings_in_use.notes))

    @property
    def set_up_address(self) -> str | None:
        """The address where the first administrator comes in; None once there is somebody."""
        accounts = self.gateway.accounts
        if not accounts.people.setup_needed:
            return None
        return f"{self.base_url}/setup?code={accounts.set_up_code.code}"

    @property
    def install_address(self) -> str:
        return install_address(self.gateway)


@contextlib.asynccontextmanager
async def running_gateway(settings: Settings, environment: Mapping[str, str] = os.environ) -> AsyncIterator[Running]:
    """Start a gateway in this event loop, and stop it at the end; raises `StartError` or `SettingsError`."""
    with locked(settings.data_dir), listening(settings) as listener, contextlib.ExitStack() as at_the_end:
        if settings.files_dir and not settings.database_url:  # another's index would not know of our files
            at_the_end.enter_context(locked(files_folder(settings)))
        gateway, keys = build(settings, environment, listener)
        at_the_end.callback(gateway.usage.store.engine.dispose)
        at_the_end.callback(leave_duties, gateway)
        await gateway.tokens.load()
        first_key = keys.create(FIRST_KEY_NAME) if keys.is_empty() else None
        gateway.tasks.start(tick(gateway), "clock")
        gateway.tasks.start(reload_idle_tabs(gateway), "idle tabs")
        gateway.tasks.start(sweep(gateway.files), "file sweep")
        gateway.tasks.start(write_down_use(gateway.keys), "use of keys")
        gateway.tasks.start(follow_workers(gateway), "terms of workers")
        gateway.tasks.start(gateway.direct.run(), "direct sessions")
        await _name_administrator(gateway.accounts, environment)
        gateway.tasks.start(gateway.usage.keep_swept(gateway.duties), "usage sweep")
        start_sharing(gateway)
        start_alerting(gateway)
        await gateway.hub.replicas.join()
        also = at_the_end.enter_context(also_listening(settings))
        port = listener.getsockname()[1]
        async with (
            gateway.usage.recording(),
            served(
                build_application(gateway), listener, gateway.tasks, also, stall_seconds=settings.client_stall_seconds
            ) as stop_listening,
        ):
            try:
                yield Running(gateway, port, first_key, stop_listening, warning_of_loss(settings, environment))
            finally:
                gateway.hub.close(ShuttingDown())
                await gateway.hub.replicas.close()


@dataclass(frozen=True, slots=True)
class RunningFileHost:
    """A file host that listens."""

    base_url: str
    key: str
    warning: str | None
    """The warning that its address is one that only this computer or network can reach, if so."""


@contextlib.asynccontextmanager
async def running_file_host(
    settings: Settings, key: str | None = None, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[RunningFileHost]:
    """Start a file host of its own; without a key it has one that belongs to its data directory. Raises as above."""
    with locked(settings.data_dir), listening(settings) as listener:
        base_url = address_of(settings, listener)
        key = key or FILE_HOST_KEY_PREFIX + Secrets.load(settings.data_dir, environment).derive("file host").hex()
        clock = Clock(now=time.monotonic, unix=time.time)
        settings = msgspec.structs.replace(settings, files_dir=None)  # a folder that gateways share has their index
        files = open_files(settings, open_database(settings.data_dir / FILE_NAME), clock)
        host = file_host_alone(key, files, settings, base_url)
        tasks = Tasks()
        tasks.start(sweep(files), "file sweep")
        application = build_file_application(host, settings)
        async with served(application, listener, tasks, stall_seconds=settings.client_stall_seconds):
            yield RunningFileHost(base_url, key, unreachable_words(base_url))


async def _name_administrator(accounts: Accounts, environment: Mapping[str, str]) -> None:
    """Make the first administrator, as the environment names them, if there is nobody yet; raises `SettingsError`."""
    named = administrator_from(environment)
    if not accounts.people.setup_needed:
        return
    if named is None:
        if lacking := lacking_of_administrator(environment):
            _log.warning("%s is not set, so the environment makes nobody an administrator.", lacking)
        return
    try:
        hashed = await accounts.passwords.hash(named.password)
        user = accounts.people.add(named.name, named.email, "admin", hashed, only_first=True)
    except AlreadyThere:  # another gateway that starts at the same time was first
        return
    except GatewayError as error:
        raise SettingsError(f"ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD: {error}") from error
    accounts.audit.record(user.as_person(), "gateway.set_up", user.name, detail="by the environment")
