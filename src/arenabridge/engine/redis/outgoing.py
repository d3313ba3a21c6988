"""
Frames on their way to other replicas.

Those to one replica are joined for a moment (`Pace.joining`) into one message: at a server that several gateways speak
through, it is messages that cost, not bytes. The first after a pause goes at once, so that asking and answering is not
slowed down.
"""

from collections.abc import Iterator

from arenabridge.engine.interface import ReplicaId

MAX_BYTES = 8 * 2**20
"""What may wait for one replica. The server itself gives up a listener that lags by 8 MiB for a minute."""

SMALL_BYTES = 4096
MAX_SMALL_BYTES = 4 * 2**20
"""Room that small frames still have beyond that bound: they say what becomes of jobs."""


class Outgoing:
    """Pure: the clock is given. What has no room is dropped, and counted."""

    def __init__(self, joining: float) -> None:
        self._joining = joining
        self._frames: dict[ReplicaId, list[bytes]] = {}
        self._bytes: dict[ReplicaId, int] = {}
        self._sent_at: dict[ReplicaId, float] = {}
        self._ripe: set[ReplicaId] = set()
        self.dropped = 0
        """Frames."""

    def add(self, to: ReplicaId, frame: bytes, now: float) -> float | None:
        """In how many seconds the frames for this replica are `ripe`, if that was not said yet."""
        size = self._bytes.get(to, 0) + len(frame)
        if size > MAX_BYTES + (MAX_SMALL_BYTES if len(frame) <= SMALL_BYTES else 0):
            self.dropped += 1
            return None
        self._bytes[to] = size
        if to in self._frames:
            self._frames[to].append(frame)
            return None
        self._frames[to] = [frame]
        return max(0.0, self._sent_at.get(to, -self._joining) + self._joining - now)

    def waiting(self, to: ReplicaId) -> int:
        """Bytes."""
        return self._bytes.get(to, 0)

    def ripen(self, to: ReplicaId) -> None:
        """They have waited long enough."""
        if to in self._frames:
            self._ripe.add(to)

    def take(self, now: float, *, unripe: bool = False) -> Iterator[tuple[ReplicaId, list[bytes]]]:
        """Those that are to be sent now."""
        for to in [*self._frames] if unripe else [*self._ripe]:
            self._ripe.discard(to)
            self._sent_at[to] = now
            self._bytes.pop(to)
            yield to, self._frames.pop(to)

    def drop(self) -> None:
        self.dropped += sum(map(len, self._frames.values()))
        self._frames.clear()
        self._bytes.clear()
        self._ripe.clear()

    def forget(self, replica: ReplicaId) -> None:
        """The replica is gone."""
        self.dropped += len(self._frames.pop(replica, ()))
        self._bytes.pop(replica, None)
        self._sent_at.pop(replica, None)
        self._ripe.discard(replica)
