"""
What each gateway of a fleet tells all others: how it is, with each beat, and news by topic when something happens.

How it is (`Presence`) is JSON, small and bounded; of what another version says, the part that is understood counts.
News of what a gateway has learned is JSON too; what has changed in the common database is only named (`Change`), as
text, and read again there by those who hear of it. What one gateway tells only one other is in `wire.lending`.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

import msgspec

from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link.messages import How, JobId, WorkerId

MAX_SHOWN_WORKERS = 50
"""Workers of each gateway; more are counted, but not shown at the others."""

MAX_FACTS_BYTES = 48 * 1024
"""Bytes of what one gateway says for screens. Where they are not enough, its workers are only counted."""


class Malformed(ValueError):
    """Not what a gateway of this version would say: another version may be at work in the fleet."""


# -- news


class Topic(StrEnum):
    """What news is about."""

    LIMIT = "limit"
    REFUSAL = "refusal"
    PAGE = "page"
    ACCOUNT = "account"

    SETTINGS = "settings"
    """Saved ones: aliases and hidden models among them."""
    KEYS = "keys"
    """API keys, or the people to whom they belong."""
    MODELS = "models"
    """A tab has read the site's page."""
    WORKERS = "workers"
    """Workers' credentials; about the id of the one that was revoked, if it was that."""
    CAPTURES = "captures"
    """Captured sessions."""


class Limit(msgspec.Struct, frozen=True):
    """A person's limit at the site is reached."""

    person: str
    model: str
    seconds: float


class Refusal(msgspec.Struct, frozen=True):
    """The site refuses `fetch` of a browser profile."""

    profile: str
    kind: Modality


class Page(msgspec.Struct, frozen=True):
    """A page has come back, to the gateway that says so."""

    page: str
    credential: str
    carrying: tuple[JobId, ...]


class Account(msgspec.Struct, frozen=True):
    """A browser profile may have another account at the site from now on: it signs in, or has loaded a page."""

    profile: str


class Change(msgspec.Struct, frozen=True):
    """Something in the common database has changed: what exactly, or nothing, and then anything may have."""

    topic: Topic
    about: str = ""


News = Limit | Refusal | Page | Account | Change

_CHANGES = frozenset(Topic) - {Topic.LIMIT, Topic.REFUSAL, Topic.PAGE, Topic.ACCOUNT}


def encode_news(news: News) -> tuple[Topic, bytes]:
    match news:
        case Change(topic, about):
            return topic, about.encode()
        case Limit():
            return Topic.LIMIT, msgspec.json.encode(news)
        case Refusal():
            return Topic.REFUSAL, msgspec.json.encode(news)
        case Page():
            return Topic.PAGE, msgspec.json.encode(news)
        case Account():
            return Topic.ACCOUNT, msgspec.json.encode(news)


def decode_news(topic: str, payload: bytes) -> News | None:
    """None for a topic of another version's. Raises `Malformed`."""
    try:
        match topic:
            case Topic.LIMIT:
                return msgspec.json.decode(payload, type=Limit)
            case Topic.REFUSAL:
                return msgspec.json.decode(payload, type=Refusal)
            case Topic.PAGE:
                return msgspec.json.decode(payload, type=Page)
            case Topic.ACCOUNT:
                return msgspec.json.decode(payload, type=Account)
            case _:
                return Change(Topic(topic), payload.decode()) if topic in _CHANGES else None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(str(error)) from error


# -- how a gateway is


class Serves(msgspec.Struct, frozen=True):
    """The terms of workers of a gateway, see `dispatch.events.Terms`."""

    credential: str
    owner: str
    askers: tuple[str, ...] | None
    is_backup: bool
    has_free_slot: bool = False
    need: str = ""
    """The code of what stands in the way of all of them, if something does."""
    words: str = ""


class Counts(msgspec.Struct, frozen=True):
    """What goes on at one gateway."""

    running: int = 0
    waiting: int = 0
    free_slots: int = 0
    workers: int = 0
    """That are not frozen."""
    able: int = 0
    """How many of these take requests."""
    finished: int = 0
    """The id of the newest record."""
    requests: int = 0
    """Requests of the last minutes that a failure of ours or the site's could have met; and those that it met."""
    failures: int = 0


