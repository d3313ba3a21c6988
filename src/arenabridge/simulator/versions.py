"""What each generation of the site expects: path prefix, body shapes and headers, by date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arenabridge.simulator.settings import SiteVersion


@dataclass(frozen=True)
class Generation:
    """The rules of one generation."""

    prefix: str
    """`/api` until 2025-08-26, `/nextjs-api` from the day after."""
    bodies_list_messages: bool
    """Until 2025-11-06 the caller sent the whole history as `messages`; then only `userMessage`."""
    retry_trusts_messages: bool
    """Until Nov 2025 a retry's body could bring a history of its own; from Dec 2025 it holds the token alone."""
    counts_requests: bool
    """From Dec 2025: `ratelimit-limit`, `ratelimit-remaining`, `ratelimit-reset` on every stream."""
    camel_case_sign_up: bool
    """2026: `turnstileToken`, `recaptchaToken`, `provisionalUserId` instead of `turnstile_token`."""
    takes_any_url: bool
    """Until autumn 2025 an attachment could be a `data:` URI or on another host; now it has to be uploaded."""


GENERATIONS: Mapping[SiteVersion, Generation] = {
    "2025-08": Generation("/api", True, True, False, False, True),
    "2025-10": Generation("/nextjs-api", True, True, False, False, True),
    "2025-11": Generation("/nextjs-api", False, True, False, False, False),
    "2025-12": Generation("/nextjs-api", False, False, True, False, False),
    "2026": Generation("/nextjs-api", False, False, True, True, False),
}
