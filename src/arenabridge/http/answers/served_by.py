"""Who served an answer, how, and with how much of its conversation, in the answer's headers."""

from collections.abc import Sequence

from arenabridge.conversations.fitting import dropped_by
from arenabridge.http.door.header_text import header_text
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.reply import ReplyEvent


def served_by(worker: WorkerId, how: How, model: str) -> dict[str, str]:
    """`model` is the site's name of it, whatever the client called it: an alias, or one of several that stand in."""
    return {"x-arenabridge-worker": worker, "x-arenabridge-how": how, "x-arenabridge-model": header_text(model)}


def without_turns(dropped: int) -> dict[str, str]:
    return {"x-arenabridge-dropped-turns": str(dropped)} if dropped else {}


def told_by(events: Sequence[ReplyEvent]) -> dict[str, str]:
    """What is known only once the answer's request is sent."""
    return without_turns((events and dropped_by(events[0])) or 0)
