"""Budgets: exactly as much as was granted, however many ask at once, whatever is killed in between."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from arenabridge.accounts.budgets import Budgets, BudgetUse, Reservation
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import ApiKeyStore, KeyForm
from arenabridge.errors import BudgetExhausted
from servers.sql import Sql


@dataclass
class Desk:
    """Budgets of one key, on a calendar that the test sets."""

    database: Engine
    now: float = datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp()

    def __post_init__(self) -> None:
        self.budgets = Budgets(self.database, lambda: self.now)
        self.key = ApiKeyStore(self.database, b"pepper").make(KeyForm(name="mine"))[0].id

    def is_let_in(self, limits: KeyLimits, *, tokens: int = 0) -> Reservation | None:
        try:
            return self.budgets.reserve(self.key, limits, requests=1, tokens=tokens)
        except BudgetExhausted:
            return None

    def reserve(self, limits: KeyLimits, *, requests: int = 1, tokens: int = 0) -> Reservation:
        return self.budgets.reserve(self.key, limits, requests=requests, tokens=tokens)

    @property
    def used(self) -> BudgetUse:
        return self.budgets.used(self.key)


@pytest.fixture
def desk(sql: Sql) -> Desk:
    return Desk(sql.open())


@pytest.mark.parametrize("limits", [KeyLimits(requests_per_day=100), KeyLimits(requests_per_month=100)])
def test_of_200_at_once_a_budget_of_100_lets_exactly_100_through(desk: Desk, sql: Sql, limits: KeyLimits) -> None:
    databases = [desk.database, sql.open(), sql.open()]  # of other gateways: they share no lock and no connection
    others = [Budgets(database, lambda: desk.now) for database in databases]

    def ask(number: int) -> bool:
        budgets = [desk.budgets, *others][number % 4]
        try:
            budgets.reserve(desk.key, limits, requests=1, tokens=0)
        except BudgetExhausted:
            return False
        return True

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(ask, range(200))) == 100
    assert (desk.used.day_requests, desk.used.month_requests) == (100, 100)


ASKER = """
import sys
from arenabridge.accounts.budgets import Budgets
from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.errors import BudgetExhausted
from arenabridge.storage.database import open_database
from pathlib import Path
place = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
budgets = Budgets(open_database(place), lambda: float(sys.argv[3]))
try:
    while True:
        budgets.reserve(sys.argv[2], KeyLimits(requests_per_day=100), requests=1, tokens=0)
        print("let in", flush=True)
except BudgetExhausted:
    print("exhausted", flush=True)
"""


def test_a_kill_in_between_lets_nobody_through_twice(desk: Desk, sql: Sql) -> None:
    """One that was killed after it had reserved and before it could say so counts as used."""

    def asker() -> subprocess.Popen[str]:
        words = [sys.executable, "-c", ASKER, str(sql.place), desk.key, str(desk.now)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own words

    let_in = 0
    for _ in range(3):
        with asker() as killed:
            assert killed.stdout is not None
            for _ in range(20):
                assert killed.stdout.readline() == "let in\n"
            killed.send_signal(signal.SIGKILL)
            let_in += 20 + killed.stdout.read().count("let in\n")
    with asker() as last:
        assert last.stdout is not None
        let_in += last.stdout.read().count("let in\n")
    assert desk.used.day_requests == 100
    assert 97 <= let_in <= 100


def test_what_nothing_came_of_is_given_back(desk: Desk) -> None:
    limits = KeyLimits(requests_per_day=1, tokens_per_month=50)
    reserved = desk.reserve(limits, tokens=10)
    assert desk.is_let_in(limits) is None
    desk.budgets.settle(reserved, requests=0, tokens=0)
    assert desk.used == BudgetUse()
    assert desk.is_let_in(limits)


def test_tokens_become_what_was_used_and_may_overshoot_by_what_is_in_flight(desk: Desk) -> None:
    limits = KeyLimits(tokens_per_day=100)
    flying = [desk.reserve(limits, tokens=40), desk.reserve(limits, tokens=60)]
    assert desk.is_let_in(limits) is None, "a prompt of no tokens gets an answer that has some"
    for each in flying:
        desk.budgets.settle(each, requests=1, tokens=80)
    assert desk.used.day_tokens == 160
    with pytest.raises(BudgetExhausted, match="100 tokens a day"):
        desk.reserve(limits, tokens=1)


def test_a_new_day_begins_with_nothing_used_and_the_month_goes_on(desk: Desk) -> None:
    limits = KeyLimits(requests_per_day=2, requests_per_month=3)
    yesterdays = [desk.reserve(limits), desk.reserve(limits)]
    with pytest.raises(BudgetExhausted, match="2 requests a day") as refused:
        desk.reserve(limits)
    assert refused.value.retry_after_seconds == 12 * 3600
    desk.now += 12 * 3600
    assert desk.used == BudgetUse(month_requests=2)
    desk.reserve(limits)
    with pytest.raises(BudgetExhausted, match="3 requests a month") as refused:
        desk.reserve(limits)
    assert refused.value.retry_after_seconds == 8 * 24 * 3600
    desk.budgets.settle(yesterdays[0], requests=0, tokens=0)
    assert desk.used == BudgetUse(day_requests=1, month_requests=2), "yesterday's is settled with the month alone"
    desk.now += 8 * 24 * 3600
    assert desk.used == BudgetUse()
    desk.budgets.settle(yesterdays[1], requests=0, tokens=0)
    assert desk.reserve(limits)
    assert desk.used == BudgetUse(day_requests=1, month_requests=1)


def test_several_answers_are_let_in_together_or_not_at_all(desk: Desk) -> None:
    limits = KeyLimits(requests_per_day=3)
    desk.reserve(limits, requests=2)
    with pytest.raises(BudgetExhausted):
        desk.reserve(limits, requests=2)
    assert desk.used.day_requests == 2
    desk.reserve(limits)
