"""A request passes the limits of its key and of the person behind it together, or leaves no trace at either."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.admission import NOTHING, SharedTicket, Used
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import ApiKey, KeyForm
from arenabridge.accounts.limits import Meter
from arenabridge.app import open_accounts
from arenabridge.errors import BudgetExhausted, RateLimited
from arenabridge.settings import Settings

EVERY = KeyLimits(requests_per_minute=5, tokens_per_minute=100, parallel_requests=5, requests_per_day=5)


@dataclass(frozen=True)
class Desk:
    """One person's key."""

    accounts: Accounts
    key: ApiKey

    def limited(self, own: KeyLimits, theirs: KeyLimits) -> ApiKey:
        assert self.key.owner is not None
        return replace(self.key, limits=own, owner=replace(self.key.owner, limits=theirs))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    accounts = open_accounts(Settings(data_dir=tmp_path), {})
    ann = accounts.people.add("Ann", None, "user", "")
    return Desk(accounts, accounts.keys.make(KeyForm(name="hers"), ann.id)[0])


@pytest.mark.parametrize(
    ("own", "theirs", "error"),
    [
        (EVERY, KeyLimits(requests_per_minute=1), RateLimited),
        (EVERY, KeyLimits(requests_per_day=1), BudgetExhausted),
        (KeyLimits(requests_per_minute=5, requests_per_day=1), KeyLimits(), BudgetExhausted),
    ],
)
async def test_what_one_limit_refuses_uses_up_no_other(
    desk: Desk, own: KeyLimits, theirs: KeyLimits, error: type[Exception]
) -> None:
    key, door = desk.limited(own, theirs), desk.accounts.admissions
    admission = await door.enter(key, requests=1, tokens=10)
    await admission.settle(Used(requests=1, tokens=10))
    for _ in range(7):
        with pytest.raises(error):
            await door.enter(key, requests=1, tokens=10)
    left = door.meters.headers(key.id, EVERY, 0.0)
    assert (left["x-ratelimit-remaining-requests"], left["x-ratelimit-remaining-tokens"]) == ("4", "90")
    assert (door.meters.running(key.id), door.used(key.held[0]).day_requests) == (0, int(own.has_budget))


@dataclass
class Shared:
    """A ticket of a server."""

    meter: Meter
    second: int


class JamError(Exception):
    """What it fails with."""


class Jammed:
    """Counts at a server that takes everything and can give nothing back."""

    async def reserve(self, *_: object, **__: object) -> SharedTicket:
        return Shared(Meter(), 0)

    def release(self, *_: object) -> None:
        pass

    async def settle(self, *_: object) -> None:
        raise JamError

    async def take_back(self, *_: object) -> None:
        raise JamError


async def test_what_can_t_be_settled_leaves_the_rest_settled(desk: Desk) -> None:
    key, door = desk.limited(EVERY, KeyLimits(requests_per_day=5, parallel_requests=1)), desk.accounts.admissions
    door.shared = Jammed()
    admission = await door.enter(key, requests=1, tokens=0)
    with pytest.raises(JamError):
        await admission.settle(NOTHING)
    assert [(door.used(held).day_requests, door.meters.running(held.id)) for held in key.held] == [(0, 0), (0, 0)]


async def test_what_can_t_be_taken_back_leaves_the_rest_taken_back(desk: Desk) -> None:
    key, door = desk.limited(EVERY, KeyLimits(parallel_requests=1)), desk.accounts.admissions
    door.shared = Jammed()
    with pytest.raises(JamError) as failed:
        await door.enter(key, requests=2, tokens=0)
    assert isinstance(failed.value.__context__, RateLimited), "why it was to be taken back is told too"
    assert (door.used(key.held[0]).day_requests, door.meters.running(key.id)) == (0, 0)
