"""What a request is for: the names under which the audit and the faults speak of requests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arenabridge.simulator.deployment import ActionName

Call = Literal[
    "create-evaluation",
    "post-to-evaluation",
    "retry-evaluation-session-message",
    "sign-up",
    "sign-in",
    "action",
    "upload-url",
    "signed-url",
    "page",
    "script",
    "storage",
    "other",
]
ACTION_CALLS: Mapping[ActionName, Call] = {"generateUploadUrl": "upload-url", "getSignedUrl": "signed-url"}
"""Server actions with a name of their own here; all others, and stale ones, are an `action`."""
CALLS: tuple[Call, ...] = get_args(Call)
STREAM_CALLS: tuple[Call, ...] = CALLS[:3]

STORAGE_PREFIX = "/messages-prod/"
"""Where stored files are while the storage has no origin of its own."""

_STREAM = re.compile(
    r"/(?:nextjs-)?api/stream/(create-evaluation|post-to-evaluation|retry-evaluation-session-message)\b"
)
_SIGN_UP_OR_IN = re.compile(r"/(?:nextjs-)?api/sign-(up|in)(?:/email)?")
_PAGE = re.compile(r"/(?:en|(?:en/)?(?:c/[^/]+|leaderboard(?:/[^/]+)?)?)")


def call_of(method: str, path: str, *, action: Call | None) -> Call:
    """
    Names a request, whether or not the site version answers it: a wrong prefix is still that call.

    `action` is what its `Next-Action` header asks for. The storage may have a host of its own, which is not seen here.
    """
    stream = _STREAM.match(path)
    if stream and method in ("POST", "PUT"):
        return next(call for call in STREAM_CALLS if call == stream[1])
    if signing := _SIGN_UP_OR_IN.fullmatch(path):
        return "sign-up" if signing[1] == "up" else "sign-in"
    if action is not None:
        return action
    if path.startswith("/_next/"):
        return "script"
    return "page" if _PAGE.fullmatch(path) and method in ("GET", "HEAD") else "other"
