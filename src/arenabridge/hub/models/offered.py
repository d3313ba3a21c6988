"""The models the site offers, as last read from its page by a tab, under the names that clients may use."""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from arenabridge.errors import ModelNotSelectable, NoCatalogue, NoWorkerConnected, UnknownModel
from arenabridge.hub.models.asked import BATTLE, BATTLES, BOTH, OWNER, Asked
from arenabridge.hub.models.given_models import GivenModels
from arenabridge.hub.models.names import ModelNames
from arenabridge.wire.arena.catalogue import Catalogue, Entry, read_catalogue
from arenabridge.wire.arena.known_model import KnownModel, added, is_usable, seen
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.offered_model import OfferedModel
from arenabridge.wire.reply import Participant

_log = logging.getLogger(__name__)

READ_AGAIN_SECONDS = 2.0
"""What a client is told to wait while a tab that has just connected reads the page."""

MAX_PAGE_CHARACTERS = 16 * 2**20
"""Bound of a page that we look at: real ones are several 100 kB."""

KEEP_AGAIN_SECONDS = 3600.0
"""How far the kept times may lag behind while nothing else changes: tabs read the page often."""

_VERSUS = re.compile(r"(?<!\s)\s++vs\.?\s++", re.IGNORECASE)
"""
Separates the names of two models that are to answer side by side. It begins where the space begins and gives none of it
back: tried again from each of many spaces, it would stop the gateway.
"""

_NOT_SERVED = {"video": "videos", "webdev": "web pages"}


