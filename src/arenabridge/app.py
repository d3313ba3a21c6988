"""Put the living parts together, once and visibly, and run them."""

import asyncio
import contextlib
import errno
import logging
import math
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError
from starlette.types import ASGIApp

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.admission import Admissions
from arenabridge.accounts.audit import AuditLog
from arenabridge.accounts.budgets import Budgets
from arenabridge.accounts.invitations import Invitations
from arenabridge.accounts.keys import ApiKeyStore
from arenabridge.accounts.limits import Meters
from arenabridge.accounts.passwords import Passwords
from arenabridge.accounts.people import People
from arenabridge.accounts.secrets import Secrets
from arenabridge.accounts.sessions import Sessions
from arenabridge.accounts.set_up import SetUpCode, administrator_from
from arenabridge.accounts.throttle import Throttle
from arenabridge.accounts.verification import KeyVerifier
from arenabridge.conversations.heads import Heads
from arenabridge.conversations.strategies import Strategies
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.engine.local import LocalEngine
from arenabridge.errors import GatewayError, ShuttingDown
from arenabridge.http.application import build_application
from arenabridge.http.attaching import Attacher
from arenabridge.http.file_application import build_file_application, file_host_alone
from arenabridge.http.file_host import file_bed_of, file_host_beside
from arenabridge.http.gateway import Gateway
from arenabridge.http.open_answers import OpenAnswers
from arenabridge.http.own_files import OwnFiles
from arenabridge.http.public_address import unreachable_words
from arenabridge.http.script import install_address
from arenabridge.http.settings_in_use import SettingsInUse
from arenabridge.hub.browsers import Browser, Browsers
from arenabridge.hub.browsers_file import BrowsersFile
from arenabridge.hub.captures import Captures
from arenabridge.hub.clock import Clock
from arenabridge.hub.execution import ExecutionChoice
from arenabridge.hub.hub import Hub
from arenabridge.hub.link import LinkPolicy
from arenabridge.hub.model_names import ModelNames
from arenabridge.hub.models import Models
from arenabridge.hub.site_requests import SiteRequests
from arenabridge.hub.tasks import Tasks
from arenabridge.media.fetching import PublicFetcher
from arenabridge.media.store import FOLDER as FILES_FOLDER, Limits, MediaStore
from arenabridge.settings import Settings, SettingsError
from arenabridge.storage.captured_sessions import CapturedSessionStore
from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.storage.site_models import SiteModelStore
from arenabridge.wire.arena.bodies import DIALECTS
from arenabridge.wire.arena.ids import RANDOM_BITS
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.link.messages import MAX_FRAME_BYTES

_log = logging.getLogger(__name__)

WRITE_DOWN_SECONDS = 10.0
"""How far what is kept about the use of keys may lag behind."""

TICK_SECONDS = 0.25
"""How finely deadlines are kept."""

SEND_BUFFER_BYTES = 64 * 1024
"""Of each connection's socket: by default the system lets 4 MB gather for a client that does not read."""

USER_TIMEOUT_MILLISECONDS = 15_000
"""A peer that acknowledges nothing for so long is gone; without it closing such a connection waits for ever."""

FILE_SWEEP_SECONDS = 600.0
"""How often files that are past their time are thrown away."""

BACKLOG = 2048
SHUTDOWN_SECONDS = 5
FIRST_KEY_NAME = "first key"
FILE_HOST_KEY_PREFIX = "fb-"


class StartError(Exception):
    """The gateway can't start. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that listens."""

    gateway: Gateway
    listens_on: int
    """The port."""
    first_key: str | None
    """The key made at this start, if it was the first one: it can't be shown again."""

    @property
    def base_url(self) -> str:
        return self.gateway.base_url

    @property
    def warning(self) -> str | None:
        """What the person should know from the start: that files will be at an address which the site can't reach."""
        bed = self.gateway.file_bed
        return unreachable_words(bed.place_of_files) if bed else None

    @property
    def set_up_address(self) -> str | None:
        """Where the first administrator comes in; None once there is somebody."""
        accounts = self.gateway.accounts
        if not accounts.people.setup_needed:
            return None
        return f"{self.base_url}/setup?code={accounts.set_up_code.code}"

    @property
    def install_address(self) -> str:
        return install_address(self.gateway)


def open_keys(settings: Settings, environment: Mapping[str, str] = os.environ) -> ApiKeyStore:
    """The API keys of a data directory, for commands that run beside the gateway."""
    secrets_ = Secrets.load(settings.data_dir, environment)
    return ApiKeyStore(open_database(settings.data_dir / FILE_NAME), secrets_.api_key_pepper)


