"""What gateways tell each other for their screens is bounded, and what is not understood is left out."""

from typing import Any

from arenabridge.engine.interface import ReplicaId
from arenabridge.http.monitoring.fleet import (
    MAX_BYTES,
    MAX_REPLICAS,
    MAX_SHOWN_WORKERS,
    Counts,
    FleetView,
    ReplicaFacts,
    encode,
)


def facts(name: str = "home", workers: list[dict[str, Any]] | None = None) -> ReplicaFacts:
    now = Counts(running=1, workers=len(workers or []))
    return ReplicaFacts(name, "http://home:5102", "1.0", 5.0, closing=False, now=now, workers=workers or [])


def view(**said: bytes) -> FleetView:
    found = FleetView(0.0)
    found.note({ReplicaId(id_): about for id_, about in said.items()})
    return found


def test_what_is_said_is_shown_by_name_with_where_each_tab_is() -> None:
    tab = {"id": "w1", "browser": "b1", "needs": {"what": "check", "words": "Are you human?"}}
    fleet = view(r2=encode(facts("zebra", [tab])), r1=encode(facts("apple")))
    assert [replica.facts.name for replica in fleet.others] == ["apple", "zebra"]
    assert dict(fleet.workers()) == {"r2:w1": {**tab, "replica": "zebra", "elsewhere": True}}
    assert list(fleet.needs()) == [("b1", "Are you human?")]


def test_it_never_gets_large() -> None:
    many = [{"id": str(number)} for number in range(MAX_SHOWN_WORKERS * 2)]
    (replica,) = view(r=encode(facts(workers=many))).others
    assert (len(replica.facts.workers), replica.facts.now.workers) == (MAX_SHOWN_WORKERS, MAX_SHOWN_WORKERS * 2)
    large = encode(facts(workers=[{"id": "1", "words": "x" * MAX_BYTES}]))
    assert len(large) <= MAX_BYTES
    assert view(r=large).others[0].facts.workers == []
    assert len(view(**{f"r{number}": encode(facts()) for number in range(MAX_REPLICAS + 5)}).others) == MAX_REPLICAS


def test_what_is_not_understood_is_left_out() -> None:
    later = encode(facts("later")).replace(b'"version"', b'"of_tomorrow":[1],"version"')
    fleet = view(odd=b"", null=b"null", list=b"[1]", deep=b"[" * 10_000, later=later)
    assert [replica.facts.name for replica in fleet.others] == ["later"]
    assert list(view(r=encode(facts(workers=[{"browser": "no id"}]))).workers()) == []
