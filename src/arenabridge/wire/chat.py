"""What a client asks for, whatever API it came in by and whatever site it leaves for."""

from typing import Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]
"""`developer` arrives as `system`, `function` as `tool`."""


class Message(msgspec.Struct, frozen=True):
    """One turn of the conversation, its parts of text already joined."""

    role: Role
    text: str
    name: str | None = None


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation and the model that is to answer its last turn."""

    model: str
    """The name the client used; echoed in every answer."""
    messages: tuple[Message, ...]
    ignored: tuple[str, ...] = ()
    """Parameters the client sent that have no counterpart on the site, by name."""
