"""What is to be done with a folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from arenabridge.accounts.audit import COMMAND_LINE
from arenabridge.errors import GatewayError
from arenabridge.importing.dashboard_db import BrokenDatabase
from arenabridge.importing.folder import Folder, System, opened
from arenabridge.importing.proxy_folder import proxy_steps
from arenabridge.importing.step import Step
from arenabridge.importing.target import Target
from arenabridge.importing.token_folder import token_steps
from arenabridge.importing.userscript_folder import userscript_steps
from arenabridge.settings import SettingsError

_STEPS: dict[System, Callable[[Folder, Target], Iterator[Step]]] = {
    "userscript": userscript_steps,
    "tokens": token_steps,
    "proxy": proxy_steps,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps, in their order; each sees what those before it did."""

    folder: Folder
    system: System
    steps: tuple[Step, ...]

    @property
    def does_something(self) -> bool:
        return any(step.kind == "comes" for step in self.steps)

    def carry_out(self, target: Target) -> "Plan":
        """What became of it: a step that can't be done is told, and those after it are done all the same."""
        done = replace(self, steps=tuple(map(_done, self.steps)))
        if done.does_something:
            target.audit.record(COMMAND_LINE, "import.done", str(self.folder.path), detail=self.system)
        return done


def _done(step: Step) -> Step:
    try:
        step.do()
    except (GatewayError, SettingsError, BrokenDatabase) as error:
        return Step("broken", step.what, f"{step.words} It could not be brought: {error}")
    return step


def make_plan(path: Path, target: Target, system: System | None = None) -> Plan:
    """Look at the folder and at what is there already; raises `ImportFailed`. Changes nothing."""
    folder, system = opened(path, system)
    return Plan(folder, system, tuple(_together(_STEPS[system](folder, target))))


def _together(steps: Iterator[Step]) -> Iterator[Step]:
    """Without those that say nothing."""
    return (step for step in steps if step.words)
