"""
Put a whole conversation into the one message that begins a new session on the site.

The site keeps its own history and takes no foreign one, so a client's history travels as text. A single user turn is
sent as it is; anything longer is labelled turn by turn, in order, so that the model can tell who said what.
"""

from collections.abc import Sequence

from arenabridge.wire.chat import Message, Role

_LABELS: dict[Role, str] = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}


def render(messages: Sequence[Message]) -> str:
    """The text of the first message. Nothing is cut, reordered or merged; empty turns are left out."""
    if len(messages) == 1 and messages[0].role == "user":
        return messages[0].text
    return "\n\n".join(_labelled(message) for message in messages if message.text)


def _labelled(message: Message) -> str:
    name = f" ({message.name})" if message.name else ""
    return f"[{_LABELS[message.role]}{name}]\n{message.text}"
