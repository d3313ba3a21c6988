"""
How the first administrator comes to be: nobody is there at first, and there is no password that everybody knows.

Either by a code that the gateway prints where it is started, as part of a link, which is good for a day at most and for
this process alone (where several share a database: for all of them); or by `ADMIN_USERNAME`, `ADMIN_EMAIL` and
`ADMIN_PASSWORD` in the environment, each also with the prefix `ARENABRIDGE_`. The code is all it takes, so that it need
not be entered on the machine itself.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arenabridge.errors import CodeNotValid

LIFETIME_SECONDS = 24 * 3600.0
_PREFIX = "ARENABRIDGE_"
_NAME, _EMAIL, _PASSWORD = "ADMIN_USERNAME", "ADMIN_EMAIL", "ADMIN_PASSWORD"


class SetUpCode:
    """The code of this process, which is kept nowhere else; or one that all gateways of a fleet have."""

    def __init__(self, unix: Callable[[], float], code: str | None = None) -> None:
        self._code = code or secrets.token_urlsafe(32)
        self._unix = unix
        self._until = unix() + LIFETIME_SECONDS

    @property
    def code(self) -> str:
        """For the link; empty once its time is over."""
        return self._code if self._unix() < self._until else ""

    def check(self, given: str) -> None:
        """Raises `CodeNotValid`."""
        right = hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._code.encode())
        if not right or not self.code:
            raise CodeNotValid("This set-up link is not valid. The gateway prints a new one when it is started.")

    def __repr__(self) -> str:
        return "SetUpCode()"


@dataclass(frozen=True, slots=True)
class NamedAdministrator:
    """Who is to be the first administrator, as the environment says."""

    name: str
    email: str | None
    password: str

    def __repr__(self) -> str:
        return f"NamedAdministrator({self.name!r})"


def administrator_from(environment: Mapping[str, str]) -> NamedAdministrator | None:
    """None unless there are a name and a password."""
    name, password = _value(environment, _NAME), _value(environment, _PASSWORD)
    return NamedAdministrator(name, _value(environment, _EMAIL) or None, password) if name and password else None


def lacking_of_administrator(environment: Mapping[str, str]) -> str:
    """The variable without which those that are there name nobody; empty if none is there, or all are."""
    if not any(_value(environment, name) for name in (_NAME, _EMAIL, _PASSWORD)):
        return ""
    return next((name for name in (_NAME, _PASSWORD) if not _value(environment, name)), "")


def _value(environment: Mapping[str, str], name: str) -> str:
    return environment.get(_PREFIX + name) or environment.get(name) or ""
