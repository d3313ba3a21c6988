"""Build the site's request for a job, at the moment it is granted: the ids are fixed per grant."""

from collections.abc import Callable

from arenabridge.conversations.rendering import render
from arenabridge.wire.arena.bodies import Answerers, Dialect, Prompt, create
from arenabridge.wire.arena.ids import attempt_ids
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.chat import ChatRequest
from arenabridge.wire.step import Step


class SiteRequests:
    """Every conversation is a new session on the site, whose first message holds the whole history."""

    def __init__(self, dialect: Dialect, *, unix: Callable[[], float], random_bits: Callable[[], int]) -> None:
        self._dialect = dialect
        self._unix = unix
        self._random_bits = random_bits

    def create(self, model: SiteModel, request: ChatRequest) -> Step:
        ids = attempt_ids(int(self._unix() * 1000), self._random_bits)
        prompt = Prompt(text=render(request.messages), modality=model.modality)
        return create(self._dialect, ids, Answerers.direct(model.id), prompt)
