"""A repeated turn as told to the earlier bridges' userscript, which makes the site's request from it by itself."""

import msgspec

from arenabridge.wire.arena.bodies import Retry, Turn
from arenabridge.wire.arena.js_json import mend
from arenabridge.wire.templates import MakeAgain, MessageTemplate, Payload, TemplateAttachment


def made_again(again: Retry) -> MakeAgain:
    """The ids of the turns are the script's own affair. An empty text is a blank: the site takes no empty message."""
    return MakeAgain(
        Payload(
            message_templates=tuple(map(_template, again.history)),
            target_model_id=again.model or None,
            session_id=again.session,
            message_id=again.message,
            is_image_request=True if again.modality == "image" else msgspec.UNSET,
        )
    )


def _template(turn: Turn) -> MessageTemplate:
    return MessageTemplate(
        role=turn.role,
        content=mend(turn.text) or " ",
        attachments=tuple(
            TemplateAttachment(name=each.name, content_type=each.content_type, url=each.url)
            for each in turn.attachments
        ),
        position=turn.position,
    )
