"""
What replicas say to each other through the server's channels. Each has one of its own, and there is one for all.

The first byte tells what it is; scripts say some of it themselves (`lua/queue.lua`).

| byte | says | then |
|---|---|---|
| F | frames | sender (10 bytes), and each frame after its length (4 bytes, big-endian) |
| A | told to all | sender (10), length of the topic (1), topic, payload |
| T | a job of yours was taken | `[job, claimer]` in MessagePack |
| R | a job of yours is back in the queue | job |
| D | who had claimed a job of yours is done with it | job |
| O | the same, said again after an outage: whatever you know of the job, it is over | job |
| Y | a job of yours gave its place in the full queue up to another key's | job |
| W | there are new jobs | |
| G | a replica is gone | the server's time (17), replica |
| P | a beat of your own | |
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from arenabridge.engine.interface import Heard, ReplicaId, Told
from arenabridge.wire.link.messages import JobId

_LENGTH = struct.Struct(">I")
_NAME_BYTES = 10
_TIME_BYTES = 17


@dataclass(frozen=True, slots=True)
class Taken:
    """Another replica has claimed a job of this one."""

    job: JobId
    claimer: ReplicaId


@dataclass(frozen=True, slots=True)
class Returned:
    """A job of this replica, which another had claimed, is in the queue again."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Done:
    """The replica that had claimed a job of this one is done with it."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Over:
    """The same, said again after an outage: no claim of the job may have been heard of either."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Yielded:
    """A job of this replica had to give its place in the full queue up to one of a key that holds less."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Wake:
    """There are jobs that were not there at the last claim."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A replica is dead, or has said goodbye, since a time of the server."""

    at: float
    replica: ReplicaId


@dataclass(frozen=True, slots=True)
class OwnBeat:
    """A replica hears itself."""


Message = Heard | Told | Taken | Returned | Done | Over | Yielded | Wake | Gone | OwnBeat


class NotOurs(ValueError):
    """Something came over a channel that is not one of these messages."""


def frames_message(sender: ReplicaId, frames: Iterable[bytes]) -> bytes:
    parts = [b"F", sender.encode()]
    for frame in frames:
        parts += (_LENGTH.pack(len(frame)), frame)
    return b"".join(parts)


def told_message(sender: ReplicaId, topic: str, payload: bytes) -> bytes:
    name = topic.encode()
    return b"A" + sender.encode() + bytes([len(name)]) + name + payload


def sender_of(data: bytes) -> str:
    """The sender, if the message tells it."""
    return data[1 : 1 + _NAME_BYTES].decode() if data[:1] == b"A" else ""


def decode(data: bytes) -> Message:
    """Raises `NotOurs`."""
    kind, body = data[:1], data[1:]
    try:
        return _decoded(kind, body)
    except (ValueError, struct.error, IndexError, msgspec.DecodeError) as error:
        raise NotOurs(f"a message of kind {kind!r}: {error}") from error


def _decoded(kind: bytes, body: bytes) -> Message:  # noqa: C901, PLR0911 - one for each kind
    match kind:
        case b"F":
            return Heard(ReplicaId(body[:_NAME_BYTES].decode()), tuple(_frames(body)))
        case b"A":
            topic_end = _NAME_BYTES + 1 + body[_NAME_BYTES]
            return Told(body[_NAME_BYTES + 1 : topic_end].decode(), body[topic_end:])
        case b"T":
            job, claimer = msgspec.msgpack.decode(body, type=tuple[JobId, ReplicaId])
            return Taken(job, claimer)
        case b"R":
            return Returned(JobId(body.decode()))
        case b"D":
            return Done(JobId(body.decode()))
        case b"O":
            return Over(JobId(body.decode()))
        case b"Y":
            return Yielded(JobId(body.decode()))
        case b"W":
            return Wake()
        case b"G":
            return Gone(float(body[:_TIME_BYTES]), ReplicaId(body[_TIME_BYTES:].decode()))
        case b"P":
            return OwnBeat()
        case _:
            raise ValueError("nobody says that")


def _frames(body: bytes) -> Iterable[bytes]:
    at = _NAME_BYTES
    while at < len(body):
        (length,) = _LENGTH.unpack_from(body, at)
        at += _LENGTH.size
        yield body[at : at + length]
        at += length
