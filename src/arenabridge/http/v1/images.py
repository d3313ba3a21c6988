"""`POST /v1/images/generations` and `/v1/images/edits`: pictures by themselves, without a chat around them."""

import time
from collections.abc import Sequence
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from arenabridge.accounts.keys import ApiKey
from arenabridge.conversations.attaching import most_pictures
from arenabridge.errors import (
    AttachmentTooLarge,
    AttachmentUnsupported,
    BodyTooLarge,
    InvalidRequest,
    ModelNotSelectable,
    NoCatalogue,
    NoWorkerConnected,
    SiteFailed,
    UnknownModel,
)
from arenabridge.http.answers.answering import check_all_has_effect, ignored_headers
from arenabridge.http.answers.asked_pictures import AskedPictures
from arenabridge.http.answers.repeatable import repeatable
from arenabridge.http.door.authentication import authenticate
from arenabridge.http.door.body import read_body
from arenabridge.http.door.metering import admitted
from arenabridge.http.door.model_rules import allowed
from arenabridge.http.files.form_parts import FormParts, Part
from arenabridge.http.files.request_files import with_files
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.openapi.operation import ASKING_ERRORS, Answer, Operation
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.chat import Attachment, ChatRequest, Message
from arenabridge.wire.file_types import is_picture
from arenabridge.wire.openai.files import attachment
from arenabridge.wire.openai.image_requests import (
    MAX_EDITED,
    ImageEditForm,
    ImageWishes,
    PictureRequest,
    decode_picture_request,
    fitted,
)
from arenabridge.wire.openai.request import ChatCompletionRequest
from arenabridge.wire.openai.response_schema import ImagesAnswer
from arenabridge.wire.reply import Image

MAX_PROMPT_BYTES: Final = 256 * 1024
"""The largest of a form's fields; the site takes some 113,000 characters."""

NOT_FETCHED: Final = "not_fetched"
"""In the header that counts what is missing: made, but not to be had from the site as data."""

_DESCRIPTION: Final = (
    "Several are made at once; those that fail are counted in the header `x-arenabridge-missing`, and only if all do "
    "is the answer an error. One that was made but could not be fetched as data is given by the site's own address "
    "(`url`), which is gone within the hour, and counted too (`not_fetched`). What has no effect (`quality`, `style`, "
    "`background` and others) is named in the header `x-arenabridge-ignored`, or refused if the key is strict."
)

GENERATIONS = Operation(
    tag="Pictures",
    summary="Have pictures made",
    description=_DESCRIPTION,
    body=ImageWishes,
    example={"prompt": "A harbour at dawn"},
    answers=(Answer(ImagesAnswer, "The pictures."),),
    errors=ASKING_ERRORS,
)

EDITS = Operation(
    tag="Pictures",
    summary="Have pictures changed",
    description=f"With the pictures in a form. A `mask` is refused: no model of the site takes one. {_DESCRIPTION}",
    body=ImageEditForm,
    body_media_type="multipart/form-data",
    example={"image": "@picture.png", "prompt": "Make it night"},
    answers=(Answer(ImagesAnswer, "The pictures."),),
    errors=ASKING_ERRORS,
)


@repeatable
async def generate_pictures(request: Request) -> Response:
    key = await authenticate(request)
    body = await read_body(request, gateway_of(request).settings.max_body_bytes)
    return await _made(request, key, decode_picture_request(body), ())


@repeatable
async def edit_pictures(request: Request) -> Response:
    key = await authenticate(request)
    wanted, files = await _read_form(request, gateway_of(request), key)
    return await _made(request, key, wanted, files)


async def _made(request: Request, key: ApiKey, wanted: PictureRequest, files: Sequence[Attachment]) -> Response:
    gateway = gateway_of(request)
    name = wanted.model or _best(gateway, key, len(files))
    wanted = fitted(wanted, _maker(gateway, name).outputs.aspect_ratios)
    chat = ChatRequest(
        model=name, messages=(Message("user", wanted.prompt, files=tuple(files)),), ignored=wanted.ignored
    )
    if key.profile.strict:
        check_all_has_effect(chat)
    keep = gateway.pictures.for_client(
        key.id, lambda stored: gateway.file_host.address_of(stored, request), as_data=wanted.as_data
    )
    async with admitted(gateway, key, chat, wanted.number) as metering:
        asked = await with_files(gateway, key, ChatCompletionRequest(chat=chat))
        making = AskedPictures(gateway, key, asked, wanted.number, keep, metering)
        pictures = await making.pictures(request)
        for picture in pictures:
            if _is_lacking(picture, as_data=wanted.as_data):
                making.lacks(NOT_FETCHED)
        body = _body(pictures, as_data=wanted.as_data)
        headers = {**making.headers, **ignored_headers(asked.chat)}
        return Response(body, media_type="application/json", headers=headers)


