"""
What we know of the site's models over time: pure bookkeeping between one reading of its page and the next.

A model that is gone from the page is kept for a while: the site shows and hides models from day to day, and one that
its selector lacks can often still be asked for by its id.
"""

from collections.abc import Iterable

import msgspec

from arenabridge.wire.arena.site_model import SiteModel

KEEP_GONE_SECONDS = 14 * 86_400.0
"""How long a model that is gone can still be used by name."""

REMEMBER_GONE_SECONDS = 365 * 86_400.0
"""How long it is remembered, to say of a name that somebody still uses when the site had it last."""

MAX_GONE = 2000
"""Models kept that are gone, those seen last first: several times what the site has ever offered at once."""


MAX_ADDED_TO = 2000
"""Models that are there at once: a page that only adds can't go beyond that."""


class KnownModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model, and when it was on the site's page. Times in seconds since 1970, UTC."""

    model: SiteModel
    first_seen: float
    last_seen: float
    available: bool = True
    """It was on the page at the last reading."""


def is_usable(known: KnownModel, now: float) -> bool:
    """It is there, or was until lately."""
    return known.available or now - known.last_seen < KEEP_GONE_SECONDS


def seen(known: Iterable[KnownModel], page: Iterable[SiteModel], now: float) -> list[KnownModel]:
    """What is known after a page with these models was read: they in their order, then those that are gone."""
    before = {each.model.id: each for each in known}
    first_seen = {id_: each.first_seen for id_, each in before.items()}
    there = {
        model.id: KnownModel(model=model, first_seen=first_seen.get(model.id, now), last_seen=now) for model in page
    }
    gone = [
        msgspec.structs.replace(each, available=False)
        for id_, each in before.items()
        if id_ not in there and now - each.last_seen < REMEMBER_GONE_SECONDS
    ]
    gone.sort(key=lambda each: -each.last_seen)
    return [*there.values(), *gone[:MAX_GONE]]


def added(known: Iterable[KnownModel], page: Iterable[SiteModel], now: float) -> list[KnownModel]:
    """
    What is known after a page that may only add: it removes no model and changes none.

    What it adds under the id or name of another is left out, since it could get requests meant for that one. What no
    page has shown for long is gone all the same.
    """
    before, shown = {each.model.id: each for each in known}, {model.id: model for model in page}
    there = {
        id_: msgspec.structs.replace(each, last_seen=now) if id_ in shown else each
        for id_, each in before.items()
        if each.available and (id_ in shown or now - each.last_seen < KEEP_GONE_SECONDS)
    }
    taken = {word.casefold() for each in there.values() for word in (each.model.id, each.model.public_name)}
    for id_, model in shown.items():
        if len(there) < MAX_ADDED_TO and taken.isdisjoint((id_.casefold(), model.public_name.casefold())):
            old = before.get(id_, KnownModel(model=model, first_seen=now, last_seen=now))
            there[id_] = msgspec.structs.replace(old, last_seen=now, available=True)
    gone = [msgspec.structs.replace(each, available=False) for id_, each in before.items() if id_ not in there]
    return [*there.values(), *gone]
