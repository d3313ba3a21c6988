"""Say in a chat's text what is not text."""

from arenabridge.wire.reply import Image, ReplyEvent, Text, Video


def content_of(event: ReplyEvent) -> str:
    """The event as text of the answer, pictures as Markdown; empty for events that are no part of it."""
    match event:
        case Text(_, text):
            return text
        case Image(_, source, _):
            return f"![image]({source})"
        case Video(_, source, _):
            return f"[video]({source})"
        case _:
            return ""
