"""
The direct sessions of this process: each is a worker as long as it is kept, not paused, and no other process has it.

A change in the database is noticed within seconds, whoever made it.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import arenabridge
from arenabridge.accounts.site_sessions import KeptSession, SiteSessions
from arenabridge.dispatch.events import Terms
from arenabridge.errors import GatewayError
from arenabridge.hub.clock import Clock
from arenabridge.hub.tasks import Tasks
from arenabridge.hub.workers.worker import Worker, WorkerState
from arenabridge.upstream.session_worker import SessionHub, SessionWorker
from arenabridge.upstream.site_client import SiteBroke, SiteClient, SiteUnreachable
from arenabridge.upstream.storage import Storage
from arenabridge.wire.arena.site_session import SiteSession
from arenabridge.wire.link.messages import WorkerId

_log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0
"""How often the database is asked what is kept now; a third of the time after which a session is anybody's."""

RENEW_BEFORE_SECONDS = 300.0
"""A session is renewed so long before its end, as the site's page does by itself."""

PAGE_SECONDS = 1800.0
"""How often a page is read, for the models that it names."""

MAX_NAMED = 3
"""Paused sessions that are named to a program that nobody serves."""

SLOTS = 4
"""Jobs one session runs at once: as many as a browser's connection carries beside its page."""


class Hub(SessionHub, Protocol):
    """What sessions need of the hub."""

    def join(self, worker: Worker) -> None: ...

    def leave(self, worker: Worker, *, may_return: bool = False) -> None: ...


@dataclass(slots=True)
class _Open:
    kept: KeptSession
    worker: SessionWorker
    client: SiteClient
    page_read: float
    renewing: asyncio.Task[None] | None = None


class DirectSessions:
    """All that this process works with."""

    def __init__(
        self,
        store: SiteSessions,
        hub: Hub,
        origins: tuple[str, ...],
        storage: Callable[[Callable[[str], bool]], Storage],
        clock: Clock,
    ) -> None:
        self._store = store
        self._hub = hub
        self._origins = origins
        self._storage = storage(self._is_of_site)
        self._clock = clock
        self._process = secrets.token_hex(8)
        self._open: dict[str, _Open] = {}
        self._paused: list[str] = []
        """Names of those that would serve everybody."""
        self._tasks = Tasks()
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Something about the sessions has just been changed here."""
        self._changed.set()

    def state_of(self, id: str) -> WorkerState | None:
        """The state of the worker that a session is, here and now."""
        return self._open[id].worker.state if id in self._open else None

    def what_would_help(self) -> str:
        """Which sessions would serve a request that nobody serves, were they not paused; empty if there are none."""
        if not self._paused:
            return ""
        names = ", ".join(map(repr, self._paused[:MAX_NAMED]))
        many = "Direct sessions are" if len(self._paused) > 1 else "A direct session is"
        return f"{many} paused ({names}): resume one in the dashboard, or with `arenabridge sessions resume`."

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._changed.clear()
                await self._follow()
                await self._wait()
        finally:
            for id_ in list(self._open):
                await self._end(id_)
            await asyncio.to_thread(self._store.let_go, self._process)
            await self._tasks.close()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._changed.wait()
        except TimeoutError:
            return

    async def _follow(self) -> None:
        all_ = await asyncio.to_thread(self._store.all)
        self._paused = [each.name for each in all_ if each.paused and _terms(each).askers is None]
        kept = {each.id: each for each in all_ if not each.rests}
        for id_, open_ in list(self._open.items()):
            if id_ not in kept or _terms(kept[id_]) != open_.worker.state.terms or open_.worker.closed.is_set():
                await self._end(id_)
        for id_, session in kept.items():
            if not await asyncio.to_thread(self._store.hold, id_, self._process):
                await self._end(id_)
            elif id_ not in self._open:
                await self._begin(session)
            else:
                self._look_after(self._open[id_])

    async def _begin(self, kept: KeptSession) -> None:
        try:
            secret = await asyncio.to_thread(self._store.secret_of, kept.id)
        except GatewayError as error:
            _log.warning("the session %s can't be used: %s", kept.name, error)
            return

        def renewed(session: SiteSession) -> None:
            self._tasks.start(asyncio.to_thread(self._store.renew, kept.id, session), f"keeping session {kept.name}")

        client = SiteClient(secret, self._origins, renewed)
        worker = SessionWorker(_state(kept, client.origin), client, self._storage, self._hub)
        self._open[kept.id] = _Open(kept, worker, client, self._clock.now())
        self._hub.join(worker)
        worker.look_again()

    async def _end(self, id_: str) -> None:
        open_ = self._open.pop(id_, None)
        if open_ is not None:
            if open_.renewing is not None:
                open_.renewing.cancel()
            self._hub.leave(open_.worker)
            await open_.worker.stop()

    def _look_after(self, open_: _Open) -> None:
        """Renew what ends soon, and read the models now and then. Calls to the site run beside: it may be silent."""
        now = self._clock.now()
        ends = open_.client.session.expires_at
        if ends and ends - self._clock.unix() < RENEW_BEFORE_SECONDS:
            if open_.renewing is None or open_.renewing.done():
                open_.renewing = self._tasks.start(self._renew(open_), f"renewing session {open_.kept.name}")
        elif now - open_.page_read > PAGE_SECONDS:
            open_.page_read = now
            open_.worker.look_again()

    async def _renew(self, open_: _Open) -> None:
        """The site renews a session that has ended; before its end it may leave it as it is."""
        try:
            if await open_.client.renew() or open_.client.session.expires_at > self._clock.unix():
                return
        except (SiteUnreachable, SiteBroke) as error:
            _log.info("the session %s could not be renewed: %s", open_.kept.name, error)
            return
        open_.worker.needs("sign_in", "The session is over, and the site did not renew it: add a new one.")

    def _is_of_site(self, url: str) -> bool:
        return url.startswith(tuple(f"{origin}/" for origin in self._origins))


def _terms(kept: KeptSession) -> Terms:
    askers = None if kept.sharing == "all" or kept.owner_id is None else frozenset[str]()
    return Terms(credential=f"session-{kept.id}", owner=kept.owner_id or "", askers=askers)


def _state(kept: KeptSession, origin: str) -> WorkerState:
    return WorkerState(
        worker=WorkerId(f"s-{secrets.token_hex(4)}"),
        origin=origin,
        profile=f"session-{kept.id}",
        script=arenabridge.__version__,
        slots=SLOTS,
        transport="session",
        page=f"session-{kept.id}",
        name=kept.name,
        terms=_terms(kept),
    )
