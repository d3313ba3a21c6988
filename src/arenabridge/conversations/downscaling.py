"""
Make a picture smaller until it is within the limit, where its client wants that.

A small file can stand for a huge picture (a decompression bomb): its dimensions are looked at before it is decoded.
"""

import io
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import msgspec

from arenabridge.errors import AttachmentTooLarge, AttachmentUnsupported
from arenabridge.wire.chat import Attachment
from arenabridge.wire.openai.files import attachment

MAX_PIXELS: Final = 50_000_000
"""Pixels of a picture that is decoded: 200 MB while that lasts. Cameras make up to about 50 million."""

SIDES: Final = (4096, 2048, 1536, 1024, 512)
"""The longer side, in pixels, tried one after the other. Models look at no more than some 2,000."""

LIBRARY: Final = "PIL"


def downscaled(file: Attachment, limit: int, library: str = LIBRARY) -> Attachment:
    """
    The picture in at most `limit` bytes, under its own name: as JPEG, or as WebP where it may be seen through.

    Raises `AttachmentTooLarge` if it moves or has too many pixels, `AttachmentUnsupported` if it can't be read.
    """
    if find_spec(library) is None:
        raise AttachmentTooLarge(
            f"{file.name} has {len(file.content)} bytes, {limit} are taken: making it smaller needs pillow at the "
            "gateway (pip install 'arenabridge[pictures]')."
        )
    try:
        return next(made for made in _smaller(file, import_module(f"{library}.Image")) if len(made.content) <= limit)
    except StopIteration:
        raise AttachmentTooLarge(f"{file.name} can't be made smaller than {limit} bytes.") from None
    except (AttachmentTooLarge, AttachmentUnsupported):
        raise
    except Exception as error:  # whatever a broken file makes of the library's many readers
        raise AttachmentUnsupported(f"{file.name} can't be read as {file.media_type}: it is damaged.") from error


def _smaller(file: Attachment, pillow: Any) -> Iterator[Attachment]:
    picture = _opened(file, pillow)
    for side in SIDES:
        picture.thumbnail((side, side))
        made = attachment(_written(picture), file.name)
        yield msgspec.structs.replace(made, name=_renamed(file.name, made.media_type))


def _opened(file: Attachment, pillow: Any) -> Any:
    """Decoded, no larger than the first of `SIDES`, and turned as its camera noted, for the note itself is lost."""
    picture = _checked(file, pillow)
    if picture.mode == "P":
        picture = picture.convert("RGBA" if "transparency" in picture.info else "RGB")
    picture.thumbnail((SIDES[0], SIDES[0]))
    turned = import_module(f"{pillow.__package__}.ImageOps").exif_transpose(picture)
    return turned.convert("RGBA" if "A" in turned.getbands() or "transparency" in turned.info else "RGB")


def _checked(file: Attachment, pillow: Any) -> Any:
    """Not decoded yet. The library has bounds of its own, above ours: one it warns of, one it refuses."""
    try:
        picture = pillow.open(io.BytesIO(file.content), formats=("PNG", "JPEG", "GIF", "WEBP"))
        pixels = picture.width * picture.height
    except (pillow.DecompressionBombError, pillow.DecompressionBombWarning):
        pixels = MAX_PIXELS + 1
    if pixels > MAX_PIXELS:
        raise AttachmentTooLarge(f"{file.name} has more pixels than are decoded: {MAX_PIXELS} in all.")
    if getattr(picture, "is_animated", False):
        raise AttachmentTooLarge(
            f"{file.name} has {len(file.content)} bytes, and a moving picture is not made smaller."
        )
    return picture


def _written(picture: Any) -> bytes:
    written = io.BytesIO()
    if picture.mode == "RGBA":
        picture.save(written, "WEBP", quality=88, method=2)  # a PNG of a photograph is ten times as large and as slow
    else:
        picture.save(written, "JPEG", quality=88)
    return written.getvalue()


def _renamed(name: str, media_type: str) -> str:
    stem = name.rpartition(".")[0] or name
    return f"{stem}.{'webp' if media_type == 'image/webp' else 'jpg'}"
