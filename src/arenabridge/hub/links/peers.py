"""
Who is let in as a worker, and on which terms; and what becomes of those that are in when the terms change.

A person's own gateway lets a tab in by its secret alone. A credential (`accounts.workers`) brings an owner: that
person's limits at the site count for the worker, and it serves the people they name.
"""

import asyncio
from typing import TYPE_CHECKING

from arenabridge.accounts.worker_verification import check
from arenabridge.accounts.workers import Kind, WorkerCredential
from arenabridge.dispatch.events import Terms
from arenabridge.errors import InvalidWorkerCredential
from arenabridge.hub.links.peer import ANYBODY, Peer

if TYPE_CHECKING:
    from arenabridge.accounts.worker_verification import WorkerVerifier
    from arenabridge.accounts.workers import WorkerCredentials
    from arenabridge.hub.workers.roster import Roster
    from arenabridge.hub.workers.worker import WorkerState


class Peers:
    """`verifier` and `store` know the credentials; without them nobody has one."""

    def __init__(
        self,
        verifier: "WorkerVerifier | None" = None,
        store: "WorkerCredentials | None" = None,
        *,
        relays_need_credentials: bool = True,
    ) -> None:
        self._verifier = verifier
        self._store = store
        self._relays_need_credentials = relays_need_credentials
        self._one_at_a_time = asyncio.Lock()

    async def page(self, shown: str) -> Peer:
        """A tab's script, by the credential in its `hello` or its header; raises `InvalidWorkerCredential`."""
        return await self._with_credential(shown, "browser")

    async def relay(self, shown: str | None) -> Peer:
        """A relay, by its header `Authorization`; raises `InvalidWorkerCredential`."""
        if not shown:
            if not self._relays_need_credentials:
                return ANYBODY
            raise InvalidWorkerCredential(
                "A relay sends its credential as `Authorization: Bearer wk-lmarena-...`; the dashboard's page Workers "
                "gives the code to enrol it with."
            )
        if self._verifier is not None and self._verifier.is_token(shown):
            return ANYBODY
        return await self._with_credential(shown, "relay")

    async def refresh(self, roster: "Roster") -> None:
        """
        Have the workers that are here follow what is decided by now: new terms, or none any longer.

        One at a time, so that what was read first is not applied last.
        """
        async with self._one_at_a_time:
            here = {state.terms.credential for state in _with_credentials(roster)}
            if not here or self._store is None:
                return
            records = {each.id: each for each in await asyncio.to_thread(self._store.those, here)}
            for id_ in here:
                self._follow(roster, id_, records.get(id_))

    def note_life(self, roster: "Roster") -> None:
        """Note that the connected ones were seen now."""
        for state in _with_credentials(roster):
            if self._verifier is not None:
                self._verifier.saw(state.terms.credential)

    def _follow(self, roster: "Roster", id_: str, record: WorkerCredential | None) -> None:
        """What is remembered of it is forgotten first; otherwise it could come back by that."""
        try:
            peer = peer_of(check(record, record.kind if record else "relay"))
        except InvalidWorkerCredential:
            self._forget()
            roster.revoke(id_)
            return
        if any(state.terms.credential == id_ and state.peer != peer for state in roster.own):
            self._forget()
            roster.set_peer(peer)

    def _forget(self) -> None:
        if self._verifier is not None:
            self._verifier.forget_here()

    async def _with_credential(self, shown: str, kind: Kind) -> Peer:
        if self._verifier is None:
            raise InvalidWorkerCredential("This gateway knows no credentials of workers.")
        return peer_of(await self._verifier.of(shown, kind))


def _with_credentials(roster: "Roster") -> "list[WorkerState]":
    """Workers that came in by a credential. A session in this process has terms too, but its own keeper ends it."""
    return [state for state in roster.own if state.terms.credential and state.transport != "session"]


def peer_of(credential: WorkerCredential) -> Peer:
    """What a credential means to the hub."""
    form, owner = credential.form, credential.owner
    owner_id = owner.id if owner else ""
    askers = {"owner": frozenset({owner_id}), "team": frozenset({owner_id, *form.team}), "all": None}[form.sharing]
    terms = Terms(
        credential=credential.id,
        owner=owner_id,
        askers=askers,
        is_backup=form.is_backup,
        cap=form.cap,
    )
    return Peer(terms, form.name, owner.name if owner else "", credential.kind, form.sharing, form.paused)
