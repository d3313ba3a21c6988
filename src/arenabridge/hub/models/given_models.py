"""Names that the person's `models.json` and map give to the site's models, even to ones that its page lacks."""

from collections.abc import Callable, Collection, Iterable, Iterator

from arenabridge.earlier.models import GivenModel
from arenabridge.hub.models.asked import OWNER
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel

Lookup = Callable[[str], KnownModel | None]
"""A model of the site, by its id or name."""


class GivenModels:
    """
    By their names, in any case of letters; they win over the site's own.

    A model without an id is the one that the site has under that name, or else the model of the captured session: then
    it can be used only if it is `mapped` to a session, or one session serves all models (`all_mapped`).
    """

    def __init__(
        self, models: Iterable[GivenModel] = (), mapped: Collection[str] = (), *, all_mapped: bool = False
    ) -> None:
        self._models = {each.name.casefold(): each for each in models}
        self._all_mapped = all_mapped
        self._mapped = {name.casefold() for name in mapped}

    def __iter__(self) -> Iterator[str]:
        return (each.name for each in self._models.values())

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._models

    def find(self, name: str, site: Lookup, now: float) -> KnownModel | None:
        """What the name stands for; None for names that are not given, or stand for nothing."""
        given = self._models.get(name.casefold())
        if given is None:
            return None
        found = (site(given.id) if given.id else None) or site(given.name)
        is_mapped = self._all_mapped or name.casefold() in self._mapped
        if found is not None or (given.id is None and not is_mapped):
            return found
        return KnownModel(model=_unseen(given), first_seen=now, last_seen=now)


def _unseen(given: GivenModel) -> SiteModel:
    """A model of which only what the person says is known."""
    return SiteModel(
        id=given.id or "",
        public_name=given.name,
        organization=OWNER,
        inputs=Inputs(text=True, image=True),
        outputs=Outputs(text=given.kind == "text", image=given.kind == "image"),
    )
