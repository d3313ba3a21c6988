"""Put the parts of a gateway together, once and visibly."""

import asyncio
import logging
import math
import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import Engine as Database

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.admission import Admissions
from arenabridge.accounts.audit import AuditLog
from arenabridge.accounts.budgets import Budgets
from arenabridge.accounts.enrolment import Enrolments
from arenabridge.accounts.invitations import Invitations
from arenabridge.accounts.keys import ApiKeyStore
from arenabridge.accounts.limits import Meters
from arenabridge.accounts.password_resets import PasswordResets
from arenabridge.accounts.passwords import Passwords
from arenabridge.accounts.people import People
from arenabridge.accounts.secrets import Secrets
from arenabridge.accounts.sessions import Sessions
from arenabridge.accounts.set_up import SetUpCode
from arenabridge.accounts.site_sessions import SiteSessions
from arenabridge.accounts.throttle import Throttle
from arenabridge.accounts.verification import KeyVerifier
from arenabridge.accounts.worker_verification import WorkerVerifier
from arenabridge.accounts.workers import WorkerCredentials
from arenabridge.app.earlier_reports import reports_of
from arenabridge.app.engines import engine_of
from arenabridge.app.listening import address_of
from arenabridge.app.places import database_of, files_folder, saved_settings_of
from arenabridge.conversations.echoes import Echoes
from arenabridge.conversations.heads import Heads
from arenabridge.conversations.strategies import Strategies
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.dispatcher import Dispatcher
from arenabridge.earlier.files import EarlierFiles
from arenabridge.earlier.settings import Note, about_variables
from arenabridge.http.answers.kept_pictures import PictureKeeper
from arenabridge.http.answers.open_answers import OpenAnswers
from arenabridge.http.api.settings_in_use import SettingsInUse
from arenabridge.http.files.attaching import Attacher
from arenabridge.http.files.host import file_bed_of, file_host_beside
from arenabridge.http.files.own_files import OwnFiles
from arenabridge.http.gateway import Gateway
from arenabridge.http.monitoring.fleet import FleetView
from arenabridge.http.monitoring.prometheus import Metrics
from arenabridge.hub.capture.captures import Captures
from arenabridge.hub.capture.capturing import Capturing
from arenabridge.hub.clock import Clock
from arenabridge.hub.hub import Hub
from arenabridge.hub.jobs.execution import ExecutionChoice
from arenabridge.hub.jobs.site_requests import SiteRequests
from arenabridge.hub.links.link import KeepSession, LinkPolicy
from arenabridge.hub.links.peers import Peers
from arenabridge.hub.models.given_files import GivenFiles
from arenabridge.hub.models.given_models import GivenModels
from arenabridge.hub.models.names import ModelNames
from arenabridge.hub.models.offered import Models
from arenabridge.hub.models.update import ModelUpdate
from arenabridge.hub.replicas.changes import Changes
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.browsers import Browser, Browsers
from arenabridge.hub.workers.browsers_file import BrowsersFile
from arenabridge.importing import Target
from arenabridge.media.copies import FetchedCopies
from arenabridge.media.fetching import PublicFetcher
from arenabridge.media.store import Limits, MediaStore
from arenabridge.settings import Settings, SettingsError, notes_on, with_saved
from arenabridge.settings_slips import unknown_variables
from arenabridge.storage.captured_sessions import CapturedSessionStore
from arenabridge.storage.duties import Duties
from arenabridge.storage.saved_settings import SavedSettings
from arenabridge.storage.site_models import SiteModelStore
from arenabridge.storage.tables.people import user_budgets
from arenabridge.updates.news import News
from arenabridge.upstream.handed_over import HandedOver
from arenabridge.upstream.sessions import DirectSessions
from arenabridge.upstream.storage import Storage
from arenabridge.usage.store import UsageStore
from arenabridge.usage.usage import Usage
from arenabridge.wire.arena.bodies import DIALECTS
from arenabridge.wire.arena.ids import RANDOM_BITS
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.fleet import Topic
from arenabridge.wire.profile import ClientProfile


