"""
What two replicas of a fleet say to each other while one lends the other a worker for a job.

The holder has the worker's connection, the home has the client's. The holder claims a job from the common queue when
one of its workers has a free slot, and lends that worker to the job's home; from then on the home speaks with the
worker as with one of its own, and the holder is a pipe::

    holder                                       home
    lend{lease, job, worker}               ->
                                           <-    say{lease, "offer…"}, say{lease, "go…"}, piece{lease, …}
    said{lease, "accept…"}, said{…}        ->
                                           <-    over{lease, …}          the slot is free; the pipe stays for errands
                                           <-    close{lease}            or, from the holder, gone{lease, may_return}

A page that comes back to any replica brings its jobs along; the replica it came to lends it to each job's home again
(`epoch` is then the grant that it carries). Frames may be lost together with what carries them: the numbers of what
workers report show it, and the page is then asked to come back and say again what has not arrived.

Once a second a home names its leases to their holders, so that neither keeps one that the other has given up.

Each frame is one byte for its kind, the lease in ASCII and a NUL, then a message as on the link, or JSON of one of the
structures here.
"""

from typing import NewType

import msgspec

from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link.messages import How, Human, JobId, WorkerId

LeaseId = NewType("LeaseId", str)
"""One lending of one worker to one home; the holder makes it up."""


class Lent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The worker as far as a home needs it; see `hub.workers.worker.WorkerState` and `dispatch.events.Terms`."""

    worker: WorkerId
    origin: str
    profile: str
    script: str
    page: str
    how: tuple[How, ...]
    name: str = ""
    resumes: bool = False
    visible: bool = True
    transport: str = "ws"
    uses_page: bool = False
    human: Human | None = None
    credential: str = ""
    owner: str = ""
    """The person whose worker it is; empty for a gateway's own."""


class Lend(msgspec.Struct, frozen=True, kw_only=True, tag="lend", omit_defaults=True):
    """The holder has a slot for this job."""

    job: JobId
    worker: Lent
    epoch: int | None = None
    """The page carries this grant of the job, and is to go on with it."""


class Over(msgspec.Struct, frozen=True, kw_only=True, tag="over", omit_defaults=True):
    """The home no longer needs the slot; with what it has learned of the worker."""

    served: How | None = None
    failed: tuple[str, str] | None = None
    """The error's code and words."""
    tells: bool = False
    """The failure says something of the worker and the model."""
    refused: bool = False
    """It did not take the offer."""
    again: bool = False
    """The job waits again: the holder, who claimed it, puts it back into the queue."""


class NeedsPerson(msgspec.Struct, frozen=True, kw_only=True, tag="needs_person"):
    """The site refused because the worker's person is needed."""

    kind: HumanKind
    words: str


class Gone(msgspec.Struct, frozen=True, kw_only=True, tag="gone", omit_defaults=True):
    """The worker has left its holder."""

    may_return: bool = False


class Close(msgspec.Struct, frozen=True, kw_only=True, tag="close", omit_defaults=True):
    """The home no longer needs the worker; with `cut` its connection is ended, so that it comes back."""

    cut: bool = False


class Named(msgspec.Struct, frozen=True, kw_only=True, tag="named", omit_defaults=True):
    """The leases that the home has of this holder, every second or so; their own frames may have been lost."""

    held: tuple[LeaseId, ...] = ()
    over: tuple[LeaseId, ...] = ()
    """Whose slots are free."""


class Missing(msgspec.Struct, frozen=True, kw_only=True, tag="missing"):
    """Leases that the home has named, and that the holder does not know."""

    leases: tuple[LeaseId, ...]


class Said(msgspec.Struct, frozen=True, tag="said"):
    """A message of the worker, as on the link."""

    frame: bytes


class Say(msgspec.Struct, frozen=True, tag="say"):
    """A message for the worker, as on the link."""

    frame: bytes


class Piece(msgspec.Struct, frozen=True, tag="piece"):
    """A part of a file that belongs to an errand; an empty one is its end."""

    errand: JobId
    content: bytes


FromHolder = Lend | Said | Gone | Missing
FromHome = Say | Piece | Over | NeedsPerson | Close | Named
Message = FromHolder | FromHome

MISSED_SECONDS = 3.0
"""A lease that is younger may not have been heard of yet."""

MAX_PIECE_BYTES = 256 * 1024

_SAID, _SAY, _PIECE, _OTHER = b"s", b"g", b"f", b"j"


class Malformed(ValueError):
    """Not a frame of this protocol: another version may be at work in the fleet."""


_encoder = msgspec.json.Encoder()
_Structured = Lend | Gone | Missing | Over | NeedsPerson | Close | Named
_decoder: msgspec.json.Decoder[_Structured] = msgspec.json.Decoder(_Structured)


def encode(lease: LeaseId, message: Message) -> bytes:
    head = lease.encode("ascii") + b"\0"
    match message:
        case Said(frame):
            return _SAID + head + frame
        case Say(frame):
            return _SAY + head + frame
        case Piece(errand, content):
            return _PIECE + head + errand.encode("ascii") + b"\0" + content
        case _:
            return _OTHER + head + _encoder.encode(message)


def decode(frame: bytes) -> tuple[LeaseId, Message]:
    """Raises `Malformed`."""
    kind = frame[:1]
    lease, found, rest = frame[1:].partition(b"\0")
    if not found or not lease.isascii():
        raise Malformed("a frame without a lease")
    return LeaseId(lease.decode("ascii")), _read(kind, rest)


def _read(kind: bytes, rest: bytes) -> Message:
    match kind:
        case b"s":
            return Said(rest)
        case b"g":
            return Say(rest)
        case b"f":
            errand, found, content = rest.partition(b"\0")
            if not found or not errand.isascii():
                raise Malformed("a piece without an errand")
            return Piece(JobId(errand.decode("ascii")), content)
        case b"j":
            try:
                return _decoder.decode(rest)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
                raise Malformed(str(error)) from error
        case _:
            raise Malformed(f"a frame of unknown kind {kind!r}")
