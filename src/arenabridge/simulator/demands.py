"""
What the site wants of the person before it goes on: a sign-in, a click on terms, a challenge; or nothing helps.

The terms of uploads are shown when a file is first attached, everything else at once. A demand is made of everybody,
and each visitor meets it for themselves by a press in the page; see `page/person.js`, `page/attachments.js` and the
challenge page. Sessions, visitors and clearances are told apart by an opaque text.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Literal, get_args

from arenabridge.simulator import refusals
from arenabridge.simulator.calls import STREAM_CALLS

if TYPE_CHECKING:
    from arenabridge.simulator.audit import Exchange
    from arenabridge.simulator.refusals import Refusal
    from arenabridge.simulator.settings import SiteSettings
    from arenabridge.simulator.visitors import Visitors

MET_KEPT = 5_000
"""The oldest is asked again when one more than these has met a demand."""
CLEARANCE_COOKIE = "cf_clearance"
ACTIONS = ("action", "upload-url", "signed-url")
CHALLENGED_CALLS = ("page", *ACTIONS, "sign-up", "sign-in", *STREAM_CALLS)
PERSONAL_CALLS = (*ACTIONS, *STREAM_CALLS)

DemandKind = Literal["sign_in", "terms", "challenge", "blocked", "upload_terms"]
DEMAND_KINDS: tuple[DemandKind, ...] = get_args(DemandKind)


class Demands:
    """The demands of the moment, and who has met them."""

    def __init__(self, settings: SiteSettings, visitors: Visitors) -> None:
        self._settings = settings
        self._visitors = visitors
        self._met: dict[DemandKind, OrderedDict[str, None]] = {kind: OrderedDict() for kind in DEMAND_KINDS}
        self._made: set[DemandKind] = set()
        self._watchers: set[asyncio.Event] = set()

    def make(self, kind: DemandKind) -> None:
        """Demand it of everybody, even of those who have met an earlier demand of that kind."""
        self._made.add(kind)
        self._met[kind].clear()
        self._tell()

    def withdraw(self, kind: DemandKind | None = None) -> None:
        """Takes a demand back, or all of them."""
        self._made.difference_update([kind] if kind else DEMAND_KINDS)
        self._tell()

    def meet(self, kind: DemandKind, who: str) -> None:
        """Notes that a visitor (for a challenge: a clearance) has done what was wanted."""
        met = self._met[kind]
        met[who] = None
        if len(met) > MET_KEPT:
            met.popitem(last=False)
        self._tell()

    @property
    def made(self) -> list[DemandKind]:
        return [kind for kind in DEMAND_KINDS if self._is_made(kind)]

    def of(self, cookies: dict[str, str]) -> list[DemandKind]:
        """What is still wanted of the visitor with these cookies."""
        visit = self._visitors.of_cookies(cookies)
        visitor = visit.user_id if visit else ""
        who: dict[DemandKind, str] = {"challenge": cookies.get(CLEARANCE_COOKIE, "")}
        return [kind for kind in self.made if who.get(kind, visitor) not in self._met[kind]]

    async def until_other(self, cookies: dict[str, str], known: set[str]) -> None:
        """Returns when something other than they know is wanted of them."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            while set(self.of(cookies)) == known:
                await changed.wait()
                changed.clear()
        finally:
            self._watchers.discard(changed)

    def refusal_of(self, exchange: Exchange) -> Refusal | None:
        """The answer in place of the call's own; terms refuse nothing, the page itself waits for them."""
        wanted = self.of(dict(exchange.cookies))
        if "challenge" in wanted and exchange.call in CHALLENGED_CALLS:
            return refusals.challenge()
        if exchange.call not in PERSONAL_CALLS:
            return None
        if "sign_in" in wanted:
            return refusals.signed_out()
        return refusals.blocked() if "blocked" in wanted else None

    def _is_made(self, kind: DemandKind) -> bool:
        return kind in self._made or (kind == "sign_in" and self._settings.sign_in == "wall")

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher.set()
