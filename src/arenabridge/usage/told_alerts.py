"""Which alerts were told and are not over: in the database, for a restart, and for the other gateways of a fleet."""

from collections.abc import Iterable

from sqlalchemy import Engine, delete, insert, select

from arenabridge.storage.tables.alerts import told_alerts
from arenabridge.usage.alerts import News


class ToldAlerts:
    """As many as fire at a time (`MAX_ALERTS`). All methods wait for the disk: call them in a thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> list[News]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(told_alerts)).all()
        return [News(row.id, row.alert, "firing", row.message) for row in rows]

    def note(self, news: Iterable[News], unix: float) -> None:
        """These are being told, at this time in seconds since 1970."""
        with self._engine.begin() as connection:
            for each in news:
                connection.execute(delete(told_alerts).where(told_alerts.c.id == each.id))
                if each.state == "firing":
                    row = {"id": each.id, "alert": each.alert, "message": each.message, "told_at": unix}
                    connection.execute(insert(told_alerts).values(row))
