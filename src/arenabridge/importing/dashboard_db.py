"""
`dashboard.db` of the earlier bridges' dashboard, read and never written.

Its columns of times are texts without a zone: those that the database set itself (`CURRENT_TIMESTAMP`) are UTC's, those
that the program set (`expires_at`) are this computer's.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

BUSY_SECONDS = 2.0
"""How long another program that writes to it is waited for."""

_GREATEST = 2**53

_Row = TypeVar("_Row")

_COLUMNS = {
    "users": ("id", "username", "email", "password_hash", "is_admin"),
    "api_tokens": ("id", "user_id", "token_key", "token_name", "created_at", "is_active", "expires_at"),
    "usage_logs": (
        "id",
        "token_id",
        "model_name",
        "endpoint",
        "request_time",
        "response_time_ms",
        "status_code",
        "tokens_used",
        "error_message",
    ),
}


class BrokenDatabase(ValueError):
    """It can't be read. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class EarlierUser:
    """A row of `users`."""

    id: int
    name: str
    email: str | None
    password_hash: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class EarlierToken:
    """A row of `api_tokens`. Times in seconds since 1970, UTC."""

    id: int
    user_id: int | None
    key: str
    name: str
    created_at: float | None
    is_active: bool
    expires_at: float | None

    def __repr__(self) -> str:
        return f"EarlierToken({self.id})"


@dataclass(frozen=True, slots=True)
class EarlierUse:
    """A row of `usage_logs`."""

    id: int
    token_id: int | None
    model: str
    endpoint: str
    ended_at: float
    seconds: float
    status: int
    tokens: int | None
    error: str | None


class DashboardDb:
    """An open one; all methods wait for the disk and raise `BrokenDatabase`."""

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self._path = path
        self._busy = busy_seconds
        self.left_out: dict[str, int] = {}
        """How many rows of a table, as it was last read, are invalid."""

    def users(self) -> list[EarlierUser]:
        return list(self._read("users", _user))

    def tokens(self) -> list[EarlierToken]:
        return list(self._read("api_tokens", _token))

    def uses(self, after: int = 0) -> Iterator[EarlierUse]:
        """Those with a greater id, in their order; rows without a time can't be kept and are left out."""
        return self._read("usage_logs", _use, after)

    def _read(self, table: str, read: Callable[..., _Row], after: int = 0) -> Iterator[_Row]:
        self.left_out[table] = 0
        for row in self._rows(table, after):
            try:
                yield read(*row)
            except (ValueError, OverflowError, OSError, TypeError):  # whatever people or programs wrote there
                self.left_out[table] += 1

    def identity(self) -> str:
        """Tells this database from others: the times of its first request and its first user."""
        with self._open() as connection:
            first = connection.execute("SELECT id, request_time, model_name FROM usage_logs ORDER BY id LIMIT 1")
            return repr(first.fetchone())

    def _rows(self, table: str, after: int = 0) -> Iterator[tuple[Any, ...]]:
        columns = ", ".join(_COLUMNS[table])
        query = f"SELECT {columns} FROM {table} WHERE id > ? ORDER BY id"  # noqa: S608 - names of ours alone
        with self._open() as connection:
            yield from connection.execute(query, (after,))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with contextlib.closing(
                sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True, timeout=self._busy)
            ) as connection:
                connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
                _check(connection)
                yield connection
        except sqlite3.Error as error:
            raise BrokenDatabase(_in_words(error)) from None


def _user(id: object, name: object, email: object, hashed: object, admin: object) -> EarlierUser:
    return EarlierUser(_id(id), str(name), _text(email), str(hashed), bool(admin))


def _token(
    id: object, user: object, key: object, name: object, created: object, active: object, expires: object
) -> EarlierToken:
    until = _local(expires)
    if expires and until is None:  # it would never end
        raise ValueError(expires)
    return EarlierToken(_id(id), _number(user), str(key), str(name or ""), _utc(created), bool(active), until)


def _use(*row: Any) -> EarlierUse:
    id_, token, model, endpoint, at, ms, status, tokens, error = row
    time = _utc(at)
    if time is None or time < 0:
        raise ValueError(at)
    return EarlierUse(
        _id(id_),
        _number(token),
        str(model or ""),
        str(endpoint or ""),
        time,
        (_number(ms) or 0) / 1000,
        _number(status) or 0,
        _number(tokens) or None,
        _text(error),
    )


def _check(connection: sqlite3.Connection) -> None:
    for table, columns in _COLUMNS.items():
        there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        missing = [column for column in columns if column not in there]
        if missing:
            what = f"its table {table} lacks {', '.join(missing)}" if there else f"it has no table {table}"
            raise BrokenDatabase(f"it is of another version: {what}")


def _in_words(error: sqlite3.Error) -> str:
    text = str(error)
    if "locked" in text or "busy" in text:
        return "another program is writing to it: stop the earlier bridge and run this again"
    if "readonly" in text:
        return "its last change was not finished: start and stop the earlier bridge once, and run this again"
    return f"it can't be read: {text}"


def _utc(text: object) -> float | None:
    time = _time(text)
    return None if time is None else time.replace(tzinfo=time.tzinfo or UTC).timestamp()


def _local(text: object) -> float | None:
    time = _time(text)
    return None if time is None else time.timestamp()


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return str(value) if value else None


def _id(value: object) -> int:
    number = _number(value)
    if number is None:
        raise ValueError(value)
    return number


def _number(value: object) -> int | None:
    """Raises `ValueError` or `OverflowError` for a value that can't be a count or an id."""
    number = int(value) if isinstance(value, int | float) else None
    if number is not None and abs(number) > _GREATEST:
        raise ValueError(value)
    return number
