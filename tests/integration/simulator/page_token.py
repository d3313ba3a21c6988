"""What the page's own function makes of what the page was served with, for clients without a browser."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from typing import Any


def page_token(html: str, **claims: Any) -> str:
    """A token as the page of this HTML would make it for a message that was typed and sent; `claims` say otherwise."""
    page = _told(html, "page")
    said = {"page": page, "field": "recaptchaV3Token", "action": "chat_submit", "at": round(time.time() * 1000)}
    text = _base64url(json.dumps(said | {"typed": 1, "pressed": 1, "salt": ""} | claims).encode())
    return f"{text}.{_base64url(hmac.digest(bytes.fromhex(_told(html, 'page-key')), text.encode(), 'sha256'))}"


def digest_header(body: str) -> dict[str, str]:
    return {"x-page-digest": hashlib.sha256(body.encode()).hexdigest()}


def _told(html: str, name: str) -> str:
    found = re.search(rf' data-{name}="([^"]*)"', html)
    assert found is not None
    return found[1]


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
