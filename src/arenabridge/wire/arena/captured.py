"""
A site session that a person has set aside for us: its id and that of one of its answers, as seen when they press Retry.

The earlier bridges worked in such sessions alone. Pressing the button sends
`PUT …/retry-evaluation-session-message/{session}/messages/{message}`; whose answer it was decides who answers again.
"""

from typing import Literal

import msgspec

from arenabridge.wire.reply import Participant

CapturedMode = Literal["direct", "battle"]

_ID = "([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"

RETRY_PATH = rf"^/(?:nextjs-)?api/stream/retry-evaluation-session-message/{_ID}/messages/{_ID}$"
"""The path of that request, before and since 2025-08-27; its groups are the session and the message. JavaScript reads
it as Python does."""


class CapturedSession(msgspec.Struct, frozen=True, kw_only=True):
    """Times in seconds since 1970, UTC."""

    id: str
    """Our own id for it."""
    session: str
    message: str
    """The answer that was made again."""
    mode: CapturedMode = "direct"
    target: Participant = "a"
    """Whose answer it was, in a battle."""
    model: str | None = None
    """The name of the model that it is for; None for all."""
    label: str = ""
    created_at: float = 0.0
    last_used_at: float | None = None
    failures: int = 0
    """How often in a row the site said that it does not know the session."""
