"""
What a file is, by its first bytes.

Formats are told by the signatures of their own specifications; what programs claim beside a file is often wrong (a
JPEG called `image.png`). Text is what has no control characters, or none but those of UTF-16.
"""

import re
from typing import Final

from arenabridge.wire.text_encodings import understood, utf16_form

UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"
SVG: Final = "image/svg+xml"
PDF: Final = "application/pdf"

_SIGNATURES: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypavis", "image/avif"),
    (4, b"ftyphei", "image/heic"),
    (4, b"ftyphev", "image/heic"),
    (4, b"ftypmif1", "image/heif"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (0, b"\x00\x00\x01\x00", "image/x-icon"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"\x7fELF", "application/x-executable"),
    (0, b"SQLite format 3\x00", "application/vnd.sqlite3"),
)
"""Offset, bytes, type; the first that fits counts. `RIFF` files say what they are at offset 8."""

_BMP = re.compile(rb"BM.{4}\x00{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00{3}", re.DOTALL)
"""`BM` alone begins many a text: the file header's reserved zeros and the size of the next header make it sure."""

_PDF_WITHIN: Final = 1024
"""Readers accept `%PDF-` anywhere within so many bytes; a text may speak of it."""

_EXTENSIONS: Final = {
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/x-icon": "ico",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "video/quicktime": "mov",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/gzip": "gz",
    TEXT: "txt",
}
"""Where it is not the second half of the type."""

_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
"""Not tabs, line and page breaks, nor the escape that colours the output of programs."""

_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*+(?:(?:<\?xml[^>]{0,200}\?>|<!--.{0,2000}?-->|<!DOCTYPE[^>]{0,500}+>)\s*+)*+<svg[\s>]",
    re.DOTALL,
)
"""What was passed over is not read again in another way: of sixty comments there are more ways than anybody waits."""


def media_type_of(content: bytes) -> str:
    """Such as `image/png`, `text/plain`, or `application/octet-stream` for what is none of the known."""
    for offset, signature, media_type in _SIGNATURES:
        if content.startswith(signature, offset) and (offset != 8 or content.startswith(b"RIFF")):
            return media_type
    if content.startswith(b"%PDF-") or (b"%PDF-" in content[:_PDF_WITHIN] and not is_text(content)):
        return PDF
    if _BMP.match(content):
        return "image/bmp"
    if _SVG.match(content):
        return SVG
    return TEXT if is_text(content) else UNKNOWN


def is_text(content: bytes) -> bool:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or not _CONTROLS.search(content):
        return True
    return utf16_form(content) is not None


def decoded_text(content: bytes) -> str | None:
    """By its byte order mark, else UTF-8, else what it is most plausible in; None if that can't be told for sure."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if form := utf16_form(content):
        return content.decode(form, "replace")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return understood(content)


def is_picture(media_type: str) -> bool:
    return media_type.startswith("image/")


def default_name(media_type: str) -> str:
    kind, _, form = media_type.partition("/")
    stem = kind if kind in {"image", "audio", "video"} else "file"
    return f"{stem}.{_EXTENSIONS.get(media_type) or (form if form.isalnum() else 'bin')}"