def open_keys(settings: Settings, environment: Mapping[str, str] = os.environ) -> ApiKeyStore:
    """The API keys of a data directory, for commands that run beside the gateway."""
    secrets_ = Secrets.load(settings.data_dir, environment)
    return ApiKeyStore(database_of(settings, secrets_), secrets_.api_key_pepper, usual=_usual_profile(settings))


def open_accounts(settings: Settings, environment: Mapping[str, str] = os.environ) -> Accounts:
    """People and keys of a data directory, also for such commands."""
    secrets_ = Secrets.load(settings.data_dir, environment)
    database = database_of(settings, secrets_)
    keys = ApiKeyStore(database, secrets_.api_key_pepper, usual=_usual_profile(settings))
    return _accounts(database, keys, secrets_, Clock(now=time.monotonic, unix=time.time))


def open_import(settings: Settings, folder: Path, environment: Mapping[str, str] = os.environ) -> Target:
    """What an import goes into: files into `folder`, all else where `settings` say."""
    secrets_ = Secrets.load(settings.data_dir, environment)
    database = database_of(settings)
    keys = ApiKeyStore(database, secrets_.api_key_pepper, usual=_usual_profile(settings))
    accounts = _accounts(database, keys, secrets_, Clock(now=time.monotonic, unix=time.time))
    return Target(
        folder=folder,
        settings=settings,
        people=accounts.people,
        passwords=accounts.passwords,
        keys=keys,
        audit=accounts.audit,
        site_sessions=accounts.site_sessions,
        captured=CapturedSessionStore(database),
        models=SiteModelStore(database),
        usage=UsageStore(database),
    )


def build(settings: Settings, environment: Mapping[str, str], listener: socket.socket) -> tuple[Gateway, ApiKeyStore]:
    secrets_ = Secrets.load(settings.data_dir, environment)
    database = database_of(settings, secrets_)
    saved = saved_settings_of(settings, database, secrets_)
    settings = with_saved(settings, environment, saved.all()) if saved else settings
    clock = Clock(now=time.monotonic, unix=time.time)
    tasks = Tasks()
    changes = Changes(tasks)
    models = _models(settings, database, tasks, clock, changes)
    given = GivenFiles(settings.data_dir)
    given.listen(
        lambda now: models.give(
            GivenModels(now.models, now.map.models, all_mapped=_goes_into_one_session(settings, now))
        )
    )
    tasks.start(given.follow(), "files of an earlier bridge")
    usual = _usual_profile(settings)
    keys = ApiKeyStore(database, secrets_.api_key_pepper, usual=usual)
    base_url = address_of(settings, listener)
    files = open_files(settings, database, clock)
    fetcher = PublicFetcher(allow_private=settings.fetch_private_addresses)
    verifier = KeyVerifier(keys, required=settings.require_api_key, now=clock.now, shared=settings.api_key, usual=usual)
    file_host = file_host_beside(verifier, files, settings, base_url)
    file_bed = file_bed_of(settings, file_host)
    captures = Captures(CapturedSessionStore(database), tasks, given.put_captured)
    hub = _hub(settings, secrets_, models, given, captures, clock, tasks)
    usage = Usage.open(
        database,
        clock.unix,
        retention_days=settings.usage_retention_days,
        bodies_retention_days=settings.bodies_retention_days,
    )
    echoes = Echoes()
    outside = fetcher if settings.fetch_file_urls else None
    accounts = _accounts(database, keys, secrets_, clock)
    worker_verifier = WorkerVerifier(accounts.workers, settings.worker_tokens, clock.now)
    direct = DirectSessions(
        accounts.site_sessions, hub, settings.site_origins, lambda of_site: Storage(fetcher, of_site), clock
    )
    handed_over = HandedOver(accounts, direct.changed)
    gateway = Gateway(
        settings=settings,
        settings_in_use=_settings_in_use(settings, environment, models, given, saved, changes),
        usage=usage,
        metrics=Metrics(hub, usage),
        secrets=secrets_,
        hub=hub,
        models=models,
        keys=verifier,
        accounts=accounts,
        worker_credentials=worker_verifier,
        direct=direct,
        captures=captures,
        capturing=Capturing(hub, captures, clock, tasks, reports_of(settings), usual=lambda: given.now.usual),
        model_update=ModelUpdate(hub, models),
        link_policy=_link_policy(settings, secrets_, worker_verifier, accounts, handed_over.keep),
        answers=OpenAnswers(),
        files=files,
        file_host=file_host,
        file_bed=file_bed,
        fetcher=fetcher,
        attacher=Attacher(
            fetcher=outside,
            kept=OwnFiles(files, base_url),
            copies=FetchedCopies(database, files, clock.unix),
            bed=file_bed,
            echoes=echoes,
            max_file_bytes=settings.max_attachment_bytes,
        ),
        pictures=PictureKeeper(files, hub.errands, echoes, clock.now, outside),
        tasks=tasks,
        clock=clock,
        fleet=FleetView(clock.unix()),
        changes=changes,
        duties=Duties(database, hub.replicas.me or secrets.token_hex(8), clock.unix),
        news=News.open(database, clock.unix, environment),
        base_url=base_url,
    )
    return gateway, keys


