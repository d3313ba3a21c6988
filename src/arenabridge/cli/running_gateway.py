"""
Speak to a gateway that runs on this computer, on whose data directory the command works too.

Whoever can read that directory may administer the gateway: the command makes itself a key that opens the API for a few
minutes, and takes it back at the end.
"""

import contextlib
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from arenabridge.settings import Settings

KEY_SECONDS = 600.0
"""Longer than a command takes, in case it can't take its key back."""

REQUEST_SECONDS = 60.0
"""A tab in the background may take a while to read a page."""


class NotReached(Exception):
    """The gateway does not answer, or refuses. The message says why."""


class RunningGateway:
    """Its API, by this command's key."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer's JSON, None if there is none; raises `NotReached` with the gateway's own words."""
        answer = self._ask(method, path, body)
        return answer.json() if answer.content else None

    def text(self, path: str) -> str:
        return self._ask("GET", path).text

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise NotReached(f"The gateway at {self._http.base_url} does not answer: is it running?") from error
        if answer.is_success:
            return answer
        try:
            words = answer.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            words = f"status {answer.status_code}"
        raise NotReached(words)


@contextlib.contextmanager
def running_gateway(settings: "Settings", url: str | None = None) -> Iterator[RunningGateway]:
    """That of these settings, at `url` if it listens elsewhere than they say; raises `NotReached`."""
    from arenabridge.accounts.keys import KeyForm
    from arenabridge.app import open_keys

    keys = open_keys(settings)
    name = f"command line {secrets.token_hex(3)}"
    made, secret = keys.make(KeyForm(name=name, administers=True, expires_at=time.time() + KEY_SECONDS))
    try:
        with httpx.Client(
            base_url=url or address_of(settings), headers={"x-api-key": secret}, timeout=REQUEST_SECONDS
        ) as http:
            yield RunningGateway(http)
    finally:
        keys.forget(made.id)


def address_of(settings: "Settings") -> str:
    """Where it listens; raises `NotReached` if the settings leave that open."""
    if not settings.port:
        raise NotReached("The settings leave the port to the system: say with --gateway where the gateway is.")
    host = settings.host if settings.host not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
