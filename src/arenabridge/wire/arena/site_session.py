"""
A person's session at the site, as its cookie holds it. Pure.

The site's sign-in service (Supabase GoTrue) keeps it in the cookie `arena-auth-prod-v1`: `base64-` and the standard
Base64, without padding, of a JSON object with `access_token` (a JWT), `expires_at` (Unix seconds), `refresh_token` and
`user`. A long one, of persons who have signed in, is cut after 3180 characters into `arena-auth-prod-v1.0`, `.1`, …, of
which only the first begins with `base64-` (captures of 2025-11; the same in 2026).
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

import msgspec

COOKIE = "arena-auth-prod-v1"
CHUNK_CHARACTERS = 3180
PREFIX = "base64-"
MAX_CHUNKS = 8
MAX_CHARACTERS = 64 * 1024

_SAFE = re.compile(r"[A-Za-z0-9+/=_-]+")
_PART = re.compile(rf"{re.escape(COOKIE)}(?:\.(\d+))?\s*[=:\t]\s*\"?([A-Za-z0-9+/=_\-%.]*)\"?")


class NotASession(ValueError):
    """What was given is not a session of the site. The message says why, never what was given."""


class _User(msgspec.Struct):
    id: str = ""
    email: str | None = ""
    is_anonymous: bool = False


class _Body(msgspec.Struct):
    access_token: str
    expires_at: float = 0
    user: _User = msgspec.field(default_factory=_User)


class _Claims(msgspec.Struct):
    exp: float = 0


class SiteSession(msgspec.Struct, frozen=True):
    """A session, with its secret."""

    value: str
    """The cookie's value, whole."""
    expires_at: float
    """Unix seconds."""
    user: str = ""
    """The site's id of its person."""
    email: str = ""
    is_anonymous: bool = False

    def cookies(self) -> dict[str, str]:
        """As the site's own page would keep it."""
        if len(self.value) <= CHUNK_CHARACTERS:
            return {COOKIE: self.value}
        starts = range(0, len(self.value), CHUNK_CHARACTERS)
        return {f"{COOKIE}.{n}": self.value[at : at + CHUNK_CHARACTERS] for n, at in enumerate(starts)}


def read_session(text: str) -> SiteSession:
    """
    The session in what a person has pasted: the cookie's value, its pieces, one a line, or a `Cookie` header.

    Programs that keep cookies may write `+`, `/` and `=` as `%2B`, `%2F` and `%3D`. Raises `NotASession`.
    """
    if len(text) > MAX_CHARACTERS:
        raise NotASession("This is far longer than a session of the site.")
    text = unquote(text)
    named = _PART.findall(text)
    if named:
        return decoded(_joined({number: value for number, value in named if value}))
    return decoded("".join(text.split()).strip("\"'"))


def of_set_cookies(headers: Sequence[str]) -> SiteSession | None:
    """The session that `Set-Cookie` headers begin, if they begin one; raises `NotASession` for a broken one."""
    pieces: dict[str, str] = {}
    for header in headers:
        name, _, value = header.partition(";")[0].strip().partition("=")
        if name == COOKIE or name.startswith(f"{COOKIE}."):
            pieces[name[len(COOKIE) + 1 :]] = value.strip('"')
    joined = _joined({number: value for number, value in pieces.items() if value})
    return decoded(joined) if joined else None


def decoded(value: str) -> SiteSession:
    """Read a whole value; raises `NotASession`."""
    if not value.startswith(PREFIX):
        raise NotASession(
            f"A session of the site begins with `{PREFIX}`. Copy the whole value of {COOKIE}, or all of its pieces."
        )
    encoded = value.removeprefix(PREFIX).rstrip("=")
    if not _SAFE.fullmatch(encoded):
        raise NotASession("There are characters in it that no session has. Copy it again.")
    try:
        plain = base64.b64decode(encoded.replace("-", "+").replace("_", "/") + "=" * (-len(encoded) % 4), validate=True)
        body = msgspec.json.decode(plain, type=_Body, strict=False)
    except (ValueError, binascii.Error, msgspec.DecodeError, UnicodeError, RecursionError):
        raise NotASession(
            "It is cut off or broken: it can't be decoded. Copy it again, with all of its pieces."
        ) from None
    if body.access_token.count(".") != 2:
        raise NotASession("It holds no access token.")
    expires_at = body.expires_at or _expiry_of(body.access_token)
    return SiteSession(PREFIX + encoded, expires_at, body.user.id, body.user.email or "", body.user.is_anonymous)


def _joined(pieces: Mapping[str, str]) -> str:
    if "" in pieces:
        return pieces[""]
    numbers = [str(number) for number in range(len(pieces))]
    if len(pieces) > MAX_CHUNKS or set(numbers) != set(pieces):
        raise NotASession(f"Pieces of it are missing: {COOKIE}.0, .1 and so on are needed, without a gap.")
    return "".join(pieces[number] for number in numbers)


def _expiry_of(token: str) -> float:
    claims = token.split(".")[1]
    try:
        plain = base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))
        return msgspec.json.decode(plain, type=_Claims, strict=False).exp
    except (ValueError, binascii.Error, msgspec.DecodeError):
        return 0.0
