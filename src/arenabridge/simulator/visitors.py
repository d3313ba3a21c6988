"""Who is signed in: anonymous users, their session cookies, expiry and renewal."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from arenabridge.simulator.identifiers import uuid7

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "arena-auth-prod-v1"
PROVISIONAL_COOKIE = "provisional_user_id"
SESSIONS_KEPT = 20_000
"""The oldest session is forgotten (its holder is then signed out) when one more than these begins."""
ISSUER = "https://simulated.supabase.invalid/auth/v1"


@dataclass(frozen=True)
class Visit:
    """One session of one anonymous user, as the site gave it out."""

    user_id: str
    access_token: str
    issued_at: int
    expires_at: int
    body: Mapping[str, Any]
    """The session object of the sign-in service (Supabase GoTrue), as the cookie and the sign-up answer carry it."""

    @property
    def cookie(self) -> str:
        """`base64-` and standard Base64 without padding."""
        return "base64-" + _base64(json.dumps(self.body, separators=(",", ":")).encode())


class Visitors:
    """All sessions given out. A cookie that the site did not give out is nobody's."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}

    def sign_in(self, lifetime_seconds: int, user_id: str | None = None) -> Visit:
        """Begins a session for a new anonymous user, or another one for a known user."""
        visit = _new_visit(user_id or uuid7(), int(time.time()), lifetime_seconds)
        self._visits[visit.access_token] = visit
        if len(self._visits) > SESSIONS_KEPT:
            del self._visits[next(iter(self._visits))]
        return visit

    def of_cookies(self, cookies: Mapping[str, str]) -> Visit | None:
        """The session, live or expired, that the request's cookies stand for."""
        token = _access_token(session_cookie(cookies))
        return self._visits.get(token) if token else None

    def live(self, cookies: Mapping[str, str]) -> Visit | None:
        visit = self.of_cookies(cookies)
        return visit if visit and visit.expires_at > time.time() else None

    def clear(self) -> None:
        self._visits.clear()


def session_cookie(cookies: Mapping[str, str]) -> str:
    """The session cookie's value: whole, or joined from `.0`, `.1`, … when a long one was cut."""
    whole = cookies.get(COOKIE, "")
    if whole:
        return whole
    chunks: list[str] = []
    while chunk := cookies.get(f"{COOKIE}.{len(chunks)}"):
        chunks.append(chunk)
    return "".join(chunks)


def _access_token(cookie: str) -> str | None:
    if not cookie.startswith("base64-"):
        return None
    encoded = cookie.removeprefix("base64-")
    try:
        session = json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))
    except (ValueError, binascii.Error):
        return None
    token = session.get("access_token") if isinstance(session, dict) else None
    return token if isinstance(token, str) else None


def _new_visit(user_id: str, now: int, lifetime_seconds: int) -> Visit:
    claims = {
        "iss": ISSUER,
        "sub": user_id,
        "aud": "authenticated",
        "exp": now + lifetime_seconds,
        "iat": now,
        "email": "",
        "phone": "",
        "app_metadata": {},
        "user_metadata": {"id": user_id},
        "role": "authenticated",
        "aal": "aal1",
        "amr": [{"method": "anonymous", "timestamp": now}],
        "session_id": uuid7(),
        "is_anonymous": True,
    }
    token = ".".join((_part({"alg": "ES256", "typ": "JWT"}), _part(claims), secrets.token_urlsafe(64)))
    body = {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": lifetime_seconds,
        "expires_at": now + lifetime_seconds,
        "refresh_token": secrets.token_hex(6),
        "user": _user(user_id, now),
    }
    return Visit(user_id, token, now, now + lifetime_seconds, body)


def _user(user_id: str, now: int) -> dict[str, Any]:
    moment = datetime.fromtimestamp(now, UTC).isoformat()
    return {
        "id": user_id,
        "aud": "authenticated",
        "role": "authenticated",
        "email": "",
        "phone": "",
        "app_metadata": {},
        "user_metadata": {"id": user_id},
        "identities": [],
        "created_at": moment,
        "last_sign_in_at": moment,
        "updated_at": moment,
        "is_anonymous": True,
    }


def _part(claims: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims, separators=(",", ":")).encode()).decode().rstrip("=")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
