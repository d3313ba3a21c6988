"""
The beats of a replica, from a thread of its own.

The loop may be busy for seconds with a large request, and the others would take it for dead.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from arenabridge.engine.interface import ReplicaId
from arenabridge.engine.redis.pace import Pace
from arenabridge.engine.redis.scripts import BEAT

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sign:
    """What a beat says; replaced by the loop whenever it changes."""

    about: bytes = b""
    epoch: str = ""
    others: tuple[ReplicaId, ...] = ()


@dataclass(frozen=True, slots=True)
class Beat:
    """What the server answers."""

    epoch: str
    at: float
    """By the server's clock."""
    was_unknown: bool
    """This replica had been counted among the dead, or the server has lost its data."""
    replicas: Mapping[ReplicaId, bytes]
    """All replicas that are not dead, including this one."""
    silent: frozenset[ReplicaId]
    """Those of them that have not been heard for longer than a lease."""


class _Head(msgspec.Struct, array_like=True):
    epoch: str
    at: float
    was_unknown: bool
    replicas: list[tuple[ReplicaId, float]]


class Heart:
    """`on_beat` is called in the thread, with each beat that succeeded."""

    def __init__(self, url: str, prefix: str, me: ReplicaId, pace: Pace, on_beat: Callable[[Beat], None]) -> None:
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=pace.beat,
            socket_connect_timeout=pace.beat,
            max_connections=1,
        )
        self._script = self._client.register_script(BEAT)
        self._prefix = prefix
        self._me = me
        self._pace = pace
        self._on_beat = on_beat
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go, name="beats", daemon=True)
        self.sign = Sign()

    def start(self) -> None:
        """Or go on."""
        if self._thread.ident is None:
            self._thread.start()

    def stop(self) -> None:
        """Waits for a beat that is under way, a third of a lease at most."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._client.close()

    def _go(self) -> None:
        while not self._stopped.is_set():
            try:
                beat = self._beat()
            except (redis.RedisError, OSError):
                pass  # the loop's own connection notices, and says so
            except Exception:  # noqa: BLE001 - whatever it is, the next beat may be better, and without any the others bury us
                _log.exception("a beat failed")
            else:
                self._on_beat(beat)
            self._stopped.wait(self._pace.beat)

    def _beat(self) -> Beat:
        sign = self.sign
        arguments: list[str | bytes | float] = [self._me, self._pace.lease, sign.about, sign.epoch, *sign.others]
        answer: Any = self._script(keys=[self._prefix], args=arguments)
        head = msgspec.msgpack.decode(answer[0], type=_Head, strict=False)
        said = {replica: what for (replica, _), what in zip(head.replicas, answer[1:], strict=True)}
        silent = frozenset(replica for replica, seconds in head.replicas if seconds > self._pace.lease)
        return Beat(head.epoch, head.at, head.was_unknown, said, silent)
