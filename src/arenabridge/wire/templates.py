"""
A job for the earlier bridges' userscript: an answer that is to be made again from other messages.

The script itself makes the site's request of it (ids, dates and the rest), so this is all that it is told.
"""

from typing import Literal

import msgspec

from arenabridge.wire.reply import Participant


class TemplateAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file; its address may be a `data:` URI."""

    name: str
    content_type: str = msgspec.field(name="contentType")
    url: str


class MessageTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """One turn."""

    role: Literal["user", "assistant", "system", "data"]
    content: str
    attachments: tuple[TemplateAttachment, ...] = ()
    position: Participant = msgspec.field(name="participantPosition")


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """`target_model_id` may be null: the site then takes the model that gave the answer before."""

    message_templates: tuple[MessageTemplate, ...]
    target_model_id: str | None
    session_id: str
    message_id: str
    is_image_request: bool | msgspec.UnsetType = msgspec.UNSET
    """There only where it is true."""


class MakeAgain(msgspec.Struct, frozen=True, tag="retry", tag_field="how"):
    """The job, as the gateway grants it."""

    payload: Payload
