"""
The text of a file, for models that take none: text as it is, and what is written in a PDF.

A document is somebody else's work and may be made to cost time and memory: its pages and its text are bounded.
"""

import io
import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from arenabridge.errors import AttachmentTooLarge, AttachmentUnsupported
from arenabridge.wire.chat import Attachment
from arenabridge.wire.file_types import PDF, TEXT, decoded_text

MAX_PAGES: Final = 500
"""Of a PDF; the text of more would not fit into a message anyway."""

MAX_CHARACTERS: Final = 1_000_000
"""Of one file; the site takes about a tenth of it in one message."""

PDF_LIBRARY: Final = "pypdf"


def has_text(file: Attachment) -> bool:
    """Whether it is of a kind that `text_of` reads."""
    return file.media_type in {TEXT, PDF}


def marked_text(file: Attachment, library: str = PDF_LIBRARY) -> str:
    """
    The text under the file's name, in a fence that the text itself can't close.

    Raises `AttachmentUnsupported` for a PDF that can't be read, `AttachmentTooLarge` for more text than is taken.
    """
    text = _of_pdf(file, library) if file.media_type == PDF else decoded_text(file.content)
    if len(text) > MAX_CHARACTERS:
        raise _too_long(file)
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"[file: {file.name}]\n{fence}\n{text.rstrip()}\n{fence}"


def _of_pdf(file: Attachment, library: str) -> str:
    if find_spec(library) is None:
        raise AttachmentUnsupported(
            f"{file.name} is a PDF file: reading its text needs pypdf at the gateway "
            "(pip install 'arenabridge[documents]')."
        )
    try:
        text = _text_of_pages(file, import_module(library).PdfReader(io.BytesIO(file.content)))
    except (AttachmentTooLarge, AttachmentUnsupported):
        raise
    except Exception as error:  # whatever a broken file makes of the library: it raises errors of a dozen kinds
        raise AttachmentUnsupported(f"{file.name} can't be read as a PDF file: it is damaged or encrypted.") from error
    if not text.strip():
        raise AttachmentUnsupported(f"{file.name} is a PDF file without text in it: its pages may be pictures.")
    return text


def _text_of_pages(file: Attachment, document: Any) -> str:
    pages: list[str] = []
    size = 0
    if len(document.pages) > MAX_PAGES:
        raise AttachmentTooLarge(f"{file.name} has {len(document.pages)} pages: of a PDF file {MAX_PAGES} are read.")
    for page in document.pages:
        pages.append(page.extract_text())
        size += len(pages[-1])
        if size > MAX_CHARACTERS:
            raise _too_long(file)
    return "\n\n".join(pages)


def _too_long(file: Attachment) -> AttachmentTooLarge:
    return AttachmentTooLarge(f"The text of {file.name} is longer than {MAX_CHARACTERS} characters.")
