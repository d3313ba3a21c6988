"""
What keys, or people, may use in a day and in a month: counted in the database, since it has to outlive the process.

A request is *reserved* by one conditional UPDATE before it is asked, so that however many come at once, and whatever is
killed in between, no more are let through than the budget has, and *settled* when it is over: an answer of which
nothing came is given back, tokens become what was really used. They are reserved by an estimate of the prompt, so their
budget may overshoot by the answers that are in flight. What was reserved when the process was killed counts as used.

Only those with a budget are counted, from when they got it. Days and months are UTC's.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, Connection, Engine, Table, case, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.accounts.key_limits import THIS_KEY, KeyLimits
from arenabridge.errors import BudgetExhausted
from arenabridge.storage.tables.keys import key_budgets


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was taken from the budgets of a day and its month."""

    id: str
    """The id of the key, or of the person."""
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
    """Budgets of those whom `table` is about. All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine, unix: Callable[[], float] = time.time, table: Table = key_budgets) -> None:
        self._engine = engine
        self._table = table
        self._unix = unix
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else contextlib.nullcontext()
        """SQLite has one writer at a time: queueing here is cheaper than having it try again and again."""

    def reserve(self, id: str, limits: KeyLimits, *, requests: int, tokens: int, whose: str = THIS_KEY) -> Reservation:
        """Reserve; when it raises `BudgetExhausted`, nothing was reserved."""
        wanted = Reservation(id, *_periods(self._unix()), requests, tokens)
        with self._turn, self._engine.begin() as connection:
            if self._take(connection, wanted, limits):
                return wanted
            if self._begin(connection, wanted) and self._take(connection, wanted, limits):
                return wanted
            use = self._use(connection, wanted)
        raise self._refusal(limits, use, wanted, whose)

    def settle(self, reserved: Reservation, *, requests: int, tokens: int) -> None:
        """The request is over, and this is what it used. In a new day only the month's budget is settled."""
        back = {"requests": requests - reserved.requests, "tokens": tokens - reserved.tokens}
        if not any(back.values()):
            return
        values = {
            f"{period}_{what}": self._table.c[f"{period}_{what}"] + self._if_still(period, reserved, literal(amount))
            for period in ("day", "month")
            for what, amount in back.items()
        }
        with self._turn, self._engine.begin() as connection:
            connection.execute(update(self._table).where(self._is(reserved)).values(values))

    def used(self, id: str) -> BudgetUse:
        with self._engine.connect() as connection:
            return self._use(connection, Reservation(id, *_periods(self._unix()), 0, 0))

    def _refusal(self, limits: KeyLimits, use: BudgetUse, wanted: Reservation, whose: str) -> BudgetExhausted:
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
                    f"The budget of {limit} {what} a {period} that {whose} may use is used up: {used} used, {asked} "
                    f"requested. The next {period} begins at {until:%Y-%m-%d %H:%M} UTC.",
                    retry_after_seconds=(until - now).total_seconds(),
                )
        return BudgetExhausted()

    # -- the table

    def _is(self, reserved: Reservation) -> ColumnElement[bool]:
        return self._table.c[0] == reserved.id

    def _take(self, connection: Connection, wanted: Reservation, limits: KeyLimits) -> bool:
        """The one UPDATE that decides; a row of an earlier day or month counts as nothing used."""
        where = self._is(wanted)
        values: dict[str, Any] = {"day": wanted.day, "month": wanted.month}
        for period in ("day", "month"):
            for what, amount in (("requests", wanted.requests), ("tokens", wanted.tokens)):
                used = self._if_still(period, wanted, self._table.c[f"{period}_{what}"])
                values[f"{period}_{what}"] = used + amount
                limit = getattr(limits, f"{what}_per_{period}")
                if limit is not None:
                    where &= used + max(amount, 1) <= limit  # even a prompt without tokens gets an answer that has some
        return connection.execute(update(self._table).where(where).values(values)).rowcount > 0

    def _if_still(self, period: str, reserved: Reservation, value: ColumnElement[int]) -> Case[int]:
        """The value while the row is about the same day or month, else nothing."""
        return case((self._table.c[period] == getattr(reserved, period), value), else_=0)

    def _begin(self, connection: Connection, wanted: Reservation) -> bool:
        """Begin to count for this id; false if that was done already."""
        counts = dict.fromkeys(("day_requests", "day_tokens", "month_requests", "month_tokens"), 0)
        row = {self._table.c[0].name: wanted.id, "day": wanted.day, "month": wanted.month, **counts}
        try:
            with connection.begin_nested():
                connection.execute(insert(self._table).values(row))
        except IntegrityError:
            return False
        return True

    def _use(self, connection: Connection, now: Reservation) -> BudgetUse:
        row = connection.execute(select(self._table).where(self._is(now))).one_or_none()
        if row is None:
            return BudgetUse()
        day = (row.day_requests, row.day_tokens) if row.day == now.day else (0, 0)
        month = (row.month_requests, row.month_tokens) if row.month == now.month else (0, 0)
        return BudgetUse(*day, *month)


def _periods(unix: float) -> tuple[str, str]:
    """Day and month."""
    day = datetime.fromtimestamp(unix, UTC).strftime("%Y-%m-%d")
    return day, day[:7]
