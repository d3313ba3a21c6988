"""What things are brought into: a data directory, and the stores that keep what is in it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from arenabridge.accounts.audit import AuditLog
from arenabridge.accounts.keys import ApiKeyStore
from arenabridge.accounts.passwords import Passwords
from arenabridge.accounts.people import People
from arenabridge.accounts.site_sessions import SiteSessions
from arenabridge.settings import Settings
from arenabridge.storage.captured_sessions import CapturedSessionStore
from arenabridge.storage.site_models import SiteModelStore
from arenabridge.usage.store import UsageStore


def _nothing(_words: str) -> None:
    """For whoever does not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The stores. All of them wait for the disk."""

    folder: Path
    """The data directory, where the files go."""
    settings: Settings
    """The settings, as they are loaded there now."""
    people: People
    passwords: Passwords
    keys: ApiKeyStore
    audit: AuditLog
    site_sessions: SiteSessions
    captured: CapturedSessionStore
    models: SiteModelStore
    usage: UsageStore
    tell: Callable[[str], None] = _nothing
    """Told in a few words how far a step has come that takes long."""
