"""
The site's own check of its page: a token for each generating call that only the page's own function makes.

What the real token holds is unknown (captures show 1721 to 1785 opaque characters); what it does is not: it is good
once, for a short time, for the visitor and the page it was made in, and only where somebody is using that page. Here
each served page gets a key, and its function (`page/check.js`) signs what the page has seen under it:
`<claims>.<HMAC-SHA256 of that text>`, both in Base64url, the claims being JSON of `PageClaims`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from arenabridge.simulator.identifiers import uuid7

if TYPE_CHECKING:
    from arenabridge.simulator.audit import Exchange
    from arenabridge.simulator.calls import Call
    from arenabridge.simulator.settings import SiteSettings
    from arenabridge.simulator.visitors import Visitors

PAGES_KEPT = 5_000
"""Tokens of the oldest page are unknown when one more than these was served."""
TOKENS_KEPT = 50_000
"""The oldest used token is forgotten when one more than these was used; it has expired by then."""
DIGEST_HEADER = "x-page-digest"
"""The page's SHA-256 (hexadecimal) of the body text that it gave to its `fetch`."""

CheckField = Literal["recaptchaV3Token", "recaptchaV2Token"]
Verdict = Literal["accepted", "missing", "reused", "expired", "foreign", "untouched", "rejected", "unknown"]
"""
`foreign`: made in a page of another visitor. `untouched`: the page saw nobody type and press. `rejected`: right, but
refused all the same (`check_rejections`). `unknown`: no page made it, or not for this kind of call.
"""
_ACTIONS: dict[Call, str] = {
    "create-evaluation": "chat_submit",
    "post-to-evaluation": "chat_submit",
    "retry-evaluation-session-message": "chat_retry",
}


class PageClaims(msgspec.Struct, frozen=True):
    """What the page's function says of itself; `salt` makes the token as long as the real one."""

    page: str
    field: str
    action: str
    at: int
    """Unix milliseconds."""
    typed: int
    """Input events that the page's own handler saw since its last token."""
    pressed: int
    """Presses of its send or retry button, or of its visible check."""
    salt: str = ""


class _Tokens(msgspec.Struct, frozen=True):
    """The fields of any body that may carry a token."""

    v3: Any = msgspec.field(name="recaptchaV3Token", default=None)
    v2: Any = msgspec.field(name="recaptchaV2Token", default=None)


@dataclass
class PageKey:
    """What a served page was given to sign with."""

    page: str
    key: str
    owner: str | None
    """The visitor; None: nobody yet, and then the first one who uses it."""


class Check:
    """Gives keys to pages and judges what generating calls bring."""

    def __init__(self, settings: SiteSettings, visitors: Visitors) -> None:
        self._settings = settings
        self._visitors = visitors
        self._pages: OrderedDict[str, PageKey] = OrderedDict()
        self._used: OrderedDict[str, None] = OrderedDict()

    def page_key(self, owner: str | None) -> PageKey:
        """For a page that is being served to this visitor."""
        made = PageKey(uuid7(), secrets.token_hex(32), owner)
        self._pages[made.page] = made
        if len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        return made

    def judge(self, exchange: Exchange, body: bytes) -> None:
        """Notes at the exchange of a generating call what token it brought and what that is worth, and uses it up."""
        exchange.check_field, token = _carried(body)
        digest = exchange.headers.get(DIGEST_HEADER)
        exchange.altered = None if digest is None else digest != hashlib.sha256(body).hexdigest()
        verdict = self._verdict(exchange, token)
        exchange.verdict = "rejected" if self._is_rejected(exchange, verdict) else verdict

    def passes(self, exchange: Exchange) -> bool:
        """Whether the site of the moment answers a call with that verdict."""
        if exchange.verdict == "rejected":
            return False
        return self._settings.check == "ignore" or exchange.verdict == "accepted"

    def clear(self) -> None:
        self._pages.clear()
        self._used.clear()

    def _verdict(self, exchange: Exchange, token: str) -> Verdict:
        if exchange.check_field is None:
            return "missing"
        claims = self._claims(token)
        if claims is None or claims.field != exchange.check_field:
            return "unknown"
        if claims.action != ("visible_check" if claims.field == "recaptchaV2Token" else _ACTIONS[exchange.call]):
            return "unknown"
        if token in self._used:
            return "reused"
        self._used[token] = None
        if len(self._used) > TOKENS_KEPT:
            self._used.popitem(last=False)
        return self._worth(claims, self._pages[claims.page], exchange)

    def _worth(self, claims: PageClaims, page: PageKey, exchange: Exchange) -> Verdict:
        """The verdict on a token that this page made and nobody has used."""
        visit = self._visitors.of_cookies(exchange.cookies)
        if visit is not None and page.owner is None:
            page.owner = visit.user_id
        if visit is None or visit.user_id != page.owner:
            return "foreign"
        if time.time() - claims.at / 1000 >= self._settings.check_seconds:
            return "expired"
        touched = claims.pressed > 0 and (claims.typed > 0 or claims.action != "chat_submit")
        return "accepted" if touched else "untouched"

    def _is_rejected(self, exchange: Exchange, verdict: Verdict) -> bool:
        """A right token of the silent check may be refused; where nothing is checked, so may a missing one."""
        settings = self._settings
        due = exchange.check_field != "recaptchaV2Token" and (verdict == "accepted" or settings.check == "ignore")
        if not due or settings.check_rejections <= 0:
            return False
        settings.check_rejections -= 1
        return True

    def _claims(self, token: str) -> PageClaims | None:
        """The claims of a token that one of our pages has signed."""
        text, _, signature = token.partition(".")
        try:
            claims = msgspec.json.decode(_plain(text), type=PageClaims)
            signed = _plain(signature)
        except (msgspec.DecodeError, binascii.Error, UnicodeEncodeError):
            return None
        page = self._pages.get(claims.page)
        if page is None:
            return None
        right = hmac.digest(bytes.fromhex(page.key), text.encode(), "sha256")
        return claims if hmac.compare_digest(right, signed) else None


def _carried(body: bytes) -> tuple[CheckField | None, str]:
    """The field of the body that carries a token, and the token; one that is not a string was made by nobody."""
    try:
        given = msgspec.json.decode(body, type=_Tokens)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, ""
    for field, token in (("recaptchaV3Token", given.v3), ("recaptchaV2Token", given.v2)):
        if token:
            return cast("CheckField", field), token if isinstance(token, str) else ""
    return None, ""


def _plain(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
