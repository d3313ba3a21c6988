"""Several gateways as one: whose client it is and whose tab it is makes no difference to the answer."""

import asyncio
from collections.abc import Callable
from typing import get_args

import pytest

from arenabridge.dispatch.events import Terms
from arenabridge.engine.interface import ReplicaId
from arenabridge.hub.workers.humans import ERRORS
from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import PutFile
from unit.hub.doubles import plain_worker
from unit.hub.fleet_scene import HOME, OWNER, THIRD, Fleet

STOP = 'ad:{"finishReason":"stop"}\n'


def test_a_tab_of_another_replica_answers_and_its_slot_is_free_again() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    assert fleet.busy == 1
    fleet.answering(job)
    fleet.chunk(job, 2, f'a0:"Hello"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert (sink.text, sink.outcome) == ("Hello", "stop")
    assert fleet.told() == ["offer", "go", "acks"]
    assert (fleet.busy, fleet.home.running, fleet.home.waiting) == (0, 0, 0)
    assert fleet.tab.state.served["fetch"] == 1
    fleet.ask()
    assert fleet.busy == 1


def test_a_home_with_a_slot_of_its_own_needs_nobody() -> None:
    fleet = Fleet()
    fleet.home.join(own := plain_worker("own", profile="q"))
    job, _ = fleet.ask()
    assert own.heard == [m.Offer(job, "fetch")]
    assert fleet.busy == 0


def test_what_a_tab_refuses_waits_for_another_slot() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.says(m.Refuse(job, "no"))
    assert fleet.home.waiting == 1
    fleet.tick(5)
    assert fleet.told() == ["offer", "offer"]


def test_a_client_that_goes_stops_the_tab_of_another_replica() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.answering(job)
    fleet.home.abandon(job)
    fleet.network.run()
    assert fleet.told()[-1] == "cancel"
    assert fleet.busy == 0


def test_an_answer_goes_on_when_its_tab_returns_to_its_owner() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    fleet.breaks()
    assert fleet.connect(OWNER, m.Carried(job, 1)) == (m.Resumed(job, 1, 0),)
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    fleet.chunk(job, 3, f'a0:"lo"\n{STOP}')
    fleet.says(m.End(job, 1, 4))
    assert (sink.text, sink.outcome) == ("Hello", "stop")
    assert fleet.busy == 0


def test_an_answer_goes_on_when_its_owner_dies_and_its_tab_returns_to_another_replica() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    fleet.network.kill(OWNER)
    assert fleet.home.running == 0
    assert fleet.connect(THIRD, m.Carried(job, 1)) == (m.Resumed(job, 1, 0),)
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    fleet.chunk(job, 3, f'a0:"lo"\n{STOP}')
    fleet.says(m.End(job, 1, 4))
    assert (sink.text, sink.outcome) == ("Hello", "stop")


def test_a_tab_that_returns_to_the_home_itself_needs_nobody_any_more() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    before = fleet.tab
    assert fleet.connect(HOME, m.Carried(job, 1)) == (m.Resumed(job, 1, 3),)
    assert before.closed
    fleet.chunk(job, 3, f'a0:"lo"\n{STOP}')
    fleet.says(m.End(job, 1, 4))
    assert (sink.text, sink.outcome) == ("Hello", "stop")
    assert fleet.hubs[OWNER].jobs_of(before.state.worker) == 0


def test_a_tab_of_the_home_that_returns_to_another_replica_brings_its_job_along() -> None:
    fleet = Fleet()
    fleet.connect(HOME)
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.breaks()
    fleet.connect(THIRD, m.Carried(job, 1))
    fleet.chunk(job, 2, f'a0:"Hi"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert (sink.text, sink.outcome) == ("Hi", "stop")


def test_another_page_can_not_take_over_what_it_was_not_granted() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    assert fleet.stranger_with(job, at=THIRD).heard == [m.Cancel(job)]
    fleet.chunk(job, 2, f'a0:"Hi"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert sink.outcome == "stop"


def test_a_home_that_dies_leaves_no_slot_behind() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.answering(job)
    fleet.network.kill(HOME)
    assert fleet.told()[-1] == "cancel"
    assert fleet.busy == 0


def test_frames_that_are_lost_are_asked_for_again_by_way_of_the_page() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.network.loses = lambda frame: b"lost" in frame
    fleet.chunk(job, 2, 'a0:"lost"\n')
    fleet.network.loses = lambda frame: False  # noqa: ARG005 - nothing any more
    fleet.chunk(job, 3, 'a0:" and found"\n')
    assert fleet.tab.closed
    fleet.breaks()
    fleet.connect(OWNER, m.Carried(job, 1))
    fleet.chunk(job, 2, 'a0:"lost"\n')
    fleet.chunk(job, 3, f'a0:" and found"\n{STOP}')
    fleet.says(m.End(job, 1, 4))
    assert (sink.text, sink.outcome) == ("lost and found", "stop")


def test_when_the_engine_was_away_pages_come_back_with_what_they_carry() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.network.is_up, fleet.network.outages = False, 1
    fleet.tick()
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    assert fleet.ask()[1].outcome == "engine_unavailable"
    fleet.network.is_up = True
    fleet.tick()
    assert fleet.tab.closed
    fleet.breaks()
    fleet.connect(OWNER, m.Carried(job, 1))
    fleet.chunk(job, 2, 'a0:"Hel"\n')
    fleet.chunk(job, 3, f'a0:"lo"\n{STOP}')
    fleet.says(m.End(job, 1, 4))
    assert (sink.text, sink.outcome) == ("Hello", "stop")


def test_a_limit_of_a_person_is_known_to_all_replicas() -> None:
    fleet = Fleet()
    fleet.says(m.Bye())
    fleet.breaks()
    fleet.tab = plain_worker("anns", profile="p")
    fleet.tab.state.terms = Terms("c", "ann")
    fleet.hubs[OWNER].join(fleet.tab)
    fleet.tick()
    job, sink = fleet.ask()
    fleet.says(m.Accept(job), m.Start(job, 1, 0))
    fleet.says(m.Head(job=job, epoch=1, seq=1, status=429, headers={"retry-after": "60"}), m.End(job, 1, 2))
    assert sink.outcome == "upstream_rate_limited"
    assert list(fleet.hubs[OWNER].resting(fleet.tab.state.worker)) == ["id-gpt"]
    assert fleet.ask()[1].outcome == "upstream_rate_limited"


def test_a_request_is_served_by_those_who_are_shared_with_its_person_wherever_they_are() -> None:
    fleet = Fleet()
    fleet.breaks()
    fleet.tab = plain_worker("anns", profile="p")
    fleet.tab.state.terms = Terms("c", "ann", frozenset({"bob"}))
    fleet.hubs[OWNER].join(fleet.tab)
    fleet.tick(200)
    assert fleet.ask("eve")[1].outcome == "no_worker_connected"
    _, sink = fleet.ask("bob")
    assert (fleet.busy, sink.outcome) == (1, None)


def test_what_a_tab_needs_its_person_for_is_known_to_its_owner() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.says(m.Accept(job), m.Start(job, 1, 0))
    fleet.says(m.Head(job=job, epoch=1, seq=1, status=401, headers={}), m.End(job, 1, 2))
    assert fleet.tab.state.human is not None
    assert fleet.told()[-1] == "reload"
    assert fleet.home.waiting == 1


async def test_files_and_errands_go_to_the_tab_of_another_replica() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.answering(job)
    lent = next(iter(fleet.home.roster.states))
    errand, step = m.JobId("e-1"), PutFile(url="https://x/y.png", media_type="image/png", size=600_000)
    for lost in (b"no such thing", b"f"):
        fleet.network.loses = lambda frame, lost=lost: frame.startswith(lost) and len(frame) < 200_000  # type: ignore[misc] # a default
        fleet.home.roster.say(lent.worker, m.RunErrand(errand, step))
        fleet.home.roster.send_file(lent.worker, errand, b"x" * 600_000)
        await asyncio.sleep(0)
        fleet.network.run()
    assert fleet.tab.files == {errand: b"x" * 600_000}
    assert [type(message).__name__ for message in fleet.tab.heard[-3:]] == ["Go", "RunErrand", "RunErrand"]


def test_a_grant_that_died_with_its_owner_before_the_page_heard_it_is_given_again() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.network.loses = lambda frame: b'"go"' in frame
    fleet.says(m.Accept(job))
    fleet.network.loses = lambda frame: False  # noqa: ARG005 - nothing any more
    assert fleet.told() == ["offer"]
    fleet.network.kill(OWNER)
    fleet.connect(THIRD)
    for _ in range(5):  # who had claimed it is gone, so it is nowhere in the queue until its home misses it there
        if not fleet.told():
            fleet.tick()
    assert fleet.told() == ["offer"]
    fleet.says(m.Accept(job))
    assert isinstance(fleet.tab.heard[-1], m.Go)
    assert (fleet.tab.heard[-1].epoch, sink.outcome) == (2, None)


def test_a_home_that_was_cut_off_and_says_nothing_leaves_no_slot_behind_and_gets_its_answer() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    fleet.home.replicas.borrower.cut_off()
    for _ in range(5):
        fleet.tick()
    assert (fleet.busy, bool(fleet.tab.closed)) == (0, True)
    fleet.breaks()
    fleet.connect(OWNER, m.Carried(job, 1))
    fleet.chunk(job, 2, f'a0:"Hi"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert (sink.text, sink.outcome) == ("Hi", "stop")


def test_word_that_is_lost_of_a_slots_end_is_said_again() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.answering(job)
    fleet.network.loses = lambda frame: b'"over"' in frame
    fleet.chunk(job, 2, f'a0:"Hi"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert fleet.busy == 1
    fleet.network.loses = lambda frame: False  # noqa: ARG005 - nothing any more
    fleet.tick()
    assert (fleet.busy, fleet.tab.closed) == (0, [])


def test_a_lease_that_its_owner_has_forgotten_is_given_up_by_its_home() -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.answering(job)
    lender = fleet.hubs[OWNER].replicas.lender
    for lease in list(lender._leases.values()):
        lender._drop(lease)
    for _ in range(5):
        fleet.tick()
    assert (fleet.home.running, len(fleet.home.replicas.borrower)) == (0, 0)


def test_who_has_heard_of_a_job_can_not_take_its_place_at_the_owner() -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    assert fleet.stranger_with(job, at=OWNER).heard == [m.Cancel(job)]
    fleet.chunk(job, 2, f'a0:"Hi"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert (sink.text, sink.outcome) == ("Hi", "stop")


def test_a_backup_of_one_gateway_waits_while_another_has_a_slot_that_is_none() -> None:
    fleet = Fleet()
    backup = plain_worker("backup", profile="b")
    backup.state.terms = Terms("b", "bea", is_backup=True)
    fleet.home.join(backup)
    fleet.tick()
    fleet.ask()
    assert (backup.heard, fleet.busy) == ([], 1)
    fleet.tick()
    fleet.ask()
    assert [type(message).__name__ for message in backup.heard] == ["Offer"]


def its_tab_leaves(fleet: Fleet) -> None:
    fleet.hubs[OWNER].roster.drain(fleet.tab.state.worker)


def its_browser_is_busy_in_another_tab(fleet: Fleet) -> None:
    fleet.ask()
    fleet.hubs[OWNER].join(plain_worker("sibling", profile="p"))


def its_tab_has_as_many_jobs_of_others_as_its_person_allows(fleet: Fleet) -> None:
    fleet.breaks()
    fleet.tab = plain_worker("anns", profile="a", slots=2)
    fleet.tab.state.terms = Terms("c", "ann", cap=1)
    fleet.hubs[OWNER].join(fleet.tab)
    fleet.tick()
    fleet.ask()


@pytest.mark.parametrize(
    "it_is_taken",
    [
        its_tab_leaves,
        its_browser_is_busy_in_another_tab,
        its_tab_has_as_many_jobs_of_others_as_its_person_allows,
    ],
)
def test_a_backup_does_not_wait_for_a_slot_elsewhere_that_is_none(it_is_taken: Callable[[Fleet], None]) -> None:
    fleet = Fleet()
    it_is_taken(fleet)
    backup = plain_worker("backup", profile="b")
    backup.state.terms = Terms("b", "bea", is_backup=True)
    fleet.home.join(backup)
    fleet.tick()
    fleet.ask()
    assert [type(message).__name__ for message in backup.heard] == ["Offer"]


@pytest.mark.parametrize("kind", get_args(HumanKind))
def test_clients_are_told_what_stops_a_tab_elsewhere_as_if_it_were_here(kind: HumanKind) -> None:
    fleet = Fleet()
    fleet.says(m.State(human=m.Human(kind, "Are you human?")))
    fleet.tick()
    _, sink = fleet.ask()
    fleet.tick(61)
    assert sink.outcome == ERRORS[kind].code


@pytest.mark.parametrize("at", [HOME, OWNER, THIRD])
def test_who_has_heard_of_a_page_too_but_comes_with_another_credential_takes_nothing_over(at: ReplicaId) -> None:
    fleet = Fleet()
    job, sink = fleet.ask()
    fleet.answering(job)
    stranger = fleet.stranger_with(job, at, page="page", credential="bobs")
    fleet.chunk(job, 2, f'a0:"Hi"\n{STOP}')
    fleet.says(m.End(job, 1, 3))
    assert (sink.text, sink.outcome) == ("Hi", "stop")
    assert fleet.hubs[at].jobs_of(stranger.state.worker) == 0
