"""What is known of the site's models, so that a gateway that has just started knows them before a tab connects."""

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, delete, insert, select

from arenabridge.storage.locks import Lock, hold
from arenabridge.storage.tables import site_models
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import SiteModel


class SiteModelStore:
    """Keeps one list, in order."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self) -> list[KnownModel]:
        """What was kept; models of a form this version does not know are left out."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(site_models).order_by(site_models.c.position))
            return [known for row in rows if (known := _read(row)) is not None]

    def replace(self, models: Iterable[KnownModel]) -> None:
        rows = [_row(position, known) for position, known in enumerate(models)]
        with self._engine.begin() as connection:
            hold(connection, Lock.MODELS)
            connection.execute(delete(site_models))
            if rows:
                connection.execute(insert(site_models), rows)


def _row(position: int, known: KnownModel) -> dict[str, Any]:
    return {
        "id": known.model.id,
        "position": position,
        "model": msgspec.json.encode(known.model).decode(),
        "first_seen": known.first_seen,
        "last_seen": known.last_seen,
        "available": known.available,
    }


def _read(row: Row[tuple[Any, ...]]) -> KnownModel | None:
    try:
        model = msgspec.json.decode(row.model, type=SiteModel)
    except msgspec.DecodeError:
        return None
    return KnownModel(model=model, first_seen=row.first_seen, last_seen=row.last_seen, available=row.available)
