"""What a client asks for, whatever API it came in by and whatever site it leaves for."""

from typing import Literal

import msgspec

Role = Literal["system", "user", "assistant", "tool"]
"""`developer` arrives as `system`, `function` as `tool`."""


class Attachment(msgspec.Struct, frozen=True):
    """A file within a turn. `media_type` is what its content shows, whatever its sender claimed."""

    name: str
    media_type: str
    content: bytes
    digest: str
    """SHA-256 of the content, hexadecimal."""


class RemoteFile(msgspec.Struct, frozen=True):
    """A file that a turn names by its address; it becomes an `Attachment` before the site is asked."""

    url: str
    name: str = ""
    as_picture: bool = False
    """Whether its sender says that a picture is there."""


class Message(msgspec.Struct, frozen=True):
    """One turn of the conversation, its parts of text already joined."""

    role: Role
    text: str
    name: str | None = None
    files: tuple[Attachment | RemoteFile, ...] = ()
    said: str | None = None
    """Of an answer: its text as the site gave it, where the client was given, and repeats, something else."""


class ChatRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation and the model that is to answer its last turn."""

    model: str
    """The name the client used; echoed in every answer."""
    messages: tuple[Message, ...]
    ignored: tuple[str, ...] = ()
    """Parameters the client sent that have no counterpart on the site, by name."""
