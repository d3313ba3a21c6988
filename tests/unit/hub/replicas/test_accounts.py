"""What a browser has uploaded is one account's: all gateways forget it when another may be signed in."""

import pytest

from arenabridge.engine.interface import ReplicaId
from arenabridge.wire.link import messages as m
from unit.hub.doubles import plain_worker
from unit.hub.fleet_scene import HOME, OWNER, THIRD, Fleet


@pytest.mark.parametrize("at", [OWNER, THIRD])
async def test_what_a_lent_tab_uploaded_is_forgotten_wherever_its_browser_may_have_signed_in(at: ReplicaId) -> None:
    fleet = Fleet()
    job, _ = fleet.ask()
    fleet.answering(job)
    lent = next(iter(fleet.home.roster.states)).worker
    for errands in (3, 0):
        assert await fleet.errands_to_upload(lent, fleet.tab, OWNER) == errands
    fleet.hubs[at].join(plain_worker("another tab", profile="p"))
    fleet.network.run()
    assert await fleet.errands_to_upload(lent, fleet.tab, OWNER) == 3


@pytest.mark.parametrize("cut_off", [HOME, OWNER])
async def test_a_sign_in_of_which_word_was_lost_is_reckoned_with_after_an_outage(cut_off: ReplicaId) -> None:
    fleet = Fleet()
    own = plain_worker("own", profile="p")
    fleet.home.join(own)
    fleet.tick()
    assert await fleet.errands_to_upload(own.state.worker, own, HOME) == 3
    fleet.network.away = cut_off
    fleet.tick()
    fleet.says(m.State(human=m.Human("sign_in")), m.State())
    assert await fleet.errands_to_upload(own.state.worker, own, HOME) == 0
    fleet.network.away = None
    fleet.tick()
    assert await fleet.errands_to_upload(own.state.worker, own, HOME) == 3
