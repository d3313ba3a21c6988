"""
What the site called the pictures that clients know by our addresses, or as data.

An answer with a picture comes back in the client's next request with what the client was given. To find the site
session that has seen it, the turn has to be read as the site said it.
"""

from collections import OrderedDict

from arenabridge.wire.openai.content import content_of
from arenabridge.wire.reply import Image

MAX_REMEMBERED = 20_000
"""Pictures; the one that was noted first is forgotten first. Addresses have some 500 characters: about 15 MB."""

MAX_SOURCE_CHARACTERS = 8192
"""A picture with a longer source, one that came as data, is not remembered: its chat begins a new session."""


class Echoes:
    """By any key under which a picture can come back: the id of its file here, or the digest of its content."""

    def __init__(self) -> None:
        self._sources: OrderedDict[str, str] = OrderedDict()

    def note(self, source: str, *keys: str) -> None:
        """The picture that the site has at `source` will come back as one of `keys`."""
        if len(source) > MAX_SOURCE_CHARACTERS:
            return
        for key in keys:
            self._sources.pop(key, None)
            self._sources[key] = source
        while len(self._sources) > MAX_REMEMBERED:
            self._sources.popitem(last=False)

    def as_said(self, key: str) -> str | None:
        """What the site's answer had in the picture's place; None for one that is not known."""
        source = self._sources.get(key)
        return None if source is None else content_of(Image("a", source, ""))
