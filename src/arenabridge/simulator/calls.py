"""What a request is for: the names under which the audit and the faults speak of requests."""

from __future__ import annotations

import re
from typing import Literal, get_args

Call = Literal[
    "create-evaluation",
    "post-to-evaluation",
    "retry-evaluation-session-message",
    "sign-up",
    "sign-in",
    "action",
    "page",
    "script",
    "storage",
    "other",
]
CALLS: tuple[Call, ...] = get_args(Call)
STREAM_CALLS: tuple[Call, ...] = CALLS[:3]

STORAGE_PREFIX = "/messages-prod/"
"""Where stored files are while the storage has no origin of its own."""

_STREAM = re.compile(
    r"/(?:nextjs-)?api/stream/(create-evaluation|post-to-evaluation|retry-evaluation-session-message)\b"
)
_SIGN_UP_OR_IN = re.compile(r"/(?:nextjs-)?api/sign-(up|in)(?:/email)?")
_PAGE = re.compile(r"/(?:en|(?:en/)?(?:c/[^/]+|leaderboard(?:/[^/]+)?)?)")


def call_of(method: str, path: str, *, server_action: bool) -> Call:
    """Names a request, whether or not the site version answers it: a wrong prefix is still that call."""
    stream = _STREAM.match(path)
    if stream and method in ("POST", "PUT"):
        return next(call for call in STREAM_CALLS if call == stream[1])
    if signing := _SIGN_UP_OR_IN.fullmatch(path):
        return "sign-up" if signing[1] == "up" else "sign-in"
    if server_action:
        return "action"
    if path.startswith(STORAGE_PREFIX):
        return "storage"
    if path.startswith("/_next/"):
        return "script"
    return "page" if _PAGE.fullmatch(path) and method in ("GET", "HEAD") else "other"
