"""What the endpoints work with, put together once by `arenabridge.app`."""

from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.secrets import Secrets
from arenabridge.accounts.verification import KeyVerifier
from arenabridge.accounts.worker_verification import WorkerVerifier
from arenabridge.http.answers.kept_answers import RepeatableRequests
from arenabridge.http.answers.kept_pictures import PictureKeeper
from arenabridge.http.answers.open_answers import OpenAnswers
from arenabridge.http.answers.token_counter import TokenCounter
from arenabridge.http.api.settings_in_use import SettingsInUse
from arenabridge.http.feed.feeds import Feeds
from arenabridge.http.files.attaching import Attacher
from arenabridge.http.files.host import FileHost
from arenabridge.http.monitoring.fleet import FleetView
from arenabridge.http.monitoring.prometheus import Metrics
from arenabridge.hub.capture.captures import Captures
from arenabridge.hub.capture.capturing import Capturing
from arenabridge.hub.clock import Clock
from arenabridge.hub.hub import Hub
from arenabridge.hub.links.link import LinkPolicy
from arenabridge.hub.models.offered import Models
from arenabridge.hub.models.update import ModelUpdate
from arenabridge.hub.replicas.changes import Changes
from arenabridge.hub.tasks import Tasks
from arenabridge.media.fetching import PublicFetcher
from arenabridge.media.file_bed import FileBed
from arenabridge.media.store import MediaStore
from arenabridge.settings import Settings
from arenabridge.storage.duties import Duties
from arenabridge.updates.news import News
from arenabridge.upstream.sessions import DirectSessions
from arenabridge.usage.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The parts of a gateway at work."""

    settings: Settings
    secrets: Secrets
    hub: Hub
    models: Models
    keys: KeyVerifier
    accounts: Accounts
    link_policy: LinkPolicy
    worker_credentials: WorkerVerifier
    direct: DirectSessions
    """Sessions at the site that are used without a tab."""
    captures: Captures
    capturing: Capturing
    model_update: ModelUpdate
    answers: OpenAnswers
    files: MediaStore
    file_host: FileHost
    file_bed: FileBed | None
    """Where attachments are put instead of into the site's own storage, if they are."""
    fetcher: PublicFetcher
    attacher: Attacher
    pictures: PictureKeeper
    tasks: Tasks
    clock: Clock
    settings_in_use: SettingsInUse
    usage: Usage
    metrics: Metrics
    fleet: FleetView
    changes: Changes
    duties: Duties
    news: News
    base_url: str
    """Where this gateway is reached from the person's own browser, without a slash at the end."""
    repeatable: RepeatableRequests = field(default_factory=RepeatableRequests)
    tokens: TokenCounter = field(default_factory=TokenCounter)
    feeds: Feeds = field(default_factory=Feeds)


def gateway_of(connection: HTTPConnection) -> Gateway:
    gateway = connection.app.state.gateway
    assert isinstance(gateway, Gateway)  # noqa: S101 - set by `build_application`, for the type checker's sake
    return gateway