def open_accounts(settings: Settings, environment: Mapping[str, str] = os.environ) -> Accounts:
    """People and keys of a data directory, likewise."""
    secrets_ = Secrets.load(settings.data_dir, environment)
    database = open_database(settings.data_dir / FILE_NAME)
    keys = ApiKeyStore(database, secrets_.api_key_pepper)
    return _accounts(database, keys, secrets_, Clock(now=time.monotonic, unix=time.time))


@contextlib.asynccontextmanager
async def running_gateway(settings: Settings, environment: Mapping[str, str] = os.environ) -> AsyncIterator[Running]:
    """Start a gateway in this event loop, and stop it at the end; raises `StartError` or `SettingsError`."""
    with _locked(settings.data_dir), _listening(settings) as listener:
        gateway, keys = _build(settings, environment, listener)
        first_key = keys.create(FIRST_KEY_NAME) if keys.is_empty() else None
        gateway.tasks.start(_tick(gateway), "clock")
        gateway.tasks.start(_sweep(gateway.files), "file sweep")
        gateway.tasks.start(_write_down_use(gateway.keys), "use of keys")
        await _name_administrator(gateway.accounts, environment)
        async with _served(build_application(gateway), listener, gateway.tasks):
            try:
                yield Running(gateway, listener.getsockname()[1], first_key)
            finally:
                gateway.hub.close(ShuttingDown())


@dataclass(frozen=True, slots=True)
class RunningFileHost:
    """A file host that listens."""

    base_url: str
    key: str
    warning: str | None
    """That its address is one which only this computer or network can reach."""


@contextlib.asynccontextmanager
async def running_file_host(
    settings: Settings, key: str | None = None, environment: Mapping[str, str] = os.environ
) -> AsyncIterator[RunningFileHost]:
    """Start a file host of its own; without a key it has one that belongs to its data directory. Raises as above."""
    with _locked(settings.data_dir), _listening(settings) as listener:
        base_url = _base_url(settings, listener)
        key = key or FILE_HOST_KEY_PREFIX + Secrets.load(settings.data_dir, environment).derive("file host").hex()
        clock = Clock(now=time.monotonic, unix=time.time)
        files = open_files(settings, open_database(settings.data_dir / FILE_NAME), clock)
        host = file_host_alone(key, files, settings, base_url)
        tasks = Tasks()
        tasks.start(_sweep(files), "file sweep")
        async with _served(build_file_application(host, settings, base_url), listener, tasks):
            yield RunningFileHost(base_url, key, unreachable_words(base_url))


@contextlib.asynccontextmanager
async def _served(application: ASGIApp, listener: socket.socket, tasks: Tasks) -> AsyncIterator[None]:
    """The HTTP server, up; at the end it goes down, and all tasks with it."""
    server = _Server(_server_config(application))
    serving = tasks.start(server.serve(sockets=[listener]), "http server")
    try:
        serving.add_done_callback(lambda _: server.is_up.set())
        await server.is_up.wait()
        if serving.done():
            raise StartError("The HTTP server could not start; the log says why.")
        yield
    finally:
        server.should_exit = True
        await asyncio.wait([serving])
        await tasks.close()


