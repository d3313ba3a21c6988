"""What a worker may be granted to do at the site, and the error for a worker that can't be granted it."""

from arenabridge.errors import GatewayError
from arenabridge.wire.composition import Composition
from arenabridge.wire.step import Step
from arenabridge.wire.templates import MakeAgain

SiteStep = Step | Composition | MakeAgain
"""One request of ours, what a person would do with the page, or a job for the earlier bridges' userscript."""


class UnableHere(Exception):
    """No worker of this kind can do the job; another may. `error` is what the client is told if there is none."""

    def __init__(self, error: GatewayError) -> None:
        super().__init__(str(error))
        self.error = error
