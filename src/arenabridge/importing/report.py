"""A plan in words, for the person who decides about it."""

import textwrap
from collections.abc import Iterator
from pathlib import Path

from arenabridge.importing.folder import SYSTEMS
from arenabridge.importing.plan import Plan
from arenabridge.importing.step import Kind, Step

_HEADINGS: dict[Kind, str] = {
    "comes": "Comes over",
    "there": "Is there already",
    "declined": "Does not come over",
    "broken": "Can't be read",
    "note": "Keep in mind",
}

WIDTH = 110


def report(plan: Plan, into: Path, *, applied: bool) -> str:
    """`applied`: whether it was carried out."""
    return "\n".join(_lines(plan, into, applied=applied)) + "\n"


def _lines(plan: Plan, into: Path, *, applied: bool) -> Iterator[str]:
    yield f"From {plan.folder.path}: {SYSTEMS[plan.system]}"
    yield f"Into {into}"
    for kind, heading in _HEADINGS.items():
        steps = [step for step in plan.steps if step.kind == kind]
        if steps:
            yield ""
            yield ("Came over" if applied else heading) if kind == "comes" else heading
            for step in steps:
                yield from _item(step)
    yield ""
    yield _end(plan, applied=applied)


def _item(step: Step) -> Iterator[str]:
    text = f"{step.what}: {step.words}" if step.what else step.words
    yield from textwrap.wrap(text, WIDTH, initial_indent="  - ", subsequent_indent="    ", break_on_hyphens=False)


def _end(plan: Plan, *, applied: bool) -> str:
    if not plan.does_something:
        return "There is nothing to do."
    if applied:
        return "Done; nothing in that folder was changed. Start the gateway again if it is running."
    return "Nothing has been changed yet. The same command with --apply does it."
