"""Tabs that have had nothing to do for a long time are reloaded: pages left open for days go stale."""

from arenabridge.hub.hub import Hub
from arenabridge.wire.link import messages as m


class IdleTabs:
    """Asks each tab after so many idle seconds. The tab decides last: not while it shows its person something."""

    def __init__(self, hub: Hub, after_seconds: float) -> None:
        self._hub = hub
        self._after = after_seconds
        self._idle_since: dict[m.WorkerId, float] = {}

    def tick(self, now: float) -> None:
        """Time has passed, in seconds of any clock that only goes on."""
        idle = {state.worker for state in self._hub.workers if state.human is None and not self._is_busy(state.worker)}
        self._idle_since = {worker: self._idle_since.get(worker, now) for worker in idle}
        for worker, since in self._idle_since.items():
            if now - since >= self._after:
                self._idle_since[worker] = now  # it comes back as another worker, or is asked again
                self._hub.roster.say(worker, m.Reload())

    def _is_busy(self, worker: m.WorkerId) -> bool:
        return bool(self._hub.jobs_of(worker) or self._hub.errands.of(worker))
