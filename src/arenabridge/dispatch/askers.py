"""Whom workers serve, by their terms."""

from arenabridge.dispatch.events import Terms

Askers = frozenset[str] | None
"""Persons whose requests are meant, by id; None for everybody."""


def owner_alone(terms: Terms) -> frozenset[str]:
    return frozenset({terms.owner})


def all_askers(terms: Terms) -> Askers:
    return None if terms.askers is None else terms.askers | owner_alone(terms)


def serves(terms: Terms, asker: str) -> bool:
    return terms.askers is None or asker == terms.owner or asker in terms.askers


def serves_all(terms: Terms, askers: Askers) -> bool:
    return terms.askers is None or (askers is not None and askers <= terms.askers | owner_alone(terms))


def share_an_asker(one: Terms, other: Terms) -> bool:
    if one.askers is None or other.askers is None:
        return True
    return not (one.askers | {one.owner}).isdisjoint(other.askers | {other.owner})
