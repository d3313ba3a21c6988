"""
What gateway and worker say to each other over the link, version 2.

JSON text frames, each an object whose `type` names it. The worker speaks first (`hello`), the gateway answers with
`welcome` or `refused`. A job then runs as::

    gateway                                worker
    offer{job, how}                  ->
                                     <-    accept{job, account}            or  refuse{job, why}
    go{job, epoch, step}             ->
                                     <-    start{job, epoch, seq}          the request is about to leave
                                     <-    head{job, epoch, seq, status}
                                     <-    chunks[[job, epoch, seq, text]] of all jobs, one frame per event-loop turn
                                     <-    end{job, epoch, seq}            or  failed{job, epoch, seq, kind}
    cancel{job}                      ->    at any time

An errand is a request of the gateway's own that costs no quota (a file on its way to the site or from it). It has an id
like a job's, takes no slot, and is reported as an attempt of epoch 0 is; files follow `errand` in binary frames::

    errand{errand, step}             ->
    file frames                      ->
                                     <-    start, head, chunks, end  or  failed

A worker whose connection breaks keeps its granted jobs and what it said of them since the gateway's last `acks`. Its
next `hello` brings the `resume_key` of its last `welcome` and lists what it carries; the `welcome` in return says from
which number on each job is to be said again, or that it is to be dropped.

Everything a job reports after `go` carries the epoch of the grant and a sequence number that counts from 0 within it,
so that the gateway can prove that nothing is missing and drop what comes twice or late. Unknown message types and
unknown fields are ignored by both sides, so that protocol N and N-1 work together.
"""

from typing import Annotated, Any, Literal, NewType

import msgspec

from arenabridge.wire.composition import Composition, HumanKind, Signs
from arenabridge.wire.step import CallAction, GetFile, HoldFile, PutFile, Step
from arenabridge.wire.templates import MakeAgain

PROTOCOL = 2
"""The version this gateway speaks; version 1 is the untyped protocol of the earlier bridges."""

MAX_FRAME_BYTES = 32 * 2**20
"""The longest frame either side takes: a request body of 32 MB still fits into a `go`."""

MAX_FILE_PIECE_BYTES = 256 * 1024
"""The longest piece of a file in one frame: other jobs' frames go between them."""

JobId = NewType("JobId", str)
WorkerId = NewType("WorkerId", str)

How = Literal["fetch", "composer", "retry"]
"""How a tab carries out a job: by a same-origin request of its own, with the page's own message box, or, by the earlier
bridges' userscript alone, by having a captured answer made again."""

_Label = Annotated[str, msgspec.Meta(max_length=200)]
_Detail = Annotated[str, msgspec.Meta(max_length=2000)]
_Counter = Annotated[int, msgspec.Meta(ge=0)]


class Carried(msgspec.Struct, frozen=True):
    """A granted job that a worker still has: it runs, or not all that was said of it was acknowledged."""

    job: JobId
    epoch: _Counter


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="type", kw_only=True):
    """The worker introduces itself. `profile` and `account` are random ids, never the person's data."""

    protocol: int
    script: _Label
    token: _Label
    origin: _Label
    profile: _Label
    page: _Label
    account: _Label | None = None
    visible: bool = True
    slots: Annotated[int, msgspec.Meta(ge=1, le=256)] = 1
    how: tuple[How, ...] = ("fetch",)
    resumes: bool = False
    """It will bring its jobs along if the connection breaks."""
    resume_key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    carrying: Annotated[tuple[Carried, ...], msgspec.Meta(max_length=4096)] = ()
    transport: _Label = "ws"
    """How its frames travel: `ws`, a WebSocket of the page; `gm`, requests of the userscript manager; or `cdp`, by the
    driver of a managed browser."""
    why: _Label = ""
    """What forbids it: `csp`, `mixed_content`, `blocked`, or `permission_` with `denied`, `dismissed` or `waiting`."""
    discarded: bool = False
    """The browser had discarded this tab to save memory, and has reloaded it."""


class Accept(msgspec.Struct, frozen=True, tag="accept", tag_field="type"):
    """The worker has room for the job it was offered."""

    job: JobId
    account: _Label | None = None


class Refuse(msgspec.Struct, frozen=True, tag="refuse", tag_field="type"):
    """The worker can't take the job; nothing was sent to the site."""

    job: JobId
    why: _Detail = ""


class Start(msgspec.Struct, frozen=True, tag="start", tag_field="type"):
    """The request is about to leave for the site: from here on it may have cost the person's quota."""

    job: JobId
    epoch: _Counter
    seq: _Counter


