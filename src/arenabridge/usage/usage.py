"""What the gateway knows of what was used, put together once."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from arenabridge.storage.duties import Duties
from arenabridge.usage.ledger import Ledger
from arenabridge.usage.recorder import Recorder
from arenabridge.usage.reports import Reports
from arenabridge.usage.search import Search
from arenabridge.usage.store import UsageStore
from arenabridge.usage.told_alerts import ToldAlerts

_log = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
STEP_SECONDS = 0.2
"""Between the steps of a sweep, so that others may write."""

SWEEPING = "sweeping"
"""The duty's name: one of several gateways sweeps."""

DUTY_MARGIN_SECONDS = 600.0
"""How much longer than until the next sweep the duty is held."""

DAY_SECONDS = 86400.0
SUMS_DAYS = 800
"""How long sums are kept: two years can be compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The parts at work. `retention_days` are those of rows and of bodies."""

    store: UsageStore
    recorder: Recorder
    ledger: Ledger
    reports: Reports
    search: Search
    told_alerts: ToldAlerts
    unix: Callable[[], float]
    retention_days: float
    bodies_retention_days: float

    @classmethod
    def open(
        cls, engine: Engine, unix: Callable[[], float], *, retention_days: float, bodies_retention_days: float
    ) -> "Usage":
        """Waits for the disk. The recorder is to be started."""
        store = UsageStore(engine)
        recorder = Recorder(store)
        return cls(
            store=store,
            recorder=recorder,
            ledger=Ledger(recorder, unix, last_id=store.last_id()),
            reports=Reports(engine),
            search=Search(engine),
            told_alerts=ToldAlerts(engine),
            unix=unix,
            retention_days=retention_days,
            bodies_retention_days=bodies_retention_days,
        )

    @contextlib.asynccontextmanager
    async def recording(self) -> AsyncIterator[None]:
        """Until its end, when what is under way ends and all is written."""
        self.recorder.start()
        try:
            yield
        finally:
            self.ledger.close()
            await asyncio.to_thread(self.recorder.close)

    async def keep_swept(self, duties: Duties) -> None:
        """For as long as it runs: throw away what is past its time, a little at a time, if that is our duty."""
        while True:
            try:
                if await asyncio.to_thread(duties.hold, SWEEPING, SWEEP_SECONDS + DUTY_MARGIN_SECONDS):
                    await self._sweep_all()
            except Exception:  # noqa: BLE001 - one fault must not let rows pile up from then on
                _log.exception("a sweep of the records failed")
            await asyncio.sleep(SWEEP_SECONDS)

    async def _sweep_all(self) -> None:
        while await asyncio.to_thread(self._sweep):  # noqa: ASYNC110 - a thread's work, done in steps
            await asyncio.sleep(STEP_SECONDS)
        await asyncio.to_thread(self.store.sweep_sums, self.unix() - SUMS_DAYS * DAY_SECONDS)

    def _sweep(self) -> int:
        now = self.unix()
        return self.store.sweep(
            rows_before=now - self.retention_days * DAY_SECONDS,
            bodies_before=now - self.bodies_retention_days * DAY_SECONDS,
        )
