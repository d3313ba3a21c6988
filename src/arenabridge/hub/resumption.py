"""
Which page may bring which worker's jobs along, proved by a key that works once.

The key is known to the page alone: it lives in its memory, so a duplicated tab does not have it.
"""

import secrets
from dataclasses import dataclass

from arenabridge.wire.link.messages import WorkerId

KEEP_SECONDS = 120.0
"""How long the key of a worker that has left is kept: longer than any job is kept for it."""


@dataclass(slots=True)
class _Page:
    worker: WorkerId
    left: float | None = None
    """When its connection ended."""


class Resumption:
    """Keys of all workers, and of those that left lately."""

    def __init__(self) -> None:
        self._pages: dict[str, _Page] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def issue(self, worker: WorkerId) -> str:
        key = secrets.token_urlsafe(24)
        self._pages[key] = _Page(worker)
        return key

    def redeem(self, key: str) -> WorkerId | None:
        """Whose it was; it is void from now on."""
        page = self._pages.pop(key, None)
        return page.worker if page else None

    def left(self, worker: WorkerId, now: float) -> None:
        for page in self._pages.values():
            if page.worker == worker:
                page.left = now

    def tick(self, now: float) -> None:
        for key, page in list(self._pages.items()):
            if page.left is not None and now - page.left > KEEP_SECONDS:
                del self._pages[key]
