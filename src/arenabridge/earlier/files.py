"""What the earlier bridges' three files say together: names for models, and captured sessions for some of them."""

from collections.abc import Collection
from dataclasses import dataclass, field

from arenabridge.earlier.captured import EndpointMap, Global
from arenabridge.earlier.models import MAX_NAME_CHARACTERS, GivenModel, GivenModels
from arenabridge.wire.arena.captured import CapturedSession

CONFIG = "config.jsonc"
MODELS = "models.json"
ENDPOINT_MAP = "model_endpoint_map.json"


@dataclass(frozen=True, slots=True)
class EarlierFiles:
    """The files, as they last could be read; `unreadable` says what is wrong with those that can't be read now."""

    usual: Global = field(default_factory=Global)
    map: EndpointMap = field(default_factory=EndpointMap)
    given: GivenModels = field(default_factory=GivenModels)
    unreadable: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[GivenModel, ...]:
        """
        Those of `models.json`, and those of the map that it lacks, in any case of letters.

        Their code took a name that it did not know for a text model without an id.
        """
        known = {each.name.casefold() for each in self.given.models}
        mapped = dict.fromkeys(each.model for each in self.map.sessions if each.model)
        unknown = (name for name in mapped if name.strip() and len(name) <= MAX_NAME_CHARACTERS)
        return (*self.given.models, *(GivenModel(name, None) for name in unknown if name.casefold() not in known))

    @property
    def sessions(self) -> tuple[CapturedSession, ...]:
        """The sessions of single models, and that of all others if they may have it."""
        usual = self.usual.session
        return (*self.map.sessions, *((usual,) if usual is not None and self.usual.serves_unmapped else ()))

    def wants_captured(self, names: Collection[str], *, history_is_taken: bool) -> bool:
        """
        Whether a model of these names goes into a captured session, as far as these files decide.

        While the site took the history of a repeated turn from the request, every model went there. Since it does not,
        one session for all would have everybody's chats in it: now only those in the map do.
        """
        if not self.map.models.isdisjoint(name.casefold() for name in names):
            return True
        if not self.usual.serves_unmapped:
            return True
        return history_is_taken and self.usual.session is not None

    @property
    def problems(self) -> tuple[tuple[str, str], ...]:
        """What is wrong, by file."""
        usual = [(CONFIG, self.usual.broken)] if self.usual.broken else []
        broken = [(ENDPOINT_MAP, each) for each in self.map.broken] + [(MODELS, each) for each in self.given.broken]
        whole = [(file, why) for file, _, why in (each.partition(": ") for each in self.unreadable)]
        return (*whole, *usual, *broken)
