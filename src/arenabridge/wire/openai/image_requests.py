"""
Read a request for pictures: `POST /v1/images/generations` (JSON) and `/v1/images/edits` (a form with the same fields).

The site has no field for a picture's size. Models that offer several aspect ratios are told in words which one is
wanted.
"""

import math
import re
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from arenabridge.errors import InvalidRequest
from arenabridge.wire.openai.fields import Fields
from arenabridge.wire.openai.request import MAX_IGNORED, check_model_name, read_ignored
from arenabridge.wire.openai.request_schema import MAX_MODEL_CHARACTERS

MAX_NUMBER = 10
"""As at OpenAI. Each is a job of its own, and costs the person's quota like a request."""

MAX_EDITED = 16
"""Pictures to edit, as at OpenAI; most models of the site take fewer."""

_SIZE = re.compile(r"(\d{1,5})\s*[x:]\s*(\d{1,5})")
_UNDERSTOOD = frozenset({"prompt", "n", "size", "response_format", "image", "image[]"})


class ImageWishes(Struct, kw_only=True):
    """Pictures, and how they are wanted."""

    prompt: Annotated[str, Meta(description="What is to be seen.")]
    model: Annotated[
        str | None,
        Meta(
            description="A model that makes pictures; by default the one that the site ranks first.",
            extra_json_schema={"maxLength": MAX_MODEL_CHARACTERS},
        ),
    ] = None
    n: Annotated[
        int | None,
        Meta(
            description="How many; each is a request to the site of its own.",
            extra_json_schema={"minimum": 1, "maximum": MAX_NUMBER},
        ),
    ] = None
    size: Annotated[
        str | None,
        Meta(description="Such as `1024x1024` or `16:9`: the nearest aspect ratio that the model offers is asked for."),
    ] = None
    response_format: Annotated[
        str | None,
        Meta(
            description="`b64_json`, which is the default, or `url`: the address where the gateway keeps the picture.",
            extra_json_schema={"enum": ["b64_json", "url", None]},
        ),
    ] = None
    stream: Annotated[bool | None, Meta(description="Only `false`: pictures come whole.")] = None


class ImageEditForm(ImageWishes, kw_only=True):
    """The same in a form, with pictures to begin with, each in a field of its own."""

    image: Annotated[
        str,
        Meta(
            description=f"A picture; up to {MAX_EDITED}, as `image` or `image[]`.",
            extra_json_schema={"format": "binary"},
        ),
    ]


class PictureRequest(Struct, frozen=True, kw_only=True):
    """A decoded request."""

    prompt: str
    model: str | None
    number: int
    size: str | None
    as_data: bool
    ignored: tuple[str, ...]


def decode_picture_request(body: bytes) -> PictureRequest:
    """Raises `MalformedJson` or `InvalidRequest`, which names the field at fault."""
    fields = Fields(body, ImageWishes)
    prompt = fields.get("prompt")
    if not prompt or not prompt.strip():
        raise InvalidRequest("The field prompt is missing or empty.", param="prompt")
    if fields.get("stream"):
        raise InvalidRequest("stream: pictures come whole here; leave it out.", param="stream")
    size = fields.get("size")
    if size in {None, "", "auto"}:
        size = None
    elif _SIZE.fullmatch(size) is None or 0 in _sides(size):
        raise InvalidRequest(f"size: expected one like 1024x1024, or auto, got {size[:50]!r}.", param="size")
    return PictureRequest(
        prompt=prompt,
        model=check_model_name(fields.get("model") or "") or None,
        number=_number(fields.get("n")),
        size=size,
        as_data=_as_data(fields.get("response_format")),
        ignored=read_ignored(fields, _UNDERSTOOD),
    )


def fitted(wanted: PictureRequest, ratios: tuple[str, ...]) -> PictureRequest:
    """The request with its size in words, where the model offers a choice; else it is ignored, unless it fits."""
    if wanted.size is None:
        return wanted
    ratio = _nearest(wanted.size, ratios)
    if ratio is None:
        ignored = tuple(sorted({*wanted.ignored, "size"}))[:MAX_IGNORED]
        return msgspec.structs.replace(wanted, ignored=ignored)
    said = f"{wanted.prompt}\n\nAspect ratio: {ratio}" if len(ratios) > 1 else wanted.prompt
    return msgspec.structs.replace(wanted, prompt=said)


def _nearest(size: str, ratios: tuple[str, ...]) -> str | None:
    """The nearest of the ratios that are wide, tall or square as the size is."""
    wanted = _proportion(size)
    kin = [each for each in ratios if _SIZE.fullmatch(each) and 0 not in _sides(each)]
    kin = [each for each in kin if _sign(_proportion(each)) == _sign(wanted)]
    return min(kin, key=lambda each: abs(_proportion(each) - wanted), default=None)


def _proportion(size: str) -> float:
    width, height = _sides(size)
    return math.log(width / height)


def _sides(size: str) -> tuple[int, int]:
    found = _SIZE.fullmatch(size)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _sign(proportion: float) -> int:
    return (proportion > 0) - (proportion < 0)


def _number(number: int | None) -> int:
    if number is None:
        return 1
    if not 1 <= number <= MAX_NUMBER:
        raise InvalidRequest(f"n: from 1 to {MAX_NUMBER} pictures can be asked for, got {number}.", param="n")
    return number


def _as_data(wanted: str | None) -> bool:
    if wanted not in {None, "", "b64_json", "url"}:
        raise InvalidRequest(
            f"response_format: expected b64_json or url, got {wanted[:50]!r}.", param="response_format"
        )
    return wanted != "url"
