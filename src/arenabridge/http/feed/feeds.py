"""The states that dashboards follow: one for each circle of people who may see the same."""

from collections.abc import Callable

from arenabridge.http.feed.live import LiveState
from arenabridge.http.feed.patch import Facts

MAX_FEEDS = 256
"""States kept; those nobody listens to make way."""


class Feeds:
    """Made when they are first asked for."""

    def __init__(self) -> None:
        self._feeds: dict[str, LiveState] = {}

    def get(self, circle: str, look: Callable[[], Facts]) -> LiveState:
        """`look` is used if there is none yet."""
        if circle not in self._feeds:
            if len(self._feeds) >= MAX_FEEDS:
                self._feeds = {name: feed for name, feed in self._feeds.items() if feed.has_listeners}
            self._feeds[circle] = LiveState(look)
        return self._feeds[circle]

    def tick(self, *, closing: bool) -> None:
        """Time has passed; called a few times a second."""
        for feed in self._feeds.values():
            if closing:
                feed.end()
            elif feed.has_listeners:
                feed.look_again()
