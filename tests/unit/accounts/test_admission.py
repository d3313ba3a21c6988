"""A request passes the limits of its key and of the person behind it together, or leaves no trace at either."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.admission import Used
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import ApiKey, KeyForm
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
