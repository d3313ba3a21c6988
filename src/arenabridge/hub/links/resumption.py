"""
Which page may bring which worker's jobs along, proved by a key that is changed with each connection.

The key is known to the page alone: it lives in its memory, so a duplicated tab does not have it. The answer that brings
the page its next key may be lost like anything else, so the one it came with works until the page has spoken after it.
"""

import secrets
from dataclasses import dataclass

from arenabridge.wire.link.messages import WorkerId

LONGER_SECONDS = 90.0
"""How much longer the key of a worker that has left is kept than its jobs: it may still say what it lost."""


@dataclass(slots=True)
class _Page:
    worker: WorkerId
    left: float | None = None
    """When its connection ended."""


class Resumption:
    """Keys of all workers, and of those that left lately; `grace_seconds` is how long jobs are kept for the latter."""

    def __init__(self, grace_seconds: float) -> None:
        self._keep_seconds = grace_seconds + LONGER_SECONDS
        self._pages: dict[str, _Page] = {}

    def __len__(self) -> int:
        return len(self._pages)

    def issue(self, worker: WorkerId, *, instead_of: str = "") -> str:
        """A new key for the worker's page, which came with an earlier one or with none."""
        if (page := self._pages.get(instead_of)) is not None:
            page.worker, page.left = worker, None
        key = secrets.token_urlsafe(24)
        self._pages[key] = _Page(worker)
        return key

    def redeem(self, key: str) -> WorkerId | None:
        """Whose key it is. Others of the same page are void from now on: older ones, and those that never arrived."""
        page = self._pages.get(key)
        if page is None:
            return None
        self._keep_only(key, page.worker)
        return page.worker

    def confirm(self, worker: WorkerId) -> None:
        """The page has spoken, so its new key has arrived: the one it came with is void."""
        keys = [key for key, page in self._pages.items() if page.worker == worker]
        if keys:
            self._keep_only(keys[-1], worker)

    def _keep_only(self, kept: str, worker: WorkerId) -> None:
        for key, page in list(self._pages.items()):
            if page.worker == worker and key != kept:
                del self._pages[key]

    def left(self, worker: WorkerId, now: float) -> None:
        for page in self._pages.values():
            if page.worker == worker:
                page.left = now

    def tick(self, now: float) -> None:
        for key, page in list(self._pages.items()):
            if page.left is not None and now - page.left > self._keep_seconds:
                del self._pages[key]
