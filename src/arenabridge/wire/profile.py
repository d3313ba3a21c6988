"""How one client wants to be served, where clients differ: part of its API key."""

from typing import Annotated, Literal

import msgspec

ReasoningDialect = Literal["reasoning_content", "think", "reasoning", "off"]
"""Where a model's reasoning goes: the field most clients read (and `reasoning` beside it), `<think>` tags in the text,
the field `reasoning` alone, or nowhere."""

CitationStyle = Literal["annotations", "footnotes", "off"]
"""Where the sources of search models go: `url_citation` annotations, those and a list at the end of the text, or
nowhere."""

PictureStyle = Literal["markdown", "data_uri", "images", "off"]
"""How the pictures of an answer are given: in its text as Markdown, with their address or whole as a `data:` URI; in a
field of their own (`images`); or not at all."""

RoleMode = Literal["labelled", "merge_system", "strict", "semi_strict", "single_user"]
"""How a conversation is written into one message: see `conversations.rendering`."""

TrailingUserMessage = Literal["when_needed", "always", "never"]
"""Whether a minimal user turn is put last: the site needs one."""

Overflow = Literal["error", "trim_oldest"]
"""What happens to a conversation that is longer than the site takes."""

UnseenPictures = Literal["refuse", "ignore"]
"""What happens to a picture in the last turn for a model that takes none; ignored ones are named in a header."""

TextFiles = Literal["inline", "refuse"]
"""Whether the text of text files and PDF files is put into the message, since models of the site take pictures only."""


Priority = Literal["high", "normal", "low"]
"""Whose turn comes first when requests wait."""


class ClientProfile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """The defaults suit the clients that were tried."""

    strict: bool = False
    """Refuse parameters that have no effect, instead of naming them in a header."""
    reasoning: ReasoningDialect = "reasoning_content"
    citations: CitationStyle = "annotations"
    pictures: PictureStyle = "markdown"
    role_mode: RoleMode = "labelled"
    trailing_user_message: TrailingUserMessage = "when_needed"
    overflow: Overflow = "error"
    unseen_pictures: UnseenPictures = "refuse"
    text_files: TextFiles = "inline"
    downscale_pictures: bool = False
    """Make pictures smaller that are larger than the site takes, instead of refusing them."""
    keep_bodies: bool = False
    """Keep what is asked and answered, for a while, where its owner and administrators can read it."""
    priority: Priority = "normal"
    share: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    """How many turns it gets for each turn of a key with 1, when requests of the same priority wait."""
