"""What the gateway knows of people and keys, put together once."""

from dataclasses import dataclass

from arenabridge.accounts.admission import Admissions
from arenabridge.accounts.audit import AuditLog
from arenabridge.accounts.enrolment import Enrolments
from arenabridge.accounts.invitations import Invitations
from arenabridge.accounts.keys import ApiKeyStore
from arenabridge.accounts.password_resets import PasswordResets
from arenabridge.accounts.passwords import Passwords
from arenabridge.accounts.people import People
from arenabridge.accounts.sessions import Sessions
from arenabridge.accounts.set_up import SetUpCode
from arenabridge.accounts.site_sessions import SiteSessions
from arenabridge.accounts.throttle import Throttle
from arenabridge.accounts.workers import WorkerCredentials


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The parts that are at work while the gateway runs."""

    people: People
    passwords: Passwords
    sessions: Sessions
    invitations: Invitations
    password_resets: PasswordResets
    set_up_code: SetUpCode
    throttle: Throttle
    audit: AuditLog
    keys: ApiKeyStore
    workers: WorkerCredentials
    enrolments: Enrolments
    site_sessions: SiteSessions
    admissions: Admissions
