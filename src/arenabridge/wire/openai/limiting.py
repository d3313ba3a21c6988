"""
End a text at a number of tokens, counted while it comes. Pure.

By a vocabulary it is counted word by word, since how the end of a text is divided into tokens depends on what follows.
A word may be shown before it is whole as long as it can't be too long: no token is shorter than a byte. So nothing is
held back but the last words before the limit. Without a vocabulary the limit is in bytes, as our estimate of tokens is.
"""

import re
from typing import Protocol

from arenabridge.wire.openai.usage import BYTES_PER_TOKEN

_WORD = re.compile(r"\s{0,63}\S{1,64}|\s{64}")
"""With the space before it, as in vocabularies; scripts without spaces come in pieces of 64 characters."""


class Vocabulary(Protocol):
    """What divides text into tokens."""

    def count(self, text: str) -> int: ...

    def first(self, text: str, tokens: int) -> str:
        """The text of its first tokens, so many, in whole characters."""


class Limit(Protocol):
    """Text goes in piece by piece and comes out up to the limit; how it is cut into pieces makes no difference."""

    is_over: bool
    """There was more than is let out."""

    def feed(self, text: str) -> str: ...

    def release(self) -> str:
        """What was held back: no text follows for now."""


def limited(max_tokens: int | None, vocabulary: Vocabulary | None) -> Limit:
    if max_tokens is None:
        return Unlimited()
    return ByteLimit(max_tokens * BYTES_PER_TOKEN) if vocabulary is None else TokenLimit(max_tokens, vocabulary)


class Unlimited:
    """No end."""

    is_over = False

    def feed(self, text: str) -> str:
        return text

    def release(self) -> str:
        return ""


class ByteLimit:
    """Whole characters only."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self.is_over = False

    def feed(self, text: str) -> str:
        data = text.encode()
        if len(data) <= self._left:
            self._left -= len(data)
            return text
        self.is_over = True
        return data[: self._left].decode(errors="ignore")

    def release(self) -> str:
        return ""


class TokenLimit:
    """By a vocabulary."""

    def __init__(self, limit: int, vocabulary: Vocabulary) -> None:
        self._left = limit
        self._vocabulary = vocabulary
        self._word = ""
        """The beginning of one that is not known to be whole."""
        self._shown = 0
        """Characters of it that were let out."""
        self.is_over = False

    def feed(self, text: str) -> str:
        text = self._word + text
        out, at = [], 0
        while not self.is_over and (found := _WORD.match(text, at)) and found.end() < len(text):
            out.append(self._count(found[0]))
            at = found.end()
        self._word = "" if self.is_over else text[at:]
        if self._word and not self._left:
            self.is_over, self._word = True, ""
        elif len(self._word.encode()) <= self._left:
            out.append(self._word[self._shown :])
            self._shown = len(self._word)
        return "".join(out)

    def release(self) -> str:
        word, self._word = self._word, ""
        return self._count(word) if word else ""

    def _count(self, word: str) -> str:
        """What of a whole word is let out now."""
        tokens = self._vocabulary.count(word)
        allowed = word if tokens <= self._left else self._vocabulary.first(word, self._left)
        self.is_over = allowed != word
        self._left -= min(tokens, self._left)
        shown, self._shown = self._shown, 0
        return allowed[shown:]
