"""
The page's flight data: rows `<hex id>:<payload>`, and the inline scripts that carry them.

Forms as captured in Nov 2025 to Jan 2026, and for one variant in July 2025. Text rows are `<id>:T<hex length>,<bytes>`
without a line feed, module rows `<id>:I[…]`; all others are JSON and end with LF.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from arenabridge.simulator.catalogue import SiteModel
    from arenabridge.simulator.conversations import Session
    from arenabridge.simulator.settings import PageVariant

MEDIA_TYPE = "text/x-component"
BUILD_ID = "hVx0aQm3kZ1sYt7Lr5Nw2"
MODELS_ROW = 6
FILLER_ROW_BYTES = 2_000

_FILLER = 'Lorem ipsum dolor sit amet, 「例」 consetetur {sadipscing} [elitr], sed "diam" nonumy\\n eirmod; '
_SCRIPT_UNSAFE = re.compile("[<>&\u2028\u2029]")


def page_rows(
    models: Iterable[SiteModel],
    session: Session | None,
    variant: PageVariant,
    filler_bytes: int,
    deployment: str = "",
) -> list[str]:
    """All rows of a page in order; that of the layout provider, number 6, holds the models and the conversation."""
    fillers = [_text_row(0x20 + at) for at in range(max(4, filler_bytes // FILLER_ROW_BYTES))]
    half = len(fillers) // 2
    state = session.page_object() if session else "$undefined"
    return [
        _row(1, "$Sreact.fragment"),
        *(_module_row(at, deployment) for at in range(2, MODELS_ROW)),
        *fillers[:half],
        _row(MODELS_ROW, _layout(list(models), state, variant)),
        *fillers[half:],
        _row(0x12, [["$", "title", "0", {"children": "LMArena"}], ["$", "meta", "1", {"name": "robots"}]]),
        _row(
            0, {"P": None, "b": BUILD_ID, "p": "", "c": ["", ""], "i": False, "f": [["", {}, "$1"]], "m": "$undefined"}
        ),
    ]


def push_scripts(rows: Sequence[str], variant: PageVariant) -> str:
    """The inline scripts, a few dozen of them; with `split_pushes` the row of the models is cut twice."""
    pieces = [piece for row in rows for piece in (_cut(row) if variant == "split_pushes" else (row,))]
    pushes = (f"<script>self.__next_f.push([1,{_script_string(piece)}])</script>" for piece in pieces)
    return "<script>(self.__next_f=self.__next_f||[]).push([0])</script>" + "".join(pushes)


def action_rows(result: Any) -> str:
    """The short answer of a server action: row 0 points to the row of the result."""
    return _row(0, {"a": "$@1", "f": "", "b": BUILD_ID}) + _row(1, result)


def rerender_rows(result: Any, rows: Sequence[str]) -> str:
    """The long answer: the whole page's rows, with the result somewhere among them."""
    at, where = 0x2F3, len(rows) * 2 // 3
    page = [row for row in rows if not row.startswith("0:")]
    return "".join(
        [
            _row(0, {"a": f"$@{at:x}", "f": [["", {}, "$1"]], "b": BUILD_ID}),
            *page[:where],
            _row(at, result),
            *page[where:],
        ]
    )


def _layout(models: list[SiteModel], state: Any, variant: PageVariant) -> list[Any]:
    objects = [model.page_object(id_first=variant != "id_not_first") for model in models]
    if variant in ("no_models", "rerender_only"):
        return ["$", "$L15", None, {"initialState": state, "children": ["$L17", "$L18"]}]
    source = {"data-sentry-source-file": "layout.tsx"}
    if variant == "initial_state":
        # July 2025: several arrays of that name, each below a provider of its own.
        half = len(objects) // 2
        inner = ["$", "$L16", None, {"initialState": objects[half:], "children": ["$L17", "$L18"]}]
        return ["$", "$L15", None, {"initialState": objects[:half], **source, "children": inner}]
    store = {
        "initialModels": objects,
        "initialModelAId": None,
        "initialModelBId": None,
        "data-sentry-element": "ModelStoreProvider",
        **source,
        "children": ["$L17", "$L18"],
    }
    provider = {"data-sentry-element": "EvaluationStoreProvider", "data-sentry-component": "LayoutWithSidebar"}
    return ["$", "$L15", None, {"initialState": state, **provider, **source, "children": ["$", "$L16", None, store]}]


def _cut(row: str) -> tuple[str, ...]:
    """Awkwardly: within the key that leads to the models, and within an escape of a model's name."""
    key = row.find('"initialModels"')
    if key < 0:
        return (row,)
    escape = row.find('\\"', key)
    second = escape + 1 if escape >= 0 else (key + len(row)) // 2
    return row[: key + 8], row[key + 8 : second], row[second:]


def _row(number: int, payload: Any) -> str:
    return f"{number:x}:{json.dumps(payload, ensure_ascii=False, separators=(',', ':'))}\n"


def _module_row(number: int, deployment: str) -> str:
    chunk = f"static/chunks/{7000 + number}-5e1f{number:04x}.js?dpl={deployment}"
    return f"{number:x}:I{json.dumps([9000 + number, [str(number), chunk], 'default'], separators=(',', ':'))}\n"


def _text_row(number: int) -> str:
    text = (_FILLER * (FILLER_ROW_BYTES // len(_FILLER.encode()) + 1)).strip()
    return f"{number:x}:T{len(text.encode()):x},{text}"


def _script_string(text: str) -> str:
    """A JavaScript string that is safe inside a script element, escaped as Next.js does."""
    literal = json.dumps(text, ensure_ascii=False)
    return _SCRIPT_UNSAFE.sub(lambda unsafe: f"\\u{ord(unsafe[0]):04x}", literal)
