"""
The models the site offers, under names that clients can use.

The site's public names are not unique (2026-01: thirteen of 320 twice, such as a text model and its twin that programs
web pages). Of the models that share a name one keeps it bare, the others get what sets them apart in brackets:
`gpt-5.2 (webdev)`, `ray2 (image-to-video)`. Which is which depends on the models alone, not on their order on the page.
"""

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from arenabridge.errors import UnknownModel
from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.flight import model_objects
from arenabridge.wire.arena.site_model import SiteModel, read_model

MAX_SUGGESTIONS = 3
MAX_SUGGESTED_FOR_CHARACTERS = 100
"""Characters compared of an unknown name; the time that takes grows with their square."""

_BARE_FIRST: dict[Modality, int] = {"chat": 0, "search": 1, "image": 2, "webdev": 3, "video": 4}
"""Who keeps a name: the model that an ordinary chat request means."""


class Entry(msgspec.Struct, frozen=True):
    """A model and the name under which it is offered, unique in its catalogue."""

    name: str
    model: SiteModel


class Catalogue:
    """
    The models in the order in which they are shown: those the site lists by rank, then the hidden ones.

    Immutable. Two are equal if they offer the same, whatever the order on their pages. `skipped` counts the objects of
    the page that were no models.
    """

    def __init__(self, models: Iterable[SiteModel] = (), *, skipped: int = 0) -> None:
        unique = {model.id: model for model in reversed(list(models))}.values()
        self._entries = tuple(sorted(_named(unique), key=_shown_order))
        self._by_name = {entry.name: entry for entry in self._entries}
        self._by_id = {entry.model.id: entry for entry in self._entries}
        self._by_folded = {entry.name.casefold(): entry for entry in reversed(self._entries)}
        self.skipped = skipped

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Catalogue) and self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]  # how Python says that a value that can be compared can't be a key

    def __repr__(self) -> str:
        return f"<Catalogue of {len(self)} models>"

    def by_name(self, name: str) -> Entry | None:
        """By the name it is offered under or the site's id, at last without regard to case."""
        return self._by_name.get(name) or self._by_id.get(name) or self._by_folded.get(name.casefold())

    def resolve(self, name: str) -> Entry:
        """Like `by_name`. Raises UnknownModel, which suggests names that are near."""
        entry = self.by_name(name)
        if entry is None:
            near = ", ".join(self.near(name))
            shown = name[:MAX_SUGGESTED_FOR_CHARACTERS]
            raise UnknownModel(
                f"The site offers no model {shown!r}." + (f" Did you mean: {near}?" if near else ""), param="model"
            )
        return entry

    def near(self, name: str) -> list[str]:
        """Up to `MAX_SUGGESTIONS` names that look like this one, the most similar first."""
        folded = name[:MAX_SUGGESTED_FOR_CHARACTERS].casefold()
        found = difflib.get_close_matches(folded, list(self._by_folded), n=MAX_SUGGESTIONS)
        return [self._by_folded[each].name for each in found]


def read_catalogue(page: str) -> Catalogue:
    """The models of a page, of its scripts alone or of a server action's answer; empty if there are none."""
    objects = model_objects(page)
    models = [model for each in objects if (model := read_model(each)) is not None]
    return Catalogue(models, skipped=len(objects) - len(models))


def _shown_order(entry: Entry) -> tuple[bool, float, str]:
    model = entry.model
    return not model.is_listed, float("inf") if model.rank is None else model.rank, entry.name


def _named(models: Iterable[SiteModel]) -> Iterator[Entry]:
    groups: dict[str, list[SiteModel]] = defaultdict(list)
    for model in models:
        groups[model.public_name].append(model)
    for public_name, group in groups.items():
        group.sort(key=_bare_order)
        for model, distinction in zip(group, _distinctions(public_name, group, groups), strict=True):
            yield Entry(f"{public_name} ({distinction})" if distinction else public_name, model)


def _bare_order(model: SiteModel) -> tuple[int, bool, bool, bool, str]:
    """Text comes before pictures as input too: a request without a picture must find a model that needs none."""
    inputs = model.inputs
    return _BARE_FIRST[model.modality], not model.is_listed, inputs.requires_upload, inputs.image, model.id


def _distinctions(public_name: str, group: Sequence[SiteModel], taken: Iterable[str]) -> list[str]:
    """
    For each of a group what sets it apart, in as few words as do; nothing for the first.

    `taken` are all public names: one of them may look like ours, and belongs to its own model.
    """
    features = [_features(model) for model in group]
    counts = [Counter(level) for level in zip(*features, strict=True)]
    forbidden = set(taken) if len(group) > 1 else set()

    def fewest(own: tuple[str, ...]) -> str:
        unique = (feature for feature, count in zip(own, counts, strict=True) if count[feature] == 1)
        return next((each for each in unique if f"{public_name} ({each})" not in forbidden), own[-1])

    return ["", *(fewest(own) for own in features[1:])]


def _features(model: SiteModel) -> tuple[str, ...]:
    """What may set a model apart, from what people understand best to what is always unique."""
    source = "image" if model.inputs.image else "text"
    target = "text" if model.modality == "chat" else model.modality
    return model.modality, f"{source}-to-{target}", model.name or "unnamed", model.id[-8:], model.id
