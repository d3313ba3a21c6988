"""
The one secret of a gateway, from which all others are derived.

It comes from `ARENABRIDGE_SECRET_KEY` or from a file of mode 600 in the data directory that is made at the first start.
Derived secrets (HMAC-SHA256 over a purpose's name) can't be turned back into it or into each other.
"""

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path

FILE_NAME = "secret.key"
ENVIRONMENT_NAME = "ARENABRIDGE_SECRET_KEY"
MIN_LENGTH = 32
"""Characters of a secret that a person sets: shorter ones can be guessed."""


class SecretError(ValueError):
    """The secret can't be used. The message says why, never what it is."""


class Secrets:
    """Secrets by purpose."""

    def __init__(self, master: bytes) -> None:
        self._master = master

    @classmethod
    def load(cls, data_dir: Path, environment: Mapping[str, str]) -> "Secrets":
        given = environment.get(ENVIRONMENT_NAME)
        text = given or _from_file(data_dir / FILE_NAME)
        if len(text) < MIN_LENGTH:
            source = ENVIRONMENT_NAME if given else data_dir / FILE_NAME
            raise SecretError(f"{source} must have at least {MIN_LENGTH} characters.")
        return cls(text.encode("utf-8", "surrogateescape"))

    def derive(self, purpose: str) -> bytes:
        return hmac.digest(self._master, purpose.encode(), hashlib.sha256)

    @property
    def api_key_pepper(self) -> bytes:
        return self.derive("api keys")

    @property
    def set_up(self) -> str:
        """The first administrator's way in, where any of several gateways may be asked."""
        return _text(self.derive("set-up"))

    @property
    def pairing(self) -> str:
        """What the userscript shows to be let in."""
        return _text(self.derive("pairing"))

    @property
    def install(self) -> str:
        """Makes the address of the userscript unguessable, since the script carries the pairing secret."""
        return _text(self.derive("install"))

    def of_browser(self, credential_id: str) -> str:
        """What the script of a person's own browser shows, without its prefix; derived, so that it is kept nowhere."""
        return _text(self.derive(f"browser {credential_id}"))

    def install_of_browser(self, credential_id: str) -> str:
        """Makes the address of that script unguessable."""
        return _text(self.derive(f"install of browser {credential_id}"))


def _text(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode().rstrip("=")


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return _make(path)
    except (OSError, UnicodeError) as error:
        raise SecretError(f"{path} can't be read: {error}") from error


def _make(path: Path) -> str:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = secrets.token_urlsafe(32)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise SecretError(f"{path} is being made by another process. Try again.") from None
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
    return text
