"""Whose budgets alerts are about."""

from pathlib import Path

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import KeyForm
from arenabridge.app import open_accounts
from arenabridge.app.alerting import budget_shares
from arenabridge.settings import Settings

LIMITS = KeyLimits(requests_per_day=5)


def test_people_are_looked_at_first_and_revoked_keys_not_at_all(tmp_path: Path) -> None:
    """However many keys there are, no person's budget is beyond the bound for them."""
    accounts = open_accounts(Settings(data_dir=tmp_path), {})
    for name in ("first", "revoked"):
        key, _ = accounts.keys.make(KeyForm(name=name, limits=LIMITS))
    accounts.keys.revoke(key.id)
    accounts.people.add("Ann", None, "user", "", limits=LIMITS)
    assert [share.who for share in budget_shares(accounts)] == ["Ann", "The key first"]
