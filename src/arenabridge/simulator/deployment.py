"""What changes with every deployment of the site: its name, the ids of its server actions, its scripts' file names."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

ActionName = Literal["generateUploadUrl", "getSignedUrl", "getHistory"]
"""The site's own name of the last was never captured; callers know it by its id alone."""
ACTIONS: tuple[ActionName, ...] = get_args(ActionName)

DECOYS = 3
"""Scripts of the page beside the one that names the actions; the real page has dozens."""
DECOY_STATEMENTS = 200


@dataclass(frozen=True)
class Deployment:
    """One deployment, by its number."""

    number: int

    @property
    def id(self) -> str:
        return f"dpl_{self._digest('id')[:20]}"

    def action_id(self, name: ActionName) -> str:
        """42 hexadecimal digits."""
        return self._digest(f"action {name}")[:42]

    def action(self, action_id: str) -> ActionName | None:
        """Which action has that id now; None: it is stale, or was never one."""
        return next((name for name in ACTIONS if self.action_id(name) == action_id), None)

    @property
    def chunk_name(self) -> str:
        """The script that names the actions."""
        return f"2398-{self._digest('chunk')[:16]}.js"

    @property
    def scripts(self) -> list[str]:
        """All scripts of the page in order, the one that names the actions somewhere among them."""
        decoys = [f"{7000 + at}-{self._digest(f'decoy {at}')[:16]}.js" for at in range(DECOYS)]
        return [*decoys[:2], self.chunk_name, *decoys[2:]]

    def script(self, name: str) -> str | None:
        """The text of a script; another deployment's is gone."""
        if name == self.chunk_name:
            return self._chunk()
        return _decoy(name) if name in self.scripts else None

    def _chunk(self) -> str:
        """What a reader of the page's scripts finds the action ids in, written as the site's bundler writes it."""
        references = "".join(
            f'var {variable}=(0,r.createServerReference)("{self.action_id(name)}",'
            f'r.callServer,void 0,r.findSourceMapURL,"{name}");'
            for variable, name in zip("aoi", ACTIONS, strict=True)
        )
        module = f'(e,t,r)=>{{"use strict";{references}}}'
        return f"(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[2398],{{2398:{module}}}]);"

    def _digest(self, what: str) -> str:
        return hashlib.sha256(f"deployment {self.number} {what}".encode()).hexdigest()


def _decoy(name: str) -> str:
    """Code without meaning, with hexadecimal texts that are no ids of actions."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    statements = "".join(f'var v{at}="{digest[at % 22 :]}";' for at in range(DECOY_STATEMENTS))
    return f"(self.webpackChunk_N_E=self.webpackChunk_N_E||[]).push([[{name[:4]}],{{{name[:4]}:e=>{{{statements}}}}}]);"
