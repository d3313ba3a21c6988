"""The site's models as last read, so that a gateway that has just started knows them before a tab connects."""

from collections.abc import Iterable

import msgspec
from sqlalchemy import Engine, delete, insert, select

from arenabridge.storage.tables import site_models
from arenabridge.wire.arena.site_model import SiteModel


class SiteModelStore:
    """Keeps one list, in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> list[SiteModel]:
        """What was kept; models of a form this version does not know are left out."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(site_models.c.model).order_by(site_models.c.position))
            return [model for (text,) in rows if (model := _decode(text)) is not None]

    def replace(self, models: Iterable[SiteModel]) -> None:
        rows = [
            {"id": model.id, "position": position, "model": msgspec.json.encode(model).decode()}
            for position, model in enumerate(models)
        ]
        with self._engine.begin() as connection:
            connection.execute(delete(site_models))
            if rows:
                connection.execute(insert(site_models), rows)


def _decode(text: str) -> SiteModel | None:
    try:
        return msgspec.json.decode(text, type=SiteModel)
    except msgspec.DecodeError:
        return None