Condition = Literal["leaving", "blocked", "needs_you", "unreachable", "frozen", "paused", "busy", "working", "ready"]
"""How a worker is: the first of these that holds, since earlier ones matter more. A busy one has no free slot."""

ABLE: frozenset[Condition] = frozenset({"busy", "working", "ready"})
"""Those of workers that take requests, now or as soon as they have a free slot."""


class Needs(msgspec.Struct, frozen=True):
    """What the site wants of the person at a worker, and the page's own words."""

    what: HumanKind
    words: str


class Connection(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a worker is connected, and what forbids a better way."""

    by: str
    since: str | None = None


class Resting(msgspec.Struct, frozen=True):
    """A model whose limit the worker's person has reached, and until when at the latest (Unix seconds)."""

    model: str
    until: float


class CameInWith(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A worker's credential, and the name of the person whose it is; without one it is the gateway's own."""

    id: str
    name: str
    kind: str
    paused: bool
    owner: str | None = None


class LastFailure(msgspec.Struct, frozen=True):
    """The last attempt that failed at a worker, and when (Unix seconds)."""

    code: str
    words: str
    at: float


class WorkerFacts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A worker as screens, monitors and other gateways are told of it. What is not known is left out."""

    id: WorkerId
    browser: str
    """Tells tabs of one browser from those of another."""
    site: str
    script: str
    slots: int
    running: int
    condition: Condition
    visible: bool
    frozen: bool
    paused: bool
    """By its person, here; its credential may be paused too."""
    leaving: bool
    how: tuple[How, ...]
    uses_page: bool
    link: Connection
    resting: tuple[Resting, ...]
    served: dict[How, int]
    since: float
    name: str | None = None
    credential: CameInWith | None = None
    relay: str | None = None
    refused_because: str | None = None
    needs: Needs | None = None
    failure: LastFailure | None = None


class _About(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    address: str
    version: str
    since: float
    closing: bool
    now: Counts


class ReplicaFacts(_About, frozen=True, kw_only=True):
    """What a gateway says of itself for screens. `since` is in seconds since 1970."""

    workers: tuple[WorkerFacts, ...] = ()


class Presence(msgspec.Struct, frozen=True):
    """What the others are told of a gateway. `facts` are missing where they are not understood."""

    serves: tuple[Serves, ...] = ()
    facts: ReplicaFacts | None = None


class _WrittenFacts(_About, frozen=True, kw_only=True):
    workers: tuple[msgspec.Raw, ...] = ()


class _WrittenPresence(msgspec.Struct, frozen=True):
    serves: tuple[Serves, ...] = ()
    facts: msgspec.Raw = msgspec.Raw(b"null")


def encode_presence(presence: Presence) -> bytes:
    """Encode it, with at most `MAX_FACTS_BYTES` for screens."""
    facts = presence.facts
    if facts is not None:
        facts = msgspec.structs.replace(facts, workers=facts.workers[:MAX_SHOWN_WORKERS])
        if len(msgspec.json.encode(facts)) > MAX_FACTS_BYTES:
            facts = msgspec.structs.replace(facts, workers=())
    return msgspec.json.encode(Presence(presence.serves, facts))


def decode_presence(about: bytes) -> Presence:
    """Raises `Malformed` only where it is not said whom the gateway's workers serve."""
    try:
        written = msgspec.json.decode(about, type=_WrittenPresence)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return Presence(written.serves, _facts(written.facts))


def _facts(raw: msgspec.Raw) -> ReplicaFacts | None:
    try:
        written = msgspec.json.decode(raw, type=_WrittenFacts | None)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    if written is None:
        return None
    return ReplicaFacts(**{**msgspec.structs.asdict(written), "workers": tuple(_understood(written.workers))})


def _understood(raws: tuple[msgspec.Raw, ...]) -> Iterator[WorkerFacts]:
    for raw in raws:
        try:
            yield msgspec.json.decode(raw, type=WorkerFacts)
        except (msgspec.DecodeError, UnicodeError):
            continue
