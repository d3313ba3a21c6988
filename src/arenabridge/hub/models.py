"""The models the site offers, as last read from its page by a tab."""

import logging
from collections.abc import Callable

from arenabridge.errors import ModelNotSelectable, NoCatalogue, NoWorkerConnected
from arenabridge.wire.arena.catalogue import Catalogue, read_catalogue
from arenabridge.wire.arena.site_model import SiteModel

_log = logging.getLogger(__name__)

READ_AGAIN_SECONDS = 2.0
"""What a client is told to wait while a tab that has just connected reads the page."""

MAX_PAGE_CHARACTERS = 16 * 2**20
"""Of a page we look at: real ones are several 100 kB."""


class Models:
    """The current catalogue. A page without models (an error page, a login wall) changes nothing."""

    def __init__(self, catalogue: Catalogue, on_change: Callable[[Catalogue], None]) -> None:
        self.catalogue = catalogue
        self._on_change = on_change

    def read_page(self, url: str, html: str) -> None:
        """Take the models out of a page of the site, given as its inline scripts or as a whole."""
        catalogue = read_catalogue(html) if len(html) <= MAX_PAGE_CHARACTERS else Catalogue()
        if not len(catalogue):
            _log.info("no models on %s: keeping the %d known", url, len(self.catalogue))
            return
        if catalogue.skipped:
            _log.warning("%d models on %s are of a form this version does not know", catalogue.skipped, url)
        if catalogue != self.catalogue:
            _log.info("the site offers %d models", len(catalogue))
            self.catalogue = catalogue
            self._on_change(catalogue)

    def select(self, name: str, *, workers: int) -> SiteModel:
        """The model of that name; raises an error that says what to do."""
        if not len(self.catalogue):
            if not workers:
                raise NoWorkerConnected
            raise NoCatalogue(retry_after_seconds=READ_AGAIN_SECONDS)
        model = self.catalogue.resolve(name).model
        if model.modality in {"video", "webdev"}:
            raise ModelNotSelectable(f"{name} makes {model.modality} only, which can't be served yet.", param="model")
        return model
