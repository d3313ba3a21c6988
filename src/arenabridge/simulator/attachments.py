"""The files of a message: which of them the site takes, and what its models see of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from arenabridge.simulator.pictures import drawing_of
from arenabridge.simulator.refusals import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arenabridge.simulator.bodies import Attachment
    from arenabridge.simulator.catalogue import SiteModel
    from arenabridge.simulator.conversations import Message
    from arenabridge.simulator.storage import Storage

DIGEST_CHARACTERS = 16
"""Digits of a file's SHA-256, in hexadecimal: enough to tell files apart."""

_DATA_URI = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)
_UPLOADED = re.compile(r"^[^/]+/\d+-")
_PROBLEMS = {
    "unknown": "no such file",
    "forged": "signature does not match",
    "foreign": "not your file",
    "expired": "URL has expired",
}


@dataclass(frozen=True)
class SeenFile:
    """One attachment as a model sees it. Without `size` and `sha256`: its URL leads out of this site."""

    message: int
    """Which message of the conversation brought it, counted from 0."""
    name: str
    """The file's own name, without the folder and the time of its key."""
    content_type: str
    """The type of the stored file, or what the attachment says of a file from elsewhere."""
    size: int | None = None
    """Bytes."""
    sha256: str | None = None
    """Its first 16 hexadecimal digits."""
    prompt: str | None = None
    """What a picture that a model of this site has drawn was made of."""

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    def as_json(self) -> dict[str, Any]:
        """In the key order of the page, leaving out what is not known."""
        told = {
            "message": self.message,
            "name": self.name,
            "contentType": self.content_type,
            "size": self.size,
            "sha256": self.sha256,
            "prompt": self.prompt,
        }
        return {key: value for key, value in told.items() if value is not None}

    def in_words(self) -> str:
        size = f", {self.size} bytes, SHA-256 {self.sha256}…" if self.size is not None else ""
        return f"{self.name} ({self.content_type}{size})"


def check(files: Sequence[Attachment], owner: str, storage: Storage, *, takes_any_url: bool) -> None:
    """
    Refuses with 400 a file that the visitor has not uploaded, or under another name than its key.

    Until autumn 2025 `data:` URIs and addresses of other hosts were taken as well.
    """
    for file in files:
        key = storage.key_of(file.url)
        if key is None and takes_any_url:
            continue
        problem = storage.problem_of(file.url, owner)
        if problem is not None:
            raise invalid(f"experimental_attachments: {_PROBLEMS[problem]}: {file.name[:100]}")
        if file.name != key:
            raise invalid(f"experimental_attachments: name is not the key: {file.name[:100]}")


def check_models(files: Sequence[Attachment], models: Iterable[SiteModel], *, refuse_unseen: bool) -> None:
    """Refuses with 400 what a model can't do: without a picture, with one, or with several."""
    for model in models:
        if model.needs_picture and not files:
            raise invalid(f"{model.public_name} requires an image")
        if files and not model.sees_pictures and refuse_unseen:
            raise invalid(f"{model.public_name} does not support image input")
        if len(files) > 1 and model.sees_pictures and not model.sees_several:
            raise invalid(f"{model.public_name} does not support multiple images")


def seen_files(messages: Sequence[Message], storage: Storage) -> tuple[SeenFile, ...]:
    """The attachments of a conversation in order, whether or not their URLs are still good."""
    return tuple(
        _seen(at, attachment, storage) for at, message in enumerate(messages) for attachment in message.attachments
    )


def _seen(message: int, attachment: Mapping[str, Any], storage: Storage) -> SeenFile:
    url = attachment["url"]
    name = _UPLOADED.sub("", attachment["name"])
    key = storage.key_of(url)
    stored = storage.get(key) if key else None
    if stored is not None:
        return _described(message, name, stored.content_type, stored.content, stored.sha256)
    inline = _DATA_URI.match(url)
    if inline is None:
        return SeenFile(message, name, attachment["contentType"])
    content = _inline_content(url[inline.end() :], inline[2])
    return _described(message, name, inline[1], content, hashlib.sha256(content).hexdigest())


def _described(message: int, name: str, content_type: str, content: bytes, sha256: str) -> SeenFile:
    drawing = drawing_of(content)
    prompt = drawing.prompt if drawing else None
    return SeenFile(message, name, content_type, len(content), sha256[:DIGEST_CHARACTERS], prompt)


def _inline_content(text: str, parameters: str) -> bytes:
    if not parameters.lower().endswith(";base64"):
        return unquote_to_bytes(text)
    try:
        return base64.b64decode(unquote_to_bytes(text))
    except binascii.Error:
        return b""