def _usual_profile(settings: Settings) -> ClientProfile:
    """How clients are served whose key does not say otherwise."""
    return ClientProfile(role_mode=settings.role_mode, trailing_user_message=settings.trailing_user_message)


def _link_policy(
    settings: Settings, secrets_: Secrets, verifier: WorkerVerifier, accounts: Accounts, keep: KeepSession
) -> LinkPolicy:
    return LinkPolicy(
        secrets_.pairing,
        frozenset(settings.site_origins),
        settings.slots,
        peers=Peers(verifier, accounts.workers, relays_need_credentials=settings.require_worker_authentication),
        max_workers=settings.max_workers,
        ping_seconds=settings.worker_heartbeat_seconds,
        silence_seconds=settings.worker_timeout_seconds,
        title_marks=settings.title_marks,
        keep_session=keep,
    )


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
    return MediaStore(database, files_folder(settings), limits, clock.unix)


def _accounts(database: Database, keys: ApiKeyStore, secrets_: Secrets, clock: Clock) -> Accounts:
    people = People(database, clock.unix)
    workers = WorkerCredentials(database, secrets_.derive("workers"), secrets_.of_browser, clock.unix)
    return Accounts(
        people=people,
        passwords=Passwords(),
        sessions=Sessions(database, secrets_.derive("sessions"), clock.unix),
        invitations=Invitations(database, secrets_.derive("invitations"), people, clock.unix),
        password_resets=PasswordResets(database, secrets_.derive("password resets"), people, clock.unix),
        set_up_code=SetUpCode(clock.unix, secrets_.set_up if database.dialect.name != "sqlite" else None),
        throttle=Throttle(),
        audit=AuditLog(database, clock.unix),
        keys=keys,
        workers=workers,
        site_sessions=SiteSessions(database, secrets_.derive("site sessions"), clock.unix),
        enrolments=Enrolments(database, secrets_.derive("worker enrolment"), workers, clock.unix),
        admissions=Admissions(
            Meters(), Budgets(database, clock.unix), Budgets(database, clock.unix, user_budgets), clock.now
        ),
    )


def _hub(
    settings: Settings,
    secrets_: Secrets,
    models: Models,
    given: GivenFiles,
    captures: Captures,
    clock: Clock,
    tasks: Tasks,
) -> Hub:
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
        engine=engine_of(settings, tasks),
        models=models,
        choice=ExecutionChoice(settings.execution),
        site_requests=_site_requests(settings, secrets_, given, captures, clock, tasks),
        clock=clock,
        tasks=tasks,
        reads_lost_answers=True,
        browsers=_browsers(settings, tasks),
        grace_seconds=deadlines.grace,
    )


