"""What free slots are for is kept as things change, and is what it would be if it were found out afresh."""

from collections.abc import Callable

from hypothesis import given, settings, strategies as st

from arenabridge.dispatch.breakers import FAILURES
from arenabridge.dispatch.deadlines import Deadlines
from arenabridge.dispatch.events import Need, PoolId, Terms, WorkerChanged, WorkersElsewhere
from arenabridge.dispatch.fleet import Fleet
from arenabridge.dispatch.standing import Standing
from arenabridge.errors import VerificationRequired
from arenabridge.wire.link.messages import JobId, WorkerId
from arenabridge.wire.opening import Opening

WORKERS = [WorkerId(f"w{n}") for n in range(5)]
TERMS = [
    Terms(),
    Terms("c-ann", "ann", cap=2),
    Terms("c-ann", "ann", frozenset({"bob"}), cap=1),
    Terms("c-bob", "bob", frozenset()),
    Terms("c-bob", "bob", is_backup=True),
    Terms("c-ann", "ann"),
]


class World:
    """A fleet and its standing, to which things happen at a time; each worker but one is there, on terms of its own."""

    def __init__(self) -> None:
        self.fleet = Fleet()
        self.standing = Standing(self.fleet, Deadlines())
        self.now = 0.0
        for n, (worker, terms) in enumerate(zip(WORKERS, TERMS[:4], strict=False)):
            self.fleet.join(worker, PoolId("pqrs"[n]), 2, terms)

    def openings(self) -> dict[Opening, int]:
        return dict(self.standing.openings.at(self.now))

    def take(self, worker: WorkerId, job: JobId, *, is_for_others: bool) -> None:
        if worker in self.fleet:
            self.fleet.take(worker, job, is_for_others=is_for_others)

    def fail(self, worker: WorkerId, model: str) -> None:
        if worker in self.fleet:
            for _ in range(FAILURES):
                self.standing.breakers.failed(worker, model, self.now)

    def leave(self, worker: WorkerId) -> None:
        self.standing.breakers.left(worker)
        self.fleet.leave(worker)

    def find(self, elsewhere: frozenset[WorkersElsewhere]) -> None:
        self.fleet.elsewhere = elsewhere

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.fleet.wake_rested(self.now)


Move = Callable[[World], object]

workers, jobs, models = st.sampled_from(WORKERS), st.integers(0, 3).map(lambda n: JobId(f"j{n}")), st.sampled_from("mn")
terms, persons = st.sampled_from(TERMS), st.sampled_from(["", "ann", "bob"])
MOVES: st.SearchStrategy[Move] = st.one_of(
    st.builds(lambda w, p, t: lambda a: a.fleet.join(w, PoolId(p), 2, t), workers, st.sampled_from("pq"), terms),
    st.builds(lambda w: lambda a: a.leave(w), workers),
    st.builds(lambda t: lambda a: a.fleet.set_terms(t), terms),
    st.builds(lambda w, j, o: lambda a: a.take(w, j, is_for_others=o), workers, jobs, st.booleans()),
    st.builds(lambda w, j: lambda a: a.fleet.give_back(w, j), workers, jobs),
    st.builds(lambda w, f: lambda a: a.fleet.change(WorkerChanged(w, frozen=f)), workers, st.booleans()),
    st.builds(lambda w: lambda a: a.fleet.change(WorkerChanged(w, need=Need(VerificationRequired, "click"))), workers),
    st.builds(lambda w: lambda a: a.fleet.rest(w, a.now + 2), workers),
    st.builds(lambda w, m: lambda a: a.fail(w, m), workers, models),
    st.builds(lambda w, m: lambda a: a.standing.breakers.served(w, m), workers, models),
    st.builds(lambda p, m: lambda a: a.standing.cooldowns.limited(p, m, 10, asked=a.now, now=a.now), persons, models),
    st.builds(lambda p, m: lambda a: a.standing.cooldowns.served(p, m, asked=a.now), persons, models),
    st.builds(lambda t: lambda a: a.find(frozenset({WorkersElsewhere(t, has_free_slot=True)})), terms),
    st.builds(lambda s: lambda a: a.wait(s), st.sampled_from([1.0, 11.0, 40.0])),
)


@given(st.lists(MOVES, min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_openings_are_what_they_would_be_if_they_were_found_out_afresh(moves: list[Move]) -> None:
    asked, afresh = World(), World()
    for move in moves:
        move(asked)
        asked.openings()
        move(afresh)
    assert asked.openings() == afresh.openings()
    assert sum(asked.openings().values()) <= asked.fleet.free_slots


def test_the_slots_of_a_profile_are_no_backups_while_another_of_its_tabs_could_take_them() -> None:
    fleet = Fleet()
    fleet.join(WORKERS[0], PoolId("p"), 2, Terms("c", "ann", is_backup=True))
    fleet.join(WORKERS[1], PoolId("p"), 2, Terms("d", "ann"))
    fleet.elsewhere = frozenset({WorkersElsewhere(Terms(), has_free_slot=True)})
    assert Standing(fleet, Deadlines()).openings.at(0) == {Opening(): 2}


def test_who_failed_is_asked_again_when_that_is_over_though_nothing_else_has_changed() -> None:
    world = World()
    world.fail(WORKERS[1], "m")
    failing = Opening(frozenset({"m"}))
    assert world.openings()[failing] == 2
    world.wait(40)
    assert failing not in world.openings()


def test_the_cap_of_those_who_were_told_of_it_at_different_times_is_given_out_once() -> None:
    own = {Opening(askers=frozenset({owner})): 2 for owner in ("ann", "bob")}
    assert World().openings() == {Opening(): 2 + 2, **own}


def test_what_a_worker_without_a_cap_takes_counts_for_those_of_its_credential_that_have_one() -> None:
    """Or jobs would be claimed for slots that nobody may give them, put back and claimed again, without end."""
    fleet = Fleet()
    fleet.join(WORKERS[0], PoolId("p"), 1, Terms("c", "ann"))
    fleet.join(WORKERS[1], PoolId("q"), 1, Terms("c", "ann", cap=1))
    openings = Standing(fleet, Deadlines()).openings
    assert openings.at(0) == {Opening(): 1, Opening(askers=frozenset({"ann"})): 1}
    fleet.take(WORKERS[0], JobId("j"), is_for_others=True)
    assert openings.at(0) == {Opening(askers=frozenset({"ann"})): 1}


def test_the_cap_of_one_group_is_no_cap_of_another_of_its_credential() -> None:
    fleet = Fleet()
    fleet.join(WORKERS[0], PoolId("p"), 1, Terms("c", "ann", cap=1))
    fleet.join(WORKERS[1], PoolId("q"), 3, Terms("c", "ann"))
    assert Standing(fleet, Deadlines()).openings.at(0) == {Opening(): 4}


def test_what_a_lent_worker_runs_counts_only_where_it_is_lent_from() -> None:
    fleet = Fleet()
    fleet.join(WORKERS[0], PoolId("p"), 1, Terms("c", "ann", cap=1))
    fleet.join(WORKERS[1], PoolId("q"), 1, Terms("c", "ann"), is_lent=True)
    openings = Standing(fleet, Deadlines()).openings
    fleet.take(WORKERS[1], JobId("j"), is_for_others=True)
    assert openings.at(0) == {Opening(): 1}
    fleet.give_back(WORKERS[1], JobId("j"))
    assert openings.at(0) == {Opening(): 1}
