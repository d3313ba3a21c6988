"""
What becomes of the files of a conversation: sent beside the text, put into it, or replaced by a word of them. Pure.

Models of the site take pictures or nothing. Whatever can't go along in the turns that are to be answered is refused
with its name, size or type, and the limit; in an earlier turn, where the client can't change it any more, a visible
placeholder takes its place, so that a chat goes on when its user switches models. Nothing is left out silently.

What a turn becomes depends on the turn and the model alone, except whether it is refused: a chat that goes on is the
same chat, turn by turn, so that the site session that has seen it is found again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from arenabridge.conversations.downscaling import downscaled
from arenabridge.conversations.file_text import has_text, is_document, marked, text_of
from arenabridge.conversations.placeholders import called, placeholder
from arenabridge.errors import AttachmentTooLarge, AttachmentUnsupported, ClientError, GatewayError, InvalidRequest
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.chat import Attachment, Message, RemoteFile
from arenabridge.wire.file_types import is_picture
from arenabridge.wire.profile import ClientProfile

MAX_PICTURES: Final = 10
"""Pictures in one message to the site, for models that take several; the site does not tell its own limit."""

FORMATS: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""Types of pictures that the site's own page lets a person attach."""

IGNORED: Final = "images"
"""What the header that lists ignored parameters calls pictures."""


@dataclass(frozen=True, slots=True)
class Takes:
    """What those who are to answer take: all of it by all of them."""

    model: str
    """As the client calls it."""
    pictures: int
    """The most in one message."""
    needs_picture: bool = False
    makes_pictures: bool = False
    """Pictures or videos: such models look at what is attached, and read no addresses."""

    @classmethod
    def of(cls, name: str, *models: SiteModel) -> "Takes":
        return cls(
            name,
            min(map(most_pictures, models)),
            needs_picture=any(model.inputs.requires_upload for model in models),
            makes_pictures=any(model.outputs.image or model.outputs.video for model in models),
        )


def most_pictures(model: SiteModel) -> int:
    """Only models that make pictures tell whether they take several; those that talk were seen to."""
    if not model.inputs.image:
        return 0
    makes = model.outputs.image or model.outputs.video
    return 1 if makes and not model.inputs.multiple_images else MAX_PICTURES


def can_take(model: SiteModel, messages: Sequence[Message]) -> bool:
    """Whether what was settled for another model suits this one too."""
    return most_pictures(model) > 0 or not any(message.files for message in messages)


def sendable(files: Sequence[Attachment], most: int) -> tuple[Attachment, ...]:
    """The newest, as many as one message may have: the others are named where they stood."""
    return tuple(files)[max(0, len(files) - most) :]


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be had from its address, and why."""

    file: RemoteFile
    error: GatewayError


@dataclass(frozen=True, slots=True)
class Attached:
    """The turns as they are sent, and what was ignored in those that are to be answered."""

    messages: tuple[Message, ...]
    ignored: tuple[str, ...] = ()


Read = dict[RemoteFile, Attachment | Unread]
"""What the addresses of a conversation led to; those of pictures that the model can't see are not followed."""

Texts = Mapping[str, str | GatewayError]
"""What is written in documents, or why it can't be had, by their digests."""

NO_TEXTS: Final[Texts] = {}


