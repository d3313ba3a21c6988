"""
Read a lost answer from the site itself.

A tab that was reloaded or closed has lost what it knew of an answer. If the site had finished it, the conversation's
page holds it: any tab of the same browser profile can read that page, which costs no quota.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from arenabridge.hub.jobs.exchange import Exchange
from arenabridge.hub.workers.errands import ErrandFailed, Errands
from arenabridge.hub.workers.roster import Roster
from arenabridge.wire.arena.conversation_page import ShownAnswer, last_answer
from arenabridge.wire.reply import Finished, Text
from arenabridge.wire.step import Step

_log = logging.getLogger(__name__)

WAIT_SECONDS = 5.0
"""How long a tab of the profile is waited for: one that was reloaded is back within seconds."""

LOOK_SECONDS = 1.0
PAGE_SECONDS = 15.0


class Salvage:
    """What can be read again, and how."""

    def __init__(
        self, errands: Errands, roster: Roster, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._errands = errands
        self._roster = roster
        self._pause = pause

    def is_worth_trying(self, exchange: Exchange) -> bool:
        """Whether the site may hold the answer: something was sent, for one participant, and all that came was text."""
        attempt = exchange.attempt
        return (
            attempt is not None
            and attempt.reports.expected > 0
            and exchange.session is not None
            and exchange.delivered is not None
            and len(exchange.heard) <= 1
            and exchange.captured is None
            and exchange.model.modality != "image"
        )

    async def complete(self, exchange: Exchange) -> bool:
        """Tell the client the rest of its answer; returns whether there was any."""
        shown = await self._read(exchange)
        if shown is None or not shown.is_finished or not shown.text.strip() or exchange.delivered is None:
            return False
        said = "".join(exchange.delivered)
        if shown.asked.strip() != exchange.sent.strip() or not shown.text.startswith(said):
            return False
        rest = shown.text[len(said) :]
        if rest and not exchange.deliver([Text("a", rest)]):
            return True  # the client has gone meanwhile
        _log.info("an answer whose tab was lost was read from its conversation's page")
        exchange.sink.complete(Finished("a", "stop"))
        return True

    async def _read(self, exchange: Exchange) -> ShownAnswer | None:
        session = exchange.session or ""
        for _ in range(round(WAIT_SECONDS / LOOK_SECONDS)):
            worker = self._roster.of_profile(exchange.profile)
            if worker is not None:
                step = Step(method="GET", path=f"/c/{quote(session, safe='')}")
                try:
                    answer = await self._errands.run(worker, step, seconds=PAGE_SECONDS)
                except (ErrandFailed, TimeoutError) as error:
                    _log.info("the page of a lost answer could not be read: %s", error)
                    return None
                return last_answer(answer.text, session) if answer.status == 200 else None
            if self._roster.sleeps(exchange.profile):
                return None
            await self._pause(LOOK_SECONDS)
        return None
