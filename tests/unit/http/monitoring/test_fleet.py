"""The other gateways are shown by name, and no more than anybody reads."""

import msgspec

from arenabridge.engine.interface import ReplicaId
from arenabridge.http.monitoring.fleet import MAX_REPLICAS, FleetView
from arenabridge.wire.fleet import ReplicaFacts
from unit.wire.test_fleet import WORKER, replica


def view(**said: ReplicaFacts) -> FleetView:
    found = FleetView(0.0)
    found.note({ReplicaId(id_): about for id_, about in said.items()})
    return found


def test_what_is_said_is_shown_by_name_with_where_each_tab_is() -> None:
    fleet = view(r2=replica(WORKER, name="zebra"), r1=replica(name="apple"))
    assert [each.facts.name for each in fleet.others] == ["apple", "zebra"]
    assert [(where.id, worker) for where, worker in fleet.workers()] == [("r2", WORKER)]
    assert list(fleet.needs()) == [("b1", "Are you human?")]
    named = msgspec.structs.replace(WORKER, name="study")
    assert list(view(r=replica(named)).needs()) == [("study", "Are you human?")]


def test_of_many_some_are_shown() -> None:
    assert len(view(**{f"r{number}": replica() for number in range(MAX_REPLICAS + 5)}).others) == MAX_REPLICAS