class Attaching:
    """The files of one conversation, for one client and one model. `limit` is in bytes, of each file."""

    def __init__(self, takes: Takes, client: ClientProfile, limit: int) -> None:
        self._takes = takes
        self._client = client
        self._limit = limit
        self._ignored = 0
        self._texts = NO_TEXTS

    def documents(self, messages: Sequence[Message], read: Read) -> Iterable[Attachment]:
        """The files whose texts `settle` needs."""
        if self._client.text_files == "refuse":
            return ()
        files = (_found(file, read) for message in messages for file in message.files)
        readable = (file for file in files if isinstance(file, Attachment) and is_document(file))
        return {file.digest: file for file in readable if len(file.content) <= self._limit}.values()

    def settle(self, messages: Sequence[Message], read: Read, texts: Texts = NO_TEXTS) -> Attached:
        """Takes its time with large pictures; raises `ClientError` or why a file could not be had or read."""
        self._texts = texts
        first = first_new(messages)
        settled = tuple(self._turn(message, read, is_new=index >= first) for index, message in enumerate(messages))
        self._check_number(settled[first:])
        return Attached(settled, (IGNORED,) if self._ignored else ())

    def _turn(self, message: Message, read: Read, *, is_new: bool) -> Message:
        if not message.files:
            return message
        said, files = [message.text] if message.text else [], []
        for each in message.files:
            settled = self._file(_found(each, read), is_new=is_new)
            if isinstance(settled, Attachment):
                files.append(settled)
            else:
                said.append(settled)
        return msgspec.structs.replace(message, text="\n\n".join(said), files=tuple(files))

    def _file(self, file: Attachment | Unread | RemoteFile, *, is_new: bool) -> Attachment | str:
        """The file as it is sent, or the text in its place."""
        try:
            return self._taken(file)
        except GatewayError:
            if is_new and not self._is_ignored(file):
                raise
            return placeholder(file.file if isinstance(file, Unread) else file)

    def _is_ignored(self, file: Attachment | Unread | RemoteFile) -> bool:
        is_ignored = self._is_unseen(file) and self._client.unseen_pictures == "ignore"
        self._ignored += is_ignored
        return is_ignored

    def _is_unseen(self, file: Attachment | Unread | RemoteFile) -> bool:
        is_image = is_picture(file.media_type) if isinstance(file, Attachment) else isinstance(file, RemoteFile)
        return is_image and not self._takes.pictures

    def _taken(self, file: Attachment | Unread | RemoteFile) -> Attachment | str:
        if isinstance(file, Unread):
            raise file.error
        if isinstance(file, RemoteFile) or self._is_unseen(file):
            raise self._sees_nothing(file)
        if is_picture(file.media_type):
            return self._picture(file)
        if len(file.content) > self._limit:
            raise self._too_large(file)
        if has_text(file):
            return self._document(file)
        raise AttachmentUnsupported(
            f"{file.name} is {file.media_type}: models of the site take pictures ({_formats()}); "
            "text files and PDF files are put into the message."
        )

    def attachable(self, file: Attachment) -> Attachment | None:
        """The picture as this model takes it; None for what it can't take."""
        try:
            return self._picture(file) if is_picture(file.media_type) and self._takes.pictures else None
        except GatewayError:
            return None

    def _sees_nothing(self, file: Attachment | RemoteFile) -> InvalidRequest:
        kind = f" ({file.media_type})" if isinstance(file, Attachment) else ""
        return InvalidRequest(
            f"{self._takes.model} takes no pictures, and the last turn has one: {called(file)}{kind}. "
            "GET /v1/models tells which models have vision.",
            param="messages",
        )

    def _picture(self, file: Attachment) -> Attachment:
        if file.media_type not in FORMATS:
            raise AttachmentUnsupported(f"{file.name} is {file.media_type}: pictures may be {_formats()}.")
        if len(file.content) <= self._limit:
            return file
        if self._client.downscale_pictures:
            return downscaled(file, self._limit)
        raise self._too_large(file)

    def _document(self, file: Attachment) -> str:
        if self._client.text_files == "refuse":
            raise AttachmentUnsupported(
                f"{file.name} is {file.media_type}: models of the site take no such files, and this API key does not "
                "let their text be put into the message."
            )
        text = self._texts[file.digest] if is_document(file) else text_of(file)
        if isinstance(text, GatewayError):
            raise text
        return marked(file.name, text)

    def _too_large(self, file: Attachment) -> ClientError:
        return AttachmentTooLarge(
            f"{file.name} ({file.media_type}) has {len(file.content)} bytes: at most {self._limit} are taken of a file."
        )

    def _check_number(self, settled: Sequence[Message]) -> None:
        number = sum(len(message.files) for message in settled)
        if number > self._takes.pictures:
            raise InvalidRequest(
                f"The last turn has {number} pictures: {self._takes.model} takes {self._takes.pictures} in a message.",
                param="messages",
            )


def _found(file: Attachment | RemoteFile, read: Read) -> Attachment | Unread | RemoteFile:
    """Itself, if it is a picture that was not fetched."""
    return read.get(file, file) if isinstance(file, RemoteFile) else file


def check_has_picture(messages: Sequence[Message], takes: Takes) -> None:
    """A model that only works on pictures would fail, and the person's quota would pay."""
    if takes.needs_picture and not any(message.files for message in messages):
        raise InvalidRequest(f"{takes.model} works on a picture and can't do without one.", param="messages")


def first_new(messages: Sequence[Message]) -> int:
    """Where the turns begin that are to be answered: after the last answer that the user has spoken to."""
    last = max((at for at, message in enumerate(messages) if message.role == "user"), default=0)
    return max((at + 1 for at, message in enumerate(messages[:last]) if message.role == "assistant"), default=0)


def _formats() -> str:
    return ", ".join(each.removeprefix("image/").upper() for each in FORMATS)
