"""Build the site's request for a job, at the moment it is granted: the ids are fixed per grant."""

from collections.abc import Callable

from arenabridge.conversations.rendering import render
from arenabridge.wire.arena.bodies import Answerers, Dialect, Prompt, create
from arenabridge.wire.arena.composer import compose
from arenabridge.wire.arena.ids import attempt_ids
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.composition import Composition
from arenabridge.wire.link.messages import How
from arenabridge.wire.step import Step


class SiteRequests:
    """Every conversation is a new session on the site, whose first message holds the whole history."""

    def __init__(self, dialect: Dialect, *, unix: Callable[[], float], random_bits: Callable[[], int]) -> None:
        self._dialect = dialect
        self._unix = unix
        self._random_bits = random_bits

    def create(self, model: SiteModel, request: ChatRequest, how: How) -> Step | Composition:
        """As one request of ours, or as what a person would do with the site's page."""
        text = render(request.messages)
        if how == "composer":
            return compose(model, text)
        ids = attempt_ids(int(self._unix() * 1000), self._random_bits)
        return create(self._dialect, ids, Answerers.direct(model.id), Prompt(text=text, modality=model.modality))
