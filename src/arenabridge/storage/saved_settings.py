"""Settings that were changed in a dashboard, for all gateways on this database. Secret ones are encrypted at rest."""

import json
import logging
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Engine, delete, insert, select

from arenabridge.storage.locks import Lock, hold
from arenabridge.storage.tables.shared import saved_settings

_log = logging.getLogger(__name__)


class SavedSettings:
    """`key` has 32 bytes; the values of the names in `secret` are encrypted with it. All methods wait for the disk."""

    def __init__(
        self, engine: Engine, key: bytes, secret: Collection[str], unix: Callable[[], float] = time.time
    ) -> None:
        self._engine = engine
        self._fernet = Fernet(urlsafe_b64encode(key))
        self._secret = frozenset(secret)
        self._unix = unix

    def all(self) -> dict[str, Any]:
        """By name, as plain JSON values; what can't be read is left out, and said."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(saved_settings).order_by(saved_settings.c.name)).all()
        found = {}
        for row in rows:
            try:
                found[row.name] = json.loads(self._opened(row.name, row.value))
            except (ValueError, InvalidToken):
                _log.warning("the setting %s in the database can't be read, and is left out", row.name)
        return found

    def write(self, changes: Mapping[str, Any]) -> None:
        """All or none; None takes one out."""
        now = self._unix()
        with self._engine.begin() as connection:
            hold(connection, Lock.SETTINGS)
            connection.execute(delete(saved_settings).where(saved_settings.c.name.in_(list(changes))))
            rows = [
                {"name": name, "value": self._sealed(name, json.dumps(value)), "changed_at": now}
                for name, value in changes.items()
                if value is not None
            ]
            if rows:
                connection.execute(insert(saved_settings), rows)

    def _sealed(self, name: str, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode() if name in self._secret else text

    def _opened(self, name: str, text: str) -> str:
        return self._fernet.decrypt(text).decode() if name in self._secret else text
