"""Limits in the database: a count is a column of its holder's row, a pattern or network a row of a table of rules."""

from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, Table, delete, insert, select

from arenabridge.accounts.key_limits import KeyLimits

KINDS = {"allowed_models": "allowed_model", "denied_models": "denied_model", "networks": "network"}
"""The kinds of rules, by the field of `KeyLimits` that each stands for."""

COUNTS = tuple(name for name in KeyLimits.__struct_fields__ if name not in KINDS)

Rules = dict[str, list[tuple[str, str]]]
"""Rules as kind and value, by the id of their holder."""


def columns(limits: KeyLimits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in COUNTS}


def rules(limits: KeyLimits) -> list[tuple[str, str]]:
    """Rules as kind and value."""
    return [(kind, value) for name, kind in KINDS.items() for value in sorted(set(getattr(limits, name)))]


def write_rules(connection: Connection, table: Table, id: str, limits: KeyLimits) -> None:
    """Write these in place of the rules that were there."""
    whose = table.c[0]
    connection.execute(delete(table).where(whose == id))
    rows = [{whose.name: id, "kind": kind, "value": value} for kind, value in rules(limits)]
    if rows:
        connection.execute(insert(table), rows)


def read_rules(connection: Connection, table: Table, whose: Select[Any]) -> Rules:
    """`whose` selects ids."""
    found: Rules = {}
    for id_, kind, value in connection.execute(select(table).where(table.c[0].in_(whose))):
        found.setdefault(id_, []).append((kind, value))
    return found


def read(row: Row[Any], kept: list[tuple[str, str]], prefix: str = "") -> KeyLimits:
    """From columns that are named with this prefix, and rules."""
    counts = {name: getattr(row, prefix + name) for name in COUNTS}
    lists = {name: tuple(value for of, value in kept if of == kind) for name, kind in KINDS.items()}
    return msgspec.convert({**counts, **lists}, KeyLimits)
