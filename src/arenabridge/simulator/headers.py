"""The response headers of streams, as captured in Nov and Dec 2025."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from arenabridge.simulator.calls import Call
    from arenabridge.simulator.versions import Generation

WINDOW_SECONDS = 300
WINDOW_LIMIT = 3000
REQUEST_LIMIT = 240
"""`ratelimit-limit` of Dec 2025; 60 and, in 2026, 10 or 30 were seen too."""

EDGE_HEADERS = (("server", "cloudflare"), ("cf-cache-status", "DYNAMIC"), ("x-vercel-cache", "MISS"))

MATCHED_PATHS: dict[Call, str] = {
    "create-evaluation": "/stream/create-evaluation",
    "post-to-evaluation": "/stream/post-to-evaluation/[id]",
    "retry-evaluation-session-message": (
        "/stream/retry-evaluation-session-message/[evaluationSessionId]/messages/[messageId]"
    ),
}


class RateCounter:
    """Counts streams per window. It only feeds the headers: refusals are faults."""

    def __init__(self) -> None:
        self._window = 0
        self._counted = 0

    def next(self, now: float) -> tuple[int, int]:
        """Counts one; how many this window had, and the seconds until it ends."""
        window = int(now // WINDOW_SECONDS)
        if window != self._window:
            self._window, self._counted = window, 0
        self._counted += 1
        return self._counted, int((window + 1) * WINDOW_SECONDS - now)


def stream_headers(
    call: Call, generation: Generation, counter: RateCounter, quota: Sequence[tuple[str, str]] = ()
) -> list[tuple[bytes, bytes]]:
    """
    Content type `text/event-stream`, though the body is none; request ids; and the rate-limit family.

    A picture model's `quota` takes the place of the usual limit.
    """
    now = time.time()
    counted, seconds_left = counter.next(now)
    usual = [
        ("ratelimit", f"limit={WINDOW_LIMIT}, remaining={max(0, WINDOW_LIMIT - counted)}, reset={seconds_left}"),
        ("ratelimit-policy", f"{WINDOW_LIMIT};w={WINDOW_SECONDS}"),
    ]
    named = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        ("access-control-allow-origin", "*"),
        ("cf-ray", f"{secrets.token_hex(8)}-FRA"),
        ("x-request-id", secrets.token_hex(16)),
        ("x-vercel-id", f"fra1::iad1::{secrets.token_hex(5)}"),
        ("x-matched-path", generation.prefix + MATCHED_PATHS[call]),
        *(quota or usual),
        *EDGE_HEADERS,
    ]
    if generation.counts_requests:
        named += [
            ("ratelimit-limit", str(REQUEST_LIMIT)),
            ("ratelimit-remaining", str(max(0, REQUEST_LIMIT - counted))),
            ("ratelimit-reset", str(int(now) + seconds_left)),
        ]
    return [(name.encode(), value.encode()) for name, value in named]
