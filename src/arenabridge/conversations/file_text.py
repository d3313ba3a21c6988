"""The text of a file, for models that take none: text as it is, and what is written in a PDF."""

import re
from typing import Final

from arenabridge.errors import AttachmentTooLarge, AttachmentUnsupported
from arenabridge.wire.chat import Attachment
from arenabridge.wire.file_types import PDF, TEXT, decoded_text

MAX_CHARACTERS: Final = 1_000_000
"""Characters of one file; the site takes about a tenth of that in one message."""


def has_text(file: Attachment) -> bool:
    """Whether it is of a kind whose text can be had."""
    return file.media_type in {TEXT, PDF}


def is_document(file: Attachment) -> bool:
    """Whether its text has to be read out of it first."""
    return file.media_type == PDF


def text_of(file: Attachment) -> str:
    """
    Of a text file.

    Raises `AttachmentUnsupported` if its encoding can't be told, `AttachmentTooLarge` for more text than is taken.
    """
    text = decoded_text(file.content)
    if text is None:
        raise AttachmentUnsupported(
            f"{file.name} is a text in an encoding that can't be told for sure: save it as UTF-8 and send it again."
        )
    if len(text) > MAX_CHARACTERS:
        raise AttachmentTooLarge(f"The text of {file.name} is longer than {MAX_CHARACTERS} characters.")
    return text


def marked(name: str, text: str) -> str:
    """The text under its file's name, in a fence that the text itself can't close."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"[file: {name}]\n{fence}\n{text.rstrip()}\n{fence}"