class _Server(uvicorn.Server):
    """Says when it is up. Signals belong to the command that runs us, not to a server within it."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server_config(application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        proxy_headers=False,  # whose are believed is a setting (`http.public_address`)
        ws="websockets-sansio",
        ws_max_size=MAX_FRAME_BYTES,
        ws_per_message_deflate=False,  # four times the memory per connection, for frames of 60 bytes
        ws_ping_interval=None,  # the link asks page code itself
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


async def _tick(gateway: Gateway) -> None:
    """The one clock of all deadlines."""
    while True:
        await asyncio.sleep(TICK_SECONDS)
        try:
            gateway.hub.tick()
            gateway.feeds.tick(closing=gateway.hub.is_closed)
            gateway.answers.tick(gateway.clock.now())
        except Exception:  # noqa: BLE001 - one fault of ours must not stop the clock of all deadlines
            _log.exception("a tick failed")


async def _sweep(files: MediaStore) -> None:
    while True:
        try:
            await files.sweep()
        except Exception:  # noqa: BLE001 - one fault must not let files pile up from then on
            _log.exception("a sweep of the files failed")
        await asyncio.sleep(FILE_SWEEP_SECONDS)


def open_files(settings: Settings, database: Database, clock: Clock) -> MediaStore:
    """What is kept in the data directory, and how much of it may be."""
    limits = Limits(
        file_bytes=settings.max_file_bytes,
        total_bytes=settings.files_quota_bytes,
        total_count=settings.files_quota_count,
        owner_bytes=settings.files_owner_quota_bytes,
        owner_count=settings.files_owner_quota_count,
        retention_seconds=settings.files_retention_days * 86400,
    )
    return MediaStore(database, settings.data_dir / FILES_FOLDER, limits, clock.unix)


async def _write_down_use(keys: KeyVerifier) -> None:
    """When keys were last used: now and then, and at the end."""
    try:
        while True:
            await asyncio.sleep(WRITE_DOWN_SECONDS)
            try:
                await asyncio.to_thread(keys.write_down_use)
            except DBAPIError as error:  # a full disk, say: what was not written is told again with the next use
                _log.warning("when keys were last used could not be written down: %s", error.orig)
    finally:
        with contextlib.suppress(DBAPIError):
            keys.write_down_use()


async def _name_administrator(accounts: Accounts, environment: Mapping[str, str]) -> None:
    """The first one, as the environment names them, if there is nobody yet; raises `SettingsError`."""
    named = administrator_from(environment)
    if named is None or not accounts.people.setup_needed:
        return
    try:
        hashed = await accounts.passwords.hash(named.password)
        user = accounts.people.add(named.name, named.email, "admin", hashed, only_first=True)
    except GatewayError as error:
        raise SettingsError(f"ADMIN_USERNAME, ADMIN_EMAIL, ADMIN_PASSWORD: {error}") from error
    accounts.audit.record(user.as_person(), "gateway.set_up", user.name, detail="by the environment")


@contextlib.contextmanager
def _locked(data_dir: Path) -> Iterator[None]:
    """A data directory belongs to one running gateway."""
    lock = FileLock(data_dir / "lock", timeout=0)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise StartError(f"Another gateway is running on {data_dir}. Stop it, or use another --data-dir.") from None
    except OSError as error:
        raise StartError(f"The data directory {data_dir} can't be used: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        _set_options(listener)
        try:
            listener.bind((settings.host.strip("[]"), settings.port))
        except OSError as error:
            raise StartError(_bind_failure(settings, error)) from error
        listener.listen(BACKLOG)
        listener.setblocking(False)
        yield listener


def _set_options(listener: socket.socket) -> None:
    """What accepted connections inherit."""
    if os.name != "nt":  # there it would let two processes share the port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, USER_TIMEOUT_MILLISECONDS)


def _bind_failure(settings: Settings, error: OSError) -> str:
    where = f"{settings.host}:{settings.port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken by another program (or another gateway). Stop it, or use another --port."
    return f"The gateway can't listen on {where}: {error.strerror or error}."


def _base_url(settings: Settings, listener: socket.socket) -> str:
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared, not bound
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _build(settings: Settings, environment: Mapping[str, str], listener: socket.socket) -> tuple[Gateway, ApiKeyStore]:
    database = open_database(settings.data_dir / FILE_NAME)
    secrets_ = Secrets.load(settings.data_dir, environment)
    clock = Clock(now=time.monotonic, unix=time.time)
    tasks = Tasks()
    models = _models(settings, database, tasks, clock)
    keys = ApiKeyStore(database, secrets_.api_key_pepper)
    base_url = _base_url(settings, listener)
    files = open_files(settings, database, clock)
    fetcher = PublicFetcher(allow_private=settings.fetch_private_addresses)
    verifier = KeyVerifier(keys, required=settings.require_api_key, now=clock.now)
    file_host = file_host_beside(verifier, files, settings, base_url)
    file_bed = file_bed_of(settings, file_host)
    gateway = Gateway(
        settings=settings,
        settings_in_use=_settings_in_use(settings, environment, models),
        secrets=secrets_,
        hub=_hub(settings, secrets_, models, database, clock, tasks),
        models=models,
        keys=verifier,
        accounts=_accounts(database, keys, secrets_, clock),
        link_policy=LinkPolicy(secrets_.pairing, frozenset(settings.site_origins), settings.slots),
        answers=OpenAnswers(),
        files=files,
        file_host=file_host,
        file_bed=file_bed,
        fetcher=fetcher,
        attacher=Attacher(
            fetcher=fetcher if settings.fetch_file_urls else None,
            kept=OwnFiles(files, base_url),
            bed=file_bed,
            max_file_bytes=settings.max_attachment_bytes,
        ),
        tasks=tasks,
        clock=clock,
        base_url=base_url,
    )
    return gateway, keys


def _accounts(database: Database, keys: ApiKeyStore, secrets_: Secrets, clock: Clock) -> Accounts:
    people = People(database, clock.unix)
    return Accounts(
        people=people,
        passwords=Passwords(),
        sessions=Sessions(database, secrets_.derive("sessions"), clock.unix),
        invitations=Invitations(database, secrets_.derive("invitations"), people, clock.unix),
        set_up_code=SetUpCode(clock.unix),
        throttle=Throttle(),
        audit=AuditLog(database, clock.unix),
        keys=keys,
        admissions=Admissions(Meters(), Budgets(database, clock.unix), clock.now),
    )


def _hub(settings: Settings, secrets_: Secrets, models: Models, database: Database, clock: Clock, tasks: Tasks) -> Hub:
    usual = Deadlines()
    deadlines = Deadlines(
        wait=settings.max_wait_seconds,
        first_byte=settings.first_byte_timeout_seconds,
        silence=settings.stream_response_timeout_seconds,
        grace=settings.resume_grace_seconds,
        overall=settings.max_answer_seconds,
        recently=usual.recently if settings.reject_when_no_workers else math.inf,
        return_=usual.return_ if settings.reject_when_no_workers else settings.max_wait_seconds,
    )
    return Hub(
        dispatcher=Dispatcher(deadlines, now=clock.now()),
        engine=LocalEngine(settings.queue_length),
        models=models,
        choice=ExecutionChoice(settings.execution),
        site_requests=_site_requests(settings, secrets_, database, clock, tasks),
        clock=clock,
        tasks=tasks,
        max_prompt_characters=settings.max_prompt_characters,
        browsers=_browsers(settings, tasks),
    )


def _site_requests(
    settings: Settings, secrets_: Secrets, database: Database, clock: Clock, tasks: Tasks
) -> SiteRequests:
    dialect = DIALECTS.get(settings.site_version)
    if dialect is None:
        raise SettingsError(f"site_version: expected one of {', '.join(DIALECTS)}, got {settings.site_version!r}.")
    or_fresh = settings.captured_fallback == "fresh"
    strategies = Strategies(settings.session_strategy, settings.session_strategies, or_fresh=or_fresh)
    captures = Captures(CapturedSessionStore(database), tasks)
    if strategies.uses("captured"):
        tasks.start(captures.follow(), "captured sessions")
    return SiteRequests(
        dialect,
        Heads(secrets_.derive("conversations")) if strategies.uses("auto") else None,
        unix=clock.unix,
        random_bits=lambda: secrets.randbits(RANDOM_BITS),
        strategies=strategies,
        captured=captures.sessions,
    )


def _settings_in_use(settings: Settings, environment: Mapping[str, str], models: Models) -> SettingsInUse:
    """With what can be changed while the gateway runs."""

    def call_models(changed: Settings) -> None:
        models.call(ModelNames(changed.aliases, changed.hidden_models))

    def set_log_level(changed: Settings) -> None:
        logging.getLogger("arenabridge").setLevel(changed.log_level.upper())

    apply = {"aliases": call_models, "hidden_models": call_models, "log_level": set_log_level}
    return SettingsInUse(settings, environment, apply)


def _browsers(settings: Settings, tasks: Tasks) -> Browsers:
    file = BrowsersFile(settings.data_dir)
    one_at_a_time = asyncio.Lock()

    async def write(browsers: list[Browser]) -> None:
        async with one_at_a_time:
            await asyncio.to_thread(file.save, browsers)

    def keep(browsers: list[Browser]) -> None:
        tasks.start(write(browsers), "keeping what the browsers are called")

    return Browsers(file.load(), keep)


def _models(settings: Settings, database: Database, tasks: Tasks, clock: Clock) -> Models:
    store = SiteModelStore(database)
    one_at_a_time = asyncio.Lock()

    async def write(known: list[KnownModel]) -> None:
        async with one_at_a_time:  # first come, first written: the newest list is the one that stays
            await asyncio.to_thread(store.replace, known)

    def keep(known: list[KnownModel]) -> None:
        tasks.start(write(known), "keeping the models")

    names = ModelNames(settings.aliases, settings.hidden_models)
    return Models(store.load(), keep=keep, unix=clock.unix, names=names)
