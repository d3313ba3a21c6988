"""What the person wants models to be called: names of their own, and which of the site's are not shown."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from glob import escape


class ModelNames:
    """
    Aliases and hidden names.

    An alias wins over a model of the same name, in any case of letters; what it stands for are the site's models, or
    one pair of participants, never other aliases. Hidden models are only left out of the list: they can be used by
    name, and through an alias.
    """

    def __init__(self, aliases: Mapping[str, str | Sequence[str]] | None = None, hidden: Sequence[str] = ()) -> None:
        self._aliases = {
            name: (targets,) if isinstance(targets, str) else tuple(targets)
            for name, targets in (aliases or {}).items()
        }
        self._by_folded = {name.casefold(): name for name in self._aliases}
        self._hidden = [pattern.casefold() for pattern in hidden]

    @property
    def aliases(self) -> Mapping[str, tuple[str, ...]]:
        return self._aliases

    def alias(self, name: str) -> tuple[str, ...]:
        """The names of the models that this one stands for, in their order; empty if it is not an alias."""
        return self._aliases.get(self._by_folded.get(name.casefold(), ""), ())

    def hiding_pattern(self, name: str) -> str | None:
        """The first pattern that makes the list leave this model out."""
        return next((pattern for pattern in self._hidden if fnmatchcase(name.casefold(), pattern)), None)

    def is_hidden_alone(self, name: str) -> bool:
        """Whether it is hidden by its own name, which showing it again takes out of the setting."""
        return self.hiding_pattern(name) in {name.casefold(), escape(name).casefold()}

    def hides(self, name: str) -> bool:
        """Whether the list is to leave this model out: `*` and `?` stand for anything, as in names of files."""
        if name.casefold() in self._by_folded:
            return True
        return any(fnmatchcase(name.casefold(), pattern) for pattern in self._hidden)


def hiding(patterns: Sequence[str], name: str) -> list[str]:
    """The patterns that hide this model too, by its own name."""
    return [*showing(patterns, name), escape(name)]


def showing(patterns: Sequence[str], name: str) -> list[str]:
    """The patterns without the model's own name; one that hides others too stays."""
    own = {name.casefold(), escape(name).casefold()}
    return [pattern for pattern in patterns if pattern.casefold() not in own]