def _best(gateway: Gateway, key: ApiKey, files: int) -> str:
    """The picture model that the site ranks first, of those that take so many pictures."""
    models = gateway.models
    if not len(models.catalogue):
        raise NoCatalogue if gateway.hub.workers else NoWorkerConnected
    found = [each for each in allowed(models.listed(), key) if not each.alias_of]
    able = [(each.known.model, each.name) for each in found if _can_make(each.known.model, files)]
    if not able:
        raise UnknownModel("The site offers no model that makes such pictures.", param="model")
    return min(able, key=lambda each: each[0].rank_by_modality.get("image", 10**9))[1]


def _can_make(model: SiteModel, files: int) -> bool:
    if model.modality != "image" or (model.inputs.requires_upload and not files):
        return False
    return most_pictures(model) >= files


def _maker(gateway: Gateway, name: str) -> SiteModel:
    """Raises `UnknownModel` and its kin, and `ModelNotSelectable` for one that makes no pictures."""
    asked = gateway.models.asked(name, workers=len(gateway.hub.workers))
    if asked.is_pair or asked.model.modality != "image":
        raise ModelNotSelectable(
            f"{name} makes no pictures. GET /v1/models?type=image lists the models that do.", param="model"
        )
    return asked.model


def _is_lacking(picture: Image, *, as_data: bool) -> bool:
    """Whether it was made, but could not be had as data."""
    return as_data and not picture.source.startswith("data:")


def _body(pictures: Sequence[Image], *, as_data: bool) -> bytes:
    """
    What was made is in it, whatever became of it afterwards: by the site's own address if it could not be had as data.

    Raises `SiteFailed` if none could.
    """
    if all(_is_lacking(picture, as_data=as_data) for picture in pictures):
        sources = ", ".join(picture.source for picture in pictures)
        raise SiteFailed(f"What was made could not be fetched from the site: {sources}")
    data = [
        {"b64_json": picture.source.partition(",")[2]}
        if as_data and not _is_lacking(picture, as_data=as_data)
        else {"url": picture.source}
        for picture in pictures
    ]
    return orjson.dumps({"created": int(time.time()), "data": data})


# -- the form of an edit


async def _read_form(request: Request, gateway: Gateway, key: ApiKey) -> tuple[PictureRequest, list[Attachment]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise InvalidRequest("Pictures to edit are sent as multipart/form-data, each in a field image.", param="image")
    room = _Room(gateway, key)
    texts: dict[str, str | int | bool] = {}
    files: list[Attachment] = []
    async for part in FormParts(request):
        if part.name in {"image", "image[]"} or (part.file_name is not None and part.name != "mask"):
            files.append(await room.take(part))
            if len(files) > MAX_EDITED:
                raise InvalidRequest(f"At most {MAX_EDITED} pictures can be edited at once.", param="image")
        elif part.name == "mask":
            message = "mask: no model of the site takes one. Say in the prompt what is to change."
            raise InvalidRequest(message, param="mask")
        else:
            texts[part.name] = _value(part.name, await part.text(MAX_PROMPT_BYTES))
    if not files:
        raise InvalidRequest("The form holds no picture in a field image.", param="image")
    return decode_picture_request(orjson.dumps(texts)), files


class _Room:
    """How much the pictures of one form may have."""

    def __init__(self, gateway: Gateway, key: ApiKey) -> None:
        self._left = gateway.settings.max_body_bytes
        self._body = gateway.settings.max_body_bytes
        self._limit = gateway.settings.max_attachment_bytes
        self._may_shrink = key.profile.downscale_pictures

    async def take(self, part: Part) -> Attachment:
        """Raises `AttachmentUnsupported`, and `AttachmentTooLarge` and `BodyTooLarge` as soon as that is known."""
        pieces: list[bytes] = []
        size = 0
        async for piece in part.pieces():
            size += len(piece)
            if size > self._limit and not self._may_shrink:
                name = (part.file_name or part.name)[:100]
                raise AttachmentTooLarge(f"{name} has more than the {self._limit} bytes that are taken of a file.")
            if size > self._left:
                raise BodyTooLarge(f"The pictures of the form have more than {self._body} bytes.")
            pieces.append(piece)
        self._left -= size
        if not size:
            raise InvalidRequest(f"{part.name}: the file is empty.", param="image")
        file = attachment(b"".join(pieces), part.file_name or "")
        if not is_picture(file.media_type):
            raise AttachmentUnsupported(f"{file.name} is {file.media_type}, not a picture.", param="image")
        return file


def _value(name: str, text: str) -> str | int | bool:
    """As it would stand in JSON."""
    text = text if name == "prompt" else text.strip()
    if name == "n" and text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    return text.lower() == "true" if name == "stream" else text
