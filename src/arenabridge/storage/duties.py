"""What one of several gateways does for all: sending alerts, throwing away what is old. The holder of a row does it."""

import time
from collections.abc import Callable

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from arenabridge.storage.tables.shared import duties


class Duties:
    """
    Duties by name. The clocks of gateways may differ: the time that `hold` is asked for should outlast that.

    On a database of one gateway alone, every duty is its own.
    """

    def __init__(self, engine: Engine, me: str, unix: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._me = me
        self._unix = unix
        self._is_shared = engine.dialect.name != "sqlite"

    def hold(self, name: str, seconds: float) -> bool:
        """Whether it is ours for so long, unless we ask again. Waits for the database."""
        if not self._is_shared:
            return True
        now = self._unix()
        ours = (duties.c.holder == self._me) | (duties.c.until < now)
        row = {"name": name, "holder": self._me, "until": now + seconds}
        with self._engine.begin() as connection:
            taken = update(duties).where((duties.c.name == name) & ours).values(row)
            if connection.execute(taken).rowcount:
                return True
            if connection.execute(select(duties.c.name).where(duties.c.name == name)).first():
                return connection.execute(taken).rowcount == 1  # another thread of ours may just have got it
            try:
                with connection.begin_nested():
                    connection.execute(insert(duties).values(row))
            except IntegrityError:  # somebody was quicker
                return connection.execute(taken).rowcount == 1
            return True

    def leave(self) -> None:
        """Let others have what is ours, at the end. Waits for the database."""
        if self._is_shared:
            with self._engine.begin() as connection:
                connection.execute(update(duties).where(duties.c.holder == self._me).values(until=0.0))
