"""Which jobs a free slot may be used for: what the dispatcher asks for, and the engine looks for in its queue."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opening:
    """Jobs for any model not in `excluding`, submitted by these `askers` only, unless that is None."""

    excluding: frozenset[str] = frozenset()
    askers: frozenset[str] | None = None

    def takes(self, model: str, asker: str) -> bool:
        return model not in self.excluding and (self.askers is None or asker in self.askers)


ANYTHING = Opening()