class Models:
    """
    What is known of the models. A page without models (an error page, a login wall) changes nothing.

    `catalogue` is what the site offers now. `keep` is given all that is known, whenever it should be written down.
    """

    def __init__(
        self,
        known: Iterable[KnownModel],
        *,
        keep: Callable[[list[KnownModel]], None],
        unix: Callable[[], float],
        names: ModelNames | None = None,
    ) -> None:
        self._keep = keep
        self._unix = unix
        self._names = names or ModelNames()
        self._given = GivenModels()
        self._kept_at = float("-inf")
        self.pages_read = 0
        """The pages that had models."""
        self._know(list(known))

    def _know(self, known: list[KnownModel]) -> None:
        self._known = {each.model.id: each for each in known}
        self.catalogue = Catalogue(each.model for each in known if each.available)
        gone = [each for each in known if not each.available]
        self._gone = Catalogue(each.model for each in gone if is_usable(each, self._unix()))
        self._past = Catalogue(each.model for each in gone)

    def learn(self, known: Iterable[KnownModel]) -> None:
        """What another gateway has read and kept."""
        self._know(list(known))

    @property
    def names(self) -> ModelNames:
        return self._names

    def call(self, names: ModelNames) -> None:
        """Use other names from now on."""
        self._names = names

    def give(self, given: GivenModels) -> None:
        """Use these names too from now on."""
        self._given = given

    def _given_model(self, name: str) -> KnownModel | None:
        return None if self._names.alias(name) else self._given.find(name, self._of_the_site, self._unix())

    def _of_the_site(self, name: str) -> KnownModel | None:
        entry = self.catalogue.by_name(name) or self._gone.by_name(name)
        return None if entry is None else self._known[entry.model.id]

    def everything(self) -> Iterator[tuple[str, KnownModel]]:
        """All models that are known, hidden and lately gone ones too, under the names to ask for them by."""
        for entry in (*self.catalogue, *self._gone):
            yield entry.name, self._known[entry.model.id]
        for name in self._given:
            if self._of_the_site(name) is None and (known := self._given_model(name)) is not None:
                yield name, known

    def read_page(self, url: str, html: str, *, adds_only: bool = False) -> bool:
        """
        Take the models out of a page of the site, given as its inline scripts or whole; returns whether it had any.

        What comes from a tab that does not serve everybody `adds_only`: its person could have invented it.
        """
        catalogue = read_catalogue(html) if len(html) <= MAX_PAGE_CHARACTERS else Catalogue()
        if not len(catalogue):
            _log.info("no models on %s: keeping the %d known", _place(url), len(self.catalogue))
            return False
        if catalogue.skipped:
            _log.warning("%d models on %s are of a form this version does not know", catalogue.skipped, _place(url))
        before = self.catalogue
        follow = added if adds_only else seen
        self._know(follow(self._known.values(), (entry.model for entry in catalogue), self._unix()))
        if self.catalogue != before:
            _log.info("the site offers %d models", len(self.catalogue))
        if self.catalogue != before or self._unix() - self._kept_at >= KEEP_AGAIN_SECONDS:
            self._kept_at = self._unix()
            self._keep(list(self._known.values()))
        self.pages_read += 1
        return True

    def listed(self) -> Iterator[OfferedModel]:
        """What a list shows: aliases that stand for something now, the models of the site's own selector, battles."""
        for alias in self._names.aliases:
            if (offered := self._offered(alias)) is not None:
                yield offered
        for name in self._given:
            if not self._names.hides(name) and (known := self._given_model(name)) is not None:
                yield OfferedModel(name, known)
        for entry in self.catalogue:
            if entry.model.is_listed and not self._names.hides(entry.name) and entry.name not in self._given:
                yield OfferedModel(entry.name, self._known[entry.model.id])
        if len(self.catalogue):
            yield from (self._pair(name, BATTLE) for name in BATTLES if not self._names.hides(name))

    def _offered(self, alias: str) -> OfferedModel | None:
        """The models it stands for, among those that are there now."""
        if not self.heard(alias):
            target = next(self._available(alias), None)
            return None if target is None else self._alias(alias, target.model)
        try:
            return self.find(alias)
        except (UnknownModel, ModelNotSelectable):
            return None

    def find(self, name: str) -> OfferedModel:
        """The model offered under that name, now or until lately; raises `UnknownModel`, which suggests names."""
        if self.heard(name) and len(self.catalogue):
            return self._pair(name, self.asked(name, workers=1).model)
        if self._names.alias(name):
            return self._find_alias(name)
        if (given := self._given_model(name)) is not None:
            return OfferedModel(name, given)
        entry = self.catalogue.by_name(name) or self._gone.by_name(name) or self._resolve(name)
        return OfferedModel(entry.name, self._known[entry.model.id])

    def _resolve(self, name: str) -> Entry:
        """Raises `UnknownModel`, which suggests names and, for a model that the site once had, says when that was."""
        try:
            return self.catalogue.resolve(name)
        except UnknownModel as unknown:
            past = self._past.by_name(name)
            if past is None:
                raise
            last = datetime.fromtimestamp(self._known[past.model.id].last_seen, UTC)
            raise UnknownModel(f"{unknown} It was last seen on {last:%Y-%m-%d}.", param="model") from None

    def alternatives(self, name: str) -> list[Entry]:
        """The models to ask one after the other, if the name is an alias of models that the site offers now."""
        return list(self._available(name))

    def heard(self, name: str) -> tuple[Participant, ...]:
        """The participants whose answers are given where two answer under this name; empty where one model does."""
        meant = self.meant(name)
        if self._names.alias(meant):
            return ()
        return BATTLES.get(meant.casefold(), BOTH if self.sides(meant) else ())

    def meant(self, name: str) -> str:
        """What an alias of nothing but a pair stands for; other names as they are."""
        targets = self._names.alias(name)
        is_pair = len(targets) == 1 and (targets[0].casefold() in BATTLES or self.sides(targets[0]))
        return targets[0] if is_pair else name

    def asked(self, name: str, *, workers: int) -> Asked:
        """What answers under that name; raises an error that says what to do."""
        if self._given_model(name) is None:
            self._check_is_known(workers)
        if not self.heard(name):
            return Asked(self.select(name, workers=workers))
        name = self.meant(name)
        if name.casefold() in BATTLES:
            return Asked(BATTLE, "battle")
        model, rival = (self._side(side, workers) for side in self.sides(name))
        if model.modality != rival.modality:
            raise ModelNotSelectable(
                "Only models that make the same kind of answer can be put side by side.", param="model"
            )
        return Asked(model, "side-by-side", rival)

    def _side(self, name: str, workers: int) -> SiteModel:
        if self.heard(name):
            raise ModelNotSelectable(
                f"{shown(name)} is not one model: two of the site's models can be put side by side, and no more.",
                param="model",
            )
        return self.select(name, workers=workers)

    def sides(self, name: str) -> list[str]:
        """The two names in `one vs two`, unless that is a model's own name."""
        sides = _VERSUS.split(name.strip(), maxsplit=1)
        if len(sides) == 1 or self.catalogue.by_name(name) or self._gone.by_name(name):
            return []
        return sides

    def select(self, name: str, *, workers: int) -> SiteModel:
        """The model of that name; raises an error that says what to do."""
        if self._given_model(name) is None:
            self._check_is_known(workers)
        model = self.find(name).known.model
        if model.modality in _NOT_SERVED:
            raise ModelNotSelectable(
                f"{name} makes {_NOT_SERVED[model.modality]} only, and those can't be asked for here yet. "
                "GET /v1/models tells each model's type: chat, search and image can be used.",
                param="model",
            )
        return model

    def _check_is_known(self, workers: int) -> None:
        if not len(self.catalogue):
            if not workers:
                raise NoWorkerConnected
            raise NoCatalogue(retry_after_seconds=READ_AGAIN_SECONDS)

    def _pair(self, name: str, model: SiteModel) -> OfferedModel:
        """Battles, known for as long as the first of the site's models."""
        stand_in = msgspec.structs.replace(model, organization=OWNER, rank=None, rank_by_modality={})
        times = [self._known[entry.model.id] for entry in self.catalogue]
        first, last = min(each.first_seen for each in times), max(each.last_seen for each in times)
        return OfferedModel(name, KnownModel(model=stand_in, first_seen=first, last_seen=last), self._names.alias(name))

    def _find_alias(self, name: str) -> OfferedModel:
        targets = self._names.alias(name)
        gone = (entry for each in targets if (entry := self._gone.by_name(each)))
        found = next(self._available(name), None) or next(gone, None)
        if found is None:
            raise UnknownModel(f"{name} stands for {', '.join(targets)}: the site offers none of them.", param="model")
        return self._alias(name, found.model)

    def _available(self, alias: str) -> Iterator[Entry]:
        for each in self._names.alias(alias):
            entry = self.catalogue.by_name(each)
            if entry is not None:
                yield entry

    def _alias(self, name: str, model: SiteModel) -> OfferedModel:
        return OfferedModel(name, self._known[model.id], self._names.alias(name))


def _place(url: str) -> str:
    """The address without what may be secret in it: a page's address may carry codes and tokens."""
    parts = urlsplit(shown(url))
    return f"{parts.netloc}{parts.path}"
