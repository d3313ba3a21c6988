"""
Speak to a gateway that runs on this computer, on whose data directory the command works too.

Anybody who can read that directory may administer the gateway: the command makes itself a key that opens the API for a
few minutes, and takes it back at the end.
"""

import contextlib
import secrets
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import httpx

from arenabridge.cli.address_file import address_found

if TYPE_CHECKING:
    from arenabridge.settings import Settings

KEY_SECONDS = 600.0
"""Longer than a command takes, in case it can't take its key back."""

ALIVE_SECONDS = 5.0
"""It is on this computer."""

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
            raise NotReached(_does_not_answer(str(self._http.base_url))) from error
        if answer.is_success:
            return answer
        try:
            words = answer.json()["error"]["message"]
        except (ValueError, KeyError, TypeError):
            words = f"status {answer.status_code}"
        raise NotReached(words)


@contextlib.contextmanager
def running_gateway(settings: "Settings", url: str | None = None) -> Iterator[RunningGateway]:
    """The gateway of these settings, at `url` if that is given; raises `NotReached`."""
    from arenabridge.accounts.keys import KeyForm
    from arenabridge.app import open_keys

    address = _reached(settings, url)
    keys = open_keys(settings)
    name = f"command line {secrets.token_hex(3)}"
    made, secret = keys.make(KeyForm(name=name, administers=True, expires_at=time.time() + KEY_SECONDS))
    try:
        with httpx.Client(base_url=address, headers={"x-api-key": secret}, timeout=REQUEST_SECONDS) as http:
            yield RunningGateway(http)
    finally:
        keys.forget(made.id)


def _reached(settings: "Settings", url: str | None) -> str:
    """Where a gateway answers, asked without a key: what listens there may be another program by now."""
    from arenabridge.app import own_address

    if url:
        places = [url.rstrip("/").removesuffix("/v1")]
    else:
        configured = own_address(settings, settings.port) if settings.port else None
        places = [found for found in (address_found(settings.data_dir), configured) if found]
    for place in places:
        with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
            if httpx.get(f"{place}/livez", timeout=ALIVE_SECONDS).is_success:
                return place
    raise NotReached(_does_not_answer(*places))


def _does_not_answer(*places: str) -> str:
    where = f" at {places[-1]}" if places else ""
    return f"The gateway{where} does not answer: is it running? If it is elsewhere, name its address with --gateway."