class Head(msgspec.Struct, frozen=True, tag="head", tag_field="type", kw_only=True):
    """
    The site's status and those response headers that a page may read, names in lower case.

    `session` is the site session that the page's own request named, where a worker used the page.
    """

    job: JobId
    epoch: _Counter
    seq: _Counter
    status: int
    headers: dict[str, str] = {}
    session: _Label | None = None


class Chunk(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a response body, decoded from UTF-8 incrementally, cut anywhere."""

    job: JobId
    epoch: int
    seq: int
    text: str


class Chunks(msgspec.Struct, frozen=True, tag="chunks", tag_field="type"):
    """What arrived for all running jobs within one turn of the page's event loop."""

    chunks: list[Chunk]


class End(msgspec.Struct, frozen=True, tag="end", tag_field="type"):
    """The response body is complete."""

    job: JobId
    epoch: _Counter
    seq: _Counter


class Failed(msgspec.Struct, frozen=True, tag="failed", tag_field="type", kw_only=True):
    """
    The step could not be carried out. `started` false proves that nothing was sent to the site.

    `kind` is one of cancelled, fetch_failed, forbidden_path, frozen, internal, or of a page that is used:
    `element_missing` names the part of the page in `detail`, `text_refused` says how much of a text the page's message
    box took, `wrong_model` means that the page did not ask for the model it was told, `page_busy` that the person is
    using the page, `needs_human` that it wants the person, `answer_changed` that it took back what was read from its
    text, `files_missing` that not all files are on the message that the page shows or has sent. Of errands also:
    `action_unknown` names a server action that the site's scripts do not (any more), `too_large` is a file beyond its
    limit, `too_much` are more errands or bytes than a worker takes at once.
    """

    job: JobId
    epoch: _Counter
    seq: _Counter
    kind: str
    detail: _Detail = ""
    started: bool = True


class Pong(msgspec.Struct, frozen=True, tag="pong", tag_field="type"):
    """The answer to `ping`: page code is alive (the browser itself answers protocol pings even for a frozen page)."""


class Human(msgspec.Struct, frozen=True):
    """The page wants the person. `words` are the page's own."""

    kind: HumanKind
    words: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class State(msgspec.Struct, frozen=True, tag="state", tag_field="type"):
    """What the worker can do has changed."""

    visible: bool = True
    frozen: bool = False
    human: Human | None = None


class Page(msgspec.Struct, frozen=True, tag="page", tag_field="type"):
    """The inline scripts of the page, in which the site's server rendered its models."""

    url: str
    html: str


class Captured(msgspec.Struct, frozen=True, tag="captured", tag_field="type", kw_only=True):
    """The person has pressed Retry while the worker was told to `capture`; `mode` as the page's address says it."""

    session: _Label
    message: _Label
    mode: _Label = ""


class SessionGiven(msgspec.Struct, frozen=True, tag="session", tag_field="type"):
    """
    The person at the tab hands over their session at the site, by a press in the badge.

    Nothing that a gateway says asks for it. `value` is as a `Cookie` header has the session's pieces.
    """

    value: Annotated[str, msgspec.Meta(max_length=65536)]

    def __repr__(self) -> str:
        return "SessionGiven()"  # it must not get into logs


class Bye(msgspec.Struct, frozen=True, tag="bye", tag_field="type"):
    """The tab is going away."""


FromWorker = (
    Hello | Accept | Refuse | Start | Head | Chunks | End | Failed | Pong | State | Page | Captured | SessionGiven | Bye
)


class Resumed(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to become of a job that a worker carried over: say it again from that number on, or drop it."""

    job: JobId
    epoch: int
    from_seq: int | None = None


class Welcome(msgspec.Struct, frozen=True, tag="welcome", tag_field="type", kw_only=True):
    """The worker is accepted. `slots` is the number of jobs that its profile may run at once on this site."""

    protocol: int
    worker: WorkerId
    slots: int
    ping_seconds: float
    """The worker hears something at least this often."""
    silence_seconds: float | None = None
    """A side that is silent for so long counts as gone; earlier gateways do not send this."""
    grace_seconds: float | None = None
    """How long the gateway keeps jobs for a page whose connection is broken; earlier gateways do not send this."""
    resume_key: str = ""
    """Proves, once, that a later connection is of the same page."""
    jobs: tuple[Resumed, ...] = ()
    signs: Signs = Signs()
    """How the worker recognizes that the page wants the person."""
    title_marks: bool = False
    """Whether the tab's title says how the worker is, with the marks of the earlier bridges' userscript."""


class RefusedLink(msgspec.Struct, frozen=True, tag="refused", tag_field="type"):
    """The worker is not accepted; with `permanent` it should not come back before something was changed."""

    code: str
    message: str
    permanent: bool


class Offer(msgspec.Struct, frozen=True, tag="offer", tag_field="type"):
    """Asks whether the worker can take this job."""

    job: JobId
    how: How


class Go(msgspec.Struct, frozen=True, tag="go", tag_field="type"):
    """The grant: carry out this step, once."""

    job: JobId
    epoch: int
    step: Step | Composition | MakeAgain


class RunErrand(msgspec.Struct, frozen=True, tag="errand", tag_field="type"):
    """Carry this out beside the jobs; `errand` is in one space with the ids of jobs."""

    errand: JobId
    step: Step | CallAction | PutFile | GetFile | HoldFile


class Cancel(msgspec.Struct, frozen=True, tag="cancel", tag_field="type"):
    """Stop the job or the errand and forget it."""

    job: JobId


class Ack(msgspec.Struct, frozen=True, array_like=True):
    """All that was said of this attempt below number `seq` has arrived and need not be kept."""

    job: JobId
    epoch: int
    seq: int


class Acks(msgspec.Struct, frozen=True, tag="acks", tag_field="type"):
    """Acknowledges what has come since the last ones, a few times a second."""

    acks: tuple[Ack, ...]


class Ping(msgspec.Struct, frozen=True, tag="ping", tag_field="type"):
    """Asks for any frame from page code."""


class Reload(msgspec.Struct, frozen=True, tag="reload", tag_field="type"):
    """Reload the page, once, and only when no job runs and nothing is shown to the person."""


class Capture(msgspec.Struct, frozen=True, tag="capture", tag_field="type"):
    """
    Report the person's next press of Retry, once, or no longer.

    It is known by the path of the page's own request, which `path` matches, a regular expression whose groups are the
    site session and the answer. What jobs press is not reported.
    """

    on: bool
    path: str = ""


class ReadPage(msgspec.Struct, frozen=True, tag="read_page", tag_field="type"):
    """Tell the page's scripts once more (`page`), even if they were told before."""


class SessionKept(msgspec.Struct, frozen=True, tag="session_kept", tag_field="type"):
    """What became of the session that was handed over, in `words` for its person."""

    kept: bool
    words: str


FromGateway = (
    Welcome | RefusedLink | Offer | Go | RunErrand | Cancel | Acks | Ping | Reload | Capture | ReadPage | SessionKept
)


class MalformedFrame(ValueError):
    """The frame is not JSON, or a known message with wrong fields."""


class UnknownMessage(msgspec.Struct, frozen=True):
    """A message of a type that this version does not know; to be ignored and counted."""

    type: str


class _Envelope(msgspec.Struct):
    type: str


_encoder = msgspec.json.Encoder()
_from_worker: msgspec.json.Decoder[FromWorker] = msgspec.json.Decoder(FromWorker)
_from_gateway: msgspec.json.Decoder[FromGateway] = msgspec.json.Decoder(FromGateway)
_envelope = msgspec.json.Decoder(_Envelope)


_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""What the decoder raises for a frame that is not a message, the last of these for one nested without end."""


def _types(union: Any) -> frozenset[str]:
    return frozenset(str(member.__struct_config__.tag) for member in union.__args__)


_worker_types = _types(FromWorker)
_gateway_types = _types(FromGateway)


def encode(message: FromWorker | FromGateway) -> str:
    return _encoder.encode(message).decode()


def file_frame(errand: JobId, piece: bytes) -> bytes:
    """
    A piece of the file that belongs to an errand, at most `MAX_FILE_PIECE_BYTES`; pieces come in order.

    One byte with the length of the id, the id in ASCII, then the bytes of the file.
    """
    id_ = errand.encode("ascii")
    return bytes([len(id_)]) + id_ + piece


def decode_from_worker(frame: str | bytes) -> FromWorker | UnknownMessage:
    """Read a frame of a worker; raises `MalformedFrame`."""
    try:
        return _from_worker.decode(frame)
    except _UNREADABLE as error:
        return _unknown(frame, _worker_types, error)


def decode_from_gateway(frame: str | bytes) -> FromGateway | UnknownMessage:
    """Read a frame of the gateway (the relay and the doubles in tests do); raises `MalformedFrame`."""
    try:
        return _from_gateway.decode(frame)
    except _UNREADABLE as error:
        return _unknown(frame, _gateway_types, error)


def _unknown(frame: str | bytes, known: frozenset[str], error: Exception) -> UnknownMessage:
    try:
        type_ = _envelope.decode(frame).type
    except _UNREADABLE:
        raise MalformedFrame(str(error)) from error
    if type_ in known:
        raise MalformedFrame(f"{type_}: {error}") from error
    return UnknownMessage(type_)
