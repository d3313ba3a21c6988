"""
Sessions that persons hand over in their tabs, by a press in the userscript's badge: kept as if they had been pasted.

Each belongs to the tab's owner and serves them alone; one from a tab without owner is the gateway's own, as the tab is.
"""

import asyncio
import logging
from collections.abc import Callable

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.people import MAX_NAME_CHARACTERS, Person
from arenabridge.accounts.site_sessions import KeptSession
from arenabridge.errors import GatewayError
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.link.messages import SessionKept

_log = logging.getLogger(__name__)

_A_TAB = Person("tab", "a tab of the gateway's", None, "user")


class HandedOver:
    """`changed` is told when there is one more."""

    def __init__(self, accounts: Accounts, changed: Callable[[], None]) -> None:
        self._accounts = accounts
        self._changed = changed

    async def keep(self, worker: WorkerState, session: str) -> SessionKept:
        """What the badge says then."""
        try:
            kept = await asyncio.to_thread(self._keep, worker, session)
        except GatewayError as error:
            return SessionKept(kept=False, words=str(error))
        _log.info("worker %s handed its session over, kept as %s", worker.worker, kept.id)
        self._changed()
        whom = "your own requests" if kept.owner_id else "everybody who may use the gateway"
        return SessionKept(kept=True, words=f"Kept as “{kept.name}”. It works for {whom}, without a tab.")

    def _keep(self, worker: WorkerState, session: str) -> KeptSession:
        owner = worker.terms.owner or None
        kept = self._accounts.site_sessions.add(_name_of(worker), session, owner)
        actor = self._accounts.people.get(owner).as_person() if owner else _A_TAB
        self._accounts.audit.record(actor, "site_session.handed_over", kept.name, detail=kept.sharing)
        return kept


def _name_of(worker: WorkerState) -> str:
    """The session's name, after its browser."""
    name = worker.name or worker.peer.name or worker.relay or f"Browser {worker.profile[:4]}"
    return name[:MAX_NAME_CHARACTERS]
