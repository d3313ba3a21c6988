"""
Count tokens offline, with an OpenAI vocabulary if the extra `tokens` is installed, else by the length of the text.

The vocabulary (o200k, GPT-4o and later) takes half a second and some 50 MB, so it is loaded when it is first needed, in
a thread. Other makers' vocabularies differ by some percent: whatever this gives is an estimate, and is called one.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

from arenabridge.wire.openai.usage import estimate_tokens

LIBRARY = "quicktok"
VOCABULARY = "o200k_base"

Count = Callable[[str], int]


class TokenCounter:
    """Counts many texts at once."""

    def __init__(self, library: str = LIBRARY) -> None:
        self._library = library
        self._is_installed = find_spec(library) is not None
        self._count: Count | None = None
        self._loading = threading.Lock()

    async def count(self, texts: Sequence[str]) -> list[int]:
        """In a thread, since prompts may be megabytes: the library lets go of the interpreter while it counts."""
        if not self._is_installed or not any(texts):
            return [estimate_tokens(text) for text in texts]
        return await asyncio.to_thread(self._count_all, texts)

    def _count_all(self, texts: Sequence[str]) -> list[int]:
        count = self._loaded()
        return [count(text) for text in texts]

    def _loaded(self) -> Count:
        with self._loading:
            if self._count is None:
                self._count = import_module(self._library).get_encoding(VOCABULARY).count
            return self._count
