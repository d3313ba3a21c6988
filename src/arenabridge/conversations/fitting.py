"""Make a conversation fit what the site takes, or say by how much it does not. Nothing is ever cut silently."""

from collections.abc import Sequence
from dataclasses import dataclass

from arenabridge.conversations.rendering import render
from arenabridge.errors import ContextTooLong
from arenabridge.wire.chat import Message
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.reply import Notice, ReplyEvent

_DROPPED = "dropped_turns"


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent, and how many turns were dropped for it."""

    messages: tuple[Message, ...]
    dropped: int = 0


def fit(messages: Sequence[Message], client: ClientProfile, limit: int) -> Fitted:
    """
    At most `limit` characters, as JavaScript counts them, once rendered.

    With `trim_oldest` the oldest turns go first, but never system turns or the last turn. Raises `ContextTooLong`.
    """
    kept = list(messages)
    text = render(kept, client)
    if length(text) > limit and client.overflow == "trim_oldest":
        kept = _without_oldest(kept, client, limit)
        text = render(kept, client)
    check_length(text, limit)
    return Fitted(tuple(kept), len(messages) - len(kept))


def check_length(text: str, limit: int) -> None:
    """Raises `ContextTooLong`."""
    if (has := length(text)) > limit:
        raise ContextTooLong(f"The conversation is {has} characters long, the site takes {limit}.", param="messages")


def told_dropped(turns: int) -> Notice:
    """Tells whoever listens to an answer that so many turns were dropped only when it was to be sent."""
    return Notice("a", _DROPPED, turns)


def dropped_by(event: ReplyEvent) -> int | None:
    """How many the event tells of, if it is such a one."""
    return event.value if isinstance(event, Notice) and event.kind == _DROPPED else None


def length(text: str) -> int:
    """UTF-16 units: what the page and its message box count."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _without_oldest(messages: list[Message], client: ClientProfile, limit: int) -> list[Message]:
    """Drops in halves, so that a long conversation is not rendered once for each of its turns."""
    droppable = [index for index, turn in enumerate(messages[:-1]) if turn.role != "system"]
    low, high = 0, len(droppable)
    while low < high:
        middle = (low + high) // 2
        if length(render(_without(messages, droppable[:middle]), client)) <= limit:
            high = middle
        else:
            low = middle + 1
    return _without(messages, droppable[:low])


def _without(messages: Sequence[Message], indexes: Sequence[int]) -> list[Message]:
    gone = set(indexes)
    return [turn for index, turn in enumerate(messages) if index not in gone]
