"""The answer as a worker read it from the page's text, where it could not see the page's own request."""

from arenabridge.wire.reply import Finished, ReplyEvent, Text


class PageTextDecoder:
    """Every piece is text; the page does not tell why it ended, so its end is taken for a whole answer."""

    def feed(self, text: str) -> list[ReplyEvent]:
        return [Text("a", text)] if text else []

    def end(self) -> list[ReplyEvent]:
        return [Finished("a", "stop")]
