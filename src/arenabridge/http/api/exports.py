"""Rows as a file, CSV or JSON, written as they are read."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import orjson
from starlette.responses import StreamingResponse

Format = Literal["csv", "json"]


def exported(name: str, rows: Iterable[Mapping[str, Any]], columns: Iterable[str], format: Format) -> StreamingResponse:
    """Rows of these columns, plain values."""
    return StreamingResponse(
        _as_csv(rows, list(columns)) if format == "csv" else _as_json(rows),
        media_type="text/csv; charset=utf-8" if format == "csv" else "application/json",
        headers={"content-disposition": f'attachment; filename="arenabridge-{name}.{format}"'},
    )


def _as_csv(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> Iterator[str]:
    yield _line(columns)
    for row in rows:
        yield _line([_inert(row[name]) for name in columns])


def _line(values: list[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _inert(value: Any) -> str:
    """Spreadsheets take text that begins so for a formula, and names are people's own choice (OWASP, CSV injection)."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return str(value)


def _as_json(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    opening = b"["
    for row in rows:
        yield opening + orjson.dumps(row)
        opening = b",\n"
    yield b"[]" if opening == b"[" else b"]"