def _goes_into_one_session(settings: Settings, files: EarlierFiles) -> bool:
    """Whether a model that is in no map goes into the captured session that `config.jsonc` has for all."""
    dialect = DIALECTS.get(settings.site_version)
    is_used = settings.session_strategy == "captured" or (
        settings.session_strategy == "auto" and dialect is not None and dialect.retry_takes_history
    )
    return is_used and files.usual.serves_unmapped and files.usual.session is not None


def _site_requests(
    settings: Settings, secrets_: Secrets, given: GivenFiles, captures: Captures, clock: Clock, tasks: Tasks
) -> SiteRequests:
    dialect = DIALECTS.get(settings.site_version)
    if dialect is None:
        raise SettingsError(f"site_version: expected one of {', '.join(DIALECTS)}, got {settings.site_version!r}.")
    or_fresh = settings.captured_fallback == "fresh"
    history_is_taken = dialect.retry_takes_history
    strategies = Strategies(
        settings.session_strategy,
        settings.session_strategies,
        or_fresh=or_fresh,
        is_mapped=lambda names: given.now.wants_captured(names, history_is_taken=history_is_taken),
    )
    given.listen(lambda now: captures.give(now.sessions))
    if strategies.uses("captured") or settings.compatibility or given.now.sessions:
        tasks.start(captures.follow(), "captured sessions")
    return SiteRequests(
        dialect,
        Heads(secrets_.derive("conversations")) if strategies.uses("auto") else None,
        unix=clock.unix,
        random_bits=lambda: secrets.randbits(RANDOM_BITS),
        strategies=strategies,
        captured=captures.sessions,
        max_prompt_characters=settings.max_prompt_characters,
    )


def _settings_in_use(
    settings: Settings,
    environment: Mapping[str, str],
    models: Models,
    given: GivenFiles,
    saved: SavedSettings | None,
    changes: Changes,
) -> SettingsInUse:
    """With what can be changed while the gateway runs."""

    def call_models(changed: Settings) -> None:
        models.call(ModelNames(changed.aliases, changed.hidden_models))

    def set_log_level(changed: Settings) -> None:
        logging.getLogger("arenabridge").setLevel(changed.log_level.upper())

    apply = {"aliases": call_models, "hidden_models": call_models, "log_level": set_log_level}

    def notes() -> Iterator[Note]:
        yield from notes_on(settings.data_dir, settings)
        yield from about_variables(environment)
        yield from unknown_variables(environment, Settings.__struct_fields__)
        yield from (Note(file, "declined", why) for file, why in given.now.problems)

    def changed() -> None:
        changes.tell(Topic.SETTINGS)

    return SettingsInUse(settings, environment, apply, notes, saved=saved, changed=changed)


def _browsers(settings: Settings, tasks: Tasks) -> Browsers:
    file = BrowsersFile(settings.data_dir)
    one_at_a_time = asyncio.Lock()

    async def write(browsers: list[Browser]) -> None:
        async with one_at_a_time:
            await asyncio.to_thread(file.save, browsers)

    def keep(browsers: list[Browser]) -> None:
        tasks.start(write(browsers), "keeping what the browsers are called")

    return Browsers(file.load(), keep)


def _models(settings: Settings, database: Database, tasks: Tasks, clock: Clock, changes: Changes) -> Models:
    store = SiteModelStore(database)
    one_at_a_time = asyncio.Lock()

    async def write(known: list[KnownModel]) -> None:
        async with one_at_a_time:  # first come, first written: the newest list is the one that stays
            await asyncio.to_thread(store.replace, known)
        changes.tell(Topic.MODELS)

    async def read_again(_about: str) -> None:
        async with one_at_a_time:
            before = models.catalogue
            known = await asyncio.to_thread(store.load)
            if models.catalogue is before:  # only if no tab has read a page meanwhile: that would be newer
                models.learn(known)

    def keep(known: list[KnownModel]) -> None:
        tasks.start(write(known), "keeping the models")

    names = ModelNames(settings.aliases, settings.hidden_models)
    models = Models(store.load(), keep=keep, unix=clock.unix, names=names)
    changes.on(Topic.MODELS, read_again)
    return models
