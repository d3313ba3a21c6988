"""
The text of an answer as its client will repeat it in its next request, by which the chat is known again. Pure.

That is what the client was given: thoughts between their tags, the list of sources, JSON without its fence. Many
clients leave thoughts out when they repeat an answer, some the sources, so there are several forms. Pictures stand in
all of them under the site's own addresses, which those that come back are translated into first.
"""

from collections.abc import Iterable, Iterator

from arenabridge.wire.openai.json_format import JsonFormat, NotAsAsked
from arenabridge.wire.openai.shape import Shape
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.reply import Image, ReplyEvent, Video

MAX_CHARACTERS = 2**20
"""Characters of all forms of an answer, kept while it comes; a chat with a longer one begins a new session."""

_DEFAULTS = ClientProfile()


class Repeated:
    """One answer, event by event, given to a client of this profile."""

    def __init__(self, client: ClientProfile = _DEFAULTS, json: JsonFormat | None = None) -> None:
        self._json = json
        self._hides_pictures = client.pictures in {"images", "off"}
        self._forms: list[_Form] | None = [_Form(shape) for shape in _shapes(client)]
        """None once no text from the client could tell this answer from all others."""
        self._characters = 0

    def note(self, events: Iterable[ReplyEvent]) -> None:
        for event in events:
            if self._forms is None:
                return
            self._characters += sum(form.note(event) for form in self._forms)
            if self._characters > MAX_CHARACTERS or (self._hides_pictures and isinstance(event, Image | Video)):
                self._forms = None

    def forms(self) -> tuple[str, ...]:
        """Once the answer is complete; what the client was given comes first, nothing if it can't be known again."""
        return tuple(dict.fromkeys(self._bare(form.whole()) for form in self._forms or ()))

    def _bare(self, text: str) -> str:
        """JSON that is not as asked is repeated as it is, by the gateway itself, with what is wrong."""
        try:
            return self._json.check(text) if self._json else text
        except NotAsAsked:
            return text


class _Form:
    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._texts: list[str] = []

    def note(self, event: ReplyEvent) -> int:
        """How much longer it is now."""
        text, _ = self._shape.turn(event)
        if text:
            self._texts.append(text)
        return len(text)

    def whole(self) -> str:
        return "".join(self._texts) + self._shape.end()


def _shapes(client: ClientProfile) -> Iterator[Shape]:
    yield Shape(client.reasoning, client.citations, client.pictures)
    if client.reasoning == "think":
        yield Shape("off", client.citations, client.pictures)
    if client.citations == "footnotes":
        yield Shape("off", "off", client.pictures)
