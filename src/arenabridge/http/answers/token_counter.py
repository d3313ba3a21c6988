"""
Count tokens offline, with an OpenAI vocabulary if the extra `tokens` is installed, else by the length of the text.

The vocabulary (o200k, GPT-4o and later) takes half a second and some 50 MB. It is loaded before the gateway serves,
since the interpreter is held meanwhile, and every answer would stand still. Other makers' vocabularies differ by some
percent: whatever this gives is an estimate, and is called one.
"""

import asyncio
import threading
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec

from arenabridge.wire.openai.limiting import Vocabulary
from arenabridge.wire.openai.usage import estimate_tokens

LIBRARY = "quicktok"
VOCABULARY = "o200k_base"


class QuicktokVocabulary:
    """As the library has it. What looks like a special token is text: a client, or a model, means it as such."""

    def __init__(self, library: str) -> None:
        self._encoding = import_module(library).get_encoding(VOCABULARY)

    def count(self, text: str) -> int:
        return int(self._encoding.count(text))

    def first(self, text: str, tokens: int) -> str:
        data: bytes = self._encoding.decode_bytes(self._encoding.encode_ordinary(text)[:tokens])
        return data.decode(errors="ignore")


@lru_cache(maxsize=1)
def _vocabulary(library: str) -> Vocabulary:
    return QuicktokVocabulary(library)


class TokenCounter:
    """Counts many texts at once."""

    def __init__(self, library: str = LIBRARY) -> None:
        self._library = library
        self._is_installed = find_spec(library) is not None
        self.vocabulary: Vocabulary | None = None
        """Once it is loaded."""
        self._loading = threading.Lock()

    async def count(self, texts: Sequence[str]) -> list[int]:
        """In a thread, since prompts may be megabytes: the library lets go of the interpreter while it counts."""
        if not self._is_installed or not any(texts):
            return [estimate_tokens(text) for text in texts]
        return await asyncio.to_thread(self._count_all, texts)

    async def load(self) -> None:
        """Have the vocabulary, if it is installed, for what has to be counted while it comes."""
        if self._is_installed and self.vocabulary is None:
            await asyncio.to_thread(self._loaded)

    def _count_all(self, texts: Sequence[str]) -> list[int]:
        vocabulary = self._loaded()
        return [vocabulary.count(text) for text in texts]

    def _loaded(self) -> Vocabulary:
        with self._loading:
            if self.vocabulary is None:
                self.vocabulary = _vocabulary(self._library)
            return self.vocabulary
