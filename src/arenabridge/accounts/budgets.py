"""
What keys may use in a day and in a month: counted in the database, since it has to outlive the process.

A request is *reserved* by one conditional UPDATE before it is asked, so that however many come at once, and whatever is
killed in between, no more are let through than the budget has, and *settled* when it is over: an answer of which
nothing came is given back, tokens become what was really used. They are reserved by an estimate of the prompt, so their
budget may overshoot by the answers that are in flight. What was reserved when the process was killed counts as used.

Only keys with a budget are counted, from when they got it. Days and months are UTC's.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, Connection, Engine, case, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.errors import BudgetExhausted
from arenabridge.storage.tables.keys import key_budgets


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was taken from the budgets of a day and its month."""

    key_id: str
    day: str
    month: str
    requests: int
    tokens: int


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What of this day's and month's budgets is used or reserved: the very figures that decide."""

    day_requests: int = 0
    day_tokens: int = 0
    month_requests: int = 0
    month_tokens: int = 0


class Budgets:
    """All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._unix = unix
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else contextlib.nullcontext()
        """SQLite has one writer at a time: queueing here is cheaper than its asking again and again."""

    def reserve(self, key_id: str, limits: KeyLimits, *, requests: int, tokens: int) -> Reservation:
        """Raises `BudgetExhausted`, and has reserved nothing then."""
        wanted = Reservation(key_id, *_periods(self._unix()), requests, tokens)
        with self._turn, self._engine.begin() as connection:
            if _take(connection, wanted, limits):
                return wanted
            if _begin(connection, wanted) and _take(connection, wanted, limits):
                return wanted
            use = _use(connection, key_id, wanted)
        raise self._refusal(limits, use, wanted)

    def settle(self, reserved: Reservation, *, requests: int, tokens: int) -> None:
        """The request is over, and this is what it used. In a new day only the month's budget is settled."""
        back = {"requests": requests - reserved.requests, "tokens": tokens - reserved.tokens}
        if not any(back.values()):
            return
        values = {
            f"{period}_{what}": key_budgets.c[f"{period}_{what}"] + _if_still(period, reserved, literal(amount))
            for period in ("day", "month")
            for what, amount in back.items()
        }
        with self._turn, self._engine.begin() as connection:
            connection.execute(update(key_budgets).where(key_budgets.c.key_id == reserved.key_id).values(values))

    def used(self, key_id: str) -> BudgetUse:
        now = Reservation(key_id, *_periods(self._unix()), 0, 0)
        with self._engine.connect() as connection:
            return _use(connection, key_id, now)

    def _refusal(self, limits: KeyLimits, use: BudgetUse, wanted: Reservation) -> BudgetExhausted:
        now = datetime.fromtimestamp(self._unix(), UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        next_month = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
        for period, limit, used, asked, what, renewed in (
            ("month", limits.requests_per_month, use.month_requests, wanted.requests, "requests", next_month),
            ("month", limits.tokens_per_month, use.month_tokens, wanted.tokens, "tokens", next_month),
            ("day", limits.requests_per_day, use.day_requests, wanted.requests, "requests", midnight),
            ("day", limits.tokens_per_day, use.day_tokens, wanted.tokens, "tokens", midnight),
        ):
            if limit is not None and used + max(asked, 1) > limit:
                until = renewed if period == "month" else midnight + timedelta(days=1)
                return BudgetExhausted(
                    f"This API key's budget of {limit} {what} a {period} is used up: {used} used, {asked} requested. "
                    f"The next {period} begins at {until:%Y-%m-%d %H:%M} UTC.",
                    retry_after_seconds=(until - now).total_seconds(),
                )
        return BudgetExhausted()


def _periods(unix: float) -> tuple[str, str]:
    """Day and month."""
    day = datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d")
    return day, day[:7]


def _take(connection: Connection, wanted: Reservation, limits: KeyLimits) -> bool:
    """The one UPDATE that decides; a row of an earlier day or month counts as nothing used."""
    where: ColumnElement[bool] = key_budgets.c.key_id == wanted.key_id
    values: dict[str, Any] = {"day": wanted.day, "month": wanted.month}
    for period in ("day", "month"):
        for what, amount in (("requests", wanted.requests), ("tokens", wanted.tokens)):
            used = _if_still(period, wanted, key_budgets.c[f"{period}_{what}"])
            values[f"{period}_{what}"] = used + amount
            limit = getattr(limits, f"{what}_per_{period}")
            if limit is not None:
                where &= used + max(amount, 1) <= limit  # a prompt of no tokens gets an answer that has some
    return connection.execute(update(key_budgets).where(where).values(values)).rowcount > 0


def _if_still(period: str, reserved: Reservation, value: ColumnElement[int]) -> Case[int]:
    """The value while the row is about the same day or month, else nothing."""
    return case((key_budgets.c[period] == getattr(reserved, period), value), else_=0)


def _begin(connection: Connection, wanted: Reservation) -> bool:
    """Begin to count for this key; false if that was done already."""
    counts = dict.fromkeys(("day_requests", "day_tokens", "month_requests", "month_tokens"), 0)
    row = {"key_id": wanted.key_id, "day": wanted.day, "month": wanted.month, **counts}
    try:
        with connection.begin_nested():
            connection.execute(insert(key_budgets).values(row))
    except IntegrityError:
        return False
    return True


def _use(connection: Connection, key_id: str, now: Reservation) -> BudgetUse:
    row = connection.execute(select(key_budgets).where(key_budgets.c.key_id == key_id)).one_or_none()
    if row is None:
        return BudgetUse()
    day = (row.day_requests, row.day_tokens) if row.day == now.day else (0, 0)
    month = (row.month_requests, row.month_tokens) if row.month == now.month else (0, 0)
    return BudgetUse(*day, *month)
