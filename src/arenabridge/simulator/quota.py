"""The quota of picture models: so many answers for each visitor and hour, and the headers that tell of it."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from arenabridge.simulator.refusals import picture_quota_used

if TYPE_CHECKING:
    from arenabridge.simulator.settings import SiteSettings

WINDOW_SECONDS = 3600
"""For visitors who had signed in, Nov 2025: three pictures an hour; anonymous ones had one a day."""
VISITORS_KEPT = 5_000
"""The oldest visitor's count begins again when one more than these has asked for a picture."""


class PictureQuota:
    """Counts each visitor's answers with pictures, from the first one of an hour."""

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, user_id: str) -> None:
        """Raises the 429 for a visitor who has none left."""
        used, seconds_left = self._state(user_id)
        if 0 < self._settings.picture_quota <= used:
            raise picture_quota_used(seconds_left)

    def take(self, user_id: str) -> list[tuple[str, str]]:
        """Uses one up; the headers for its stream, none without a quota."""
        limit = self._settings.picture_quota
        if not limit:
            return []
        used, seconds_left = self._state(user_id)
        self._used[user_id] = (time.time() - WINDOW_SECONDS + seconds_left, used + 1)
        if len(self._used) > VISITORS_KEPT:
            self._used.popitem(last=False)
        return [
            ("ratelimit", f"limit={limit}, remaining={max(0, limit - used - 1)}, reset={seconds_left}"),
            ("ratelimit-policy", f"{limit};w={WINDOW_SECONDS}"),
        ]

    def _state(self, user_id: str) -> tuple[int, int]:
        """How many are used, and the seconds until they count no more."""
        now = time.time()
        since, used = self._used.get(user_id, (now, 0))
        return (used, round(since + WINDOW_SECONDS - now)) if now - since < WINDOW_SECONDS else (0, WINDOW_SECONDS)

    def clear(self) -> None:
        self._used.clear()
