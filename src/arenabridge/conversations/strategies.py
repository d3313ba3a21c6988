"""Which kind of site session a chat goes into, by model."""

from collections.abc import Callable, Collection, Mapping
from fnmatch import fnmatchcase

from arenabridge.settings import SessionStrategy


class Strategies:
    """
    The strategy of all models, and those of models whose names match a pattern: `*` and `?` stand for anything.

    The first pattern that matches counts; of those that match none, models that are `is_mapped` are `captured`.
    `or_fresh`: where nothing is captured for a model, a new session will do.
    """

    def __init__(
        self,
        default: SessionStrategy = "auto",
        by_model: Mapping[str, SessionStrategy] | None = None,
        *,
        or_fresh: bool = False,
        is_mapped: Callable[[Collection[str]], bool] = lambda _: False,
    ) -> None:
        self._default = default
        self._is_mapped = is_mapped
        self._by_model = {pattern.casefold(): strategy for pattern, strategy in (by_model or {}).items()}
        self.or_fresh = or_fresh

    def of(self, names: Collection[str]) -> SessionStrategy:
        """The strategy of a model that has these names."""
        folded = [name.casefold() for name in names]
        for pattern, strategy in self._by_model.items():
            if any(fnmatchcase(name, pattern) for name in folded):
                return strategy
        return "captured" if self._is_mapped(folded) else self._default

    def uses(self, strategy: SessionStrategy) -> bool:
        return strategy == self._default or strategy in self._by_model.values()
