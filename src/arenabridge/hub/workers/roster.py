"""
The live workers: who they are, what they can do now, and what they are told.

What changes here is told to the dispatcher as an event.
"""

import logging
from collections.abc import Callable

from arenabridge.dispatch import events as e
from arenabridge.errors import GatewayError, HumanNeeded
from arenabridge.hub.clock import Clock
from arenabridge.hub.jobs.execution import ExecutionChoice
from arenabridge.hub.links.peer import Peer
from arenabridge.hub.workers.browsers import Browsers
from arenabridge.hub.workers.humans import hindrance_of, human_of, need_of
from arenabridge.hub.workers.worker import Failure, Worker, WorkerState
from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.link import messages as m

_log = logging.getLogger(__name__)

RECHECK_SECONDS = 30.0
"""When a worker is tried again that the site refused because its person is needed, unless its page tells more."""

MAX_SENT_AWAY = 1000
"""Pages remembered that were sent away: each asks again once a minute, and the oldest is let in again first."""


class Roster:
    """All workers, by id."""

    def __init__(
        self, choice: ExecutionChoice, clock: Clock, happened: Callable[[e.Event], None], browsers: Browsers
    ) -> None:
        self._choice = choice
        self._browsers = browsers
        self._sent_away: dict[str, None] = {}
        self._clock = clock
        self._happened = happened
        self._workers: dict[m.WorkerId, Worker] = {}
        self.on_lesson: Callable[[str, Modality], None] = lambda profile, kind: None  # noqa: ARG005 - nobody to tell
        """Told when the site has refused `fetch` of a browser profile for a kind of job."""
        self.on_person: Callable[[m.WorkerId, m.Human], None] = lambda worker, human: None  # noqa: ARG005 - likewise
        """Told when the site has refused a worker because its person is needed."""
        self.on_account: Callable[[str], None] = lambda profile: None  # noqa: ARG005 - likewise
        """Told when a browser profile may have another account from now on: it signs in, or has loaded a page."""

    def __len__(self) -> int:
        return len(self._workers)

    @property
    def states(self) -> list[WorkerState]:
        return [worker.state for worker in self._workers.values()]

    @property
    def own(self) -> list[WorkerState]:
        """Without those that other replicas lend."""
        return [state for state in self.states if not state.lender]

    def join(self, worker: Worker) -> None:
        state = worker.state
        self._workers[state.worker] = worker
        state.joined_at = self._clock.unix()
        self.on_account(state.profile_on_site)
        browser = self._browsers.get(state.profile_on_site)
        state.name, state.paused = browser.name or state.name, browser.paused
        _log.info("worker %s joined: %s, %d slots", state.worker, state.origin, state.slots)
        self._happened(e.WorkerJoined(state.worker, e.PoolId(state.profile_on_site), state.slots, state.terms))
        if state.is_paused:
            self._tell_change(state)
        self._set_limits()

    def join_lent(self, worker: Worker) -> None:
        """Another replica lends it, for one job: it is in its own pool, and its person speaks to that replica."""
        state = worker.state
        self._workers[state.worker] = worker
        pool = e.PoolId(state.worker)
        self._happened(e.WorkerJoined(state.worker, pool, 1, state.terms, is_lent=True))
        self._happened(e.WorkerLimited(state.worker, 1, state.uses_page))

    def leave(self, worker: Worker, *, may_return: bool = False) -> None:
        if self._workers.pop(worker.state.worker, None) is not None:
            _log.info("worker %s left%s", worker.state.worker, ", and may return" if may_return else "")
            self._happened(e.WorkerLeft(worker.state.worker, may_return))

    def get(self, worker: m.WorkerId) -> Worker | None:
        return self._workers.get(worker)

    def say(self, worker: m.WorkerId, message: m.FromGateway) -> None:
        if worker in self._workers:
            self._workers[worker].say(message)

    def send_file(self, worker: m.WorkerId, errand: m.JobId, content: bytes) -> None:
        if worker in self._workers:
            self._workers[worker].send_file(errand, content)

    def tick(self, now: float) -> None:
        for worker in list(self._workers.values()):
            worker.tick(now)
            if worker.state.human_until is not None and worker.state.human_until <= now:
                self._note_human(worker.state, None)
        self._set_limits()

    # -- what the person wants of them

    def rename(self, worker: m.WorkerId, name: str) -> None:
        """Call the browser so, with all its tabs on this site."""
        state = self._workers[worker].state
        self._browsers.rename(state.profile_on_site, name)
        for each in self._tabs_of(state.profile_on_site):
            each.name = name

    def pause(self, worker: m.WorkerId, *, paused: bool) -> None:
        """Let the browser rest, or work again, with all its tabs on this site."""
        state = self._workers[worker].state
        self._browsers.pause(state.profile_on_site, paused=paused)
        for each in self._tabs_of(state.profile_on_site):
            each.paused = paused
            self._tell_change(each)

    def set_terms(self, terms: e.Terms) -> None:
        """Change the terms of all workers with this credential: its owner has changed whom they serve."""
        for state in self.states:
            if state.terms.credential == terms.credential:
                state.terms = terms
        self._happened(e.TermsChanged(terms))

    def set_peer(self, peer: Peer) -> None:
        """The same, with the name of their credential, and whether they are to rest."""
        for state in self.states:
            if state.terms.credential == peer.terms.credential:
                state.peer = peer
                self._tell_change(state)
        self.set_terms(peer.terms)

    def revoke(self, credential: str) -> None:
        """End the connections of all workers with this credential."""
        for worker in list(self._workers.values()):
            if worker.state.terms.credential == credential:
                worker.state.is_barred = True
                worker.close("its credential was revoked")

    def drain(self, worker: m.WorkerId) -> None:
        """Give this tab nothing new, and send it away once it has finished."""
        state = self._workers[worker].state
        state.leaving = True
        self._tell_change(state)

    def send_away(self, worker: m.WorkerId) -> None:
        """End the connection; the page is not let in again until it is reloaded."""
        state = self._workers[worker].state
        if len(self._sent_away) >= MAX_SENT_AWAY:
            del self._sent_away[next(iter(self._sent_away))]
        self._sent_away[state.page] = None
        state.is_barred = True
        self._workers[worker].close("disconnected in the dashboard")

    def was_sent_away(self, page: str) -> bool:
        return page in self._sent_away

    def failed(self, worker: m.WorkerId, error: GatewayError) -> None:
        """One of its attempts failed."""
        if (member := self._workers.get(worker)) is not None:
            member.state.failure = Failure(error.code, shown(str(error)), self._clock.unix())

    def failed_elsewhere(self, worker: m.WorkerId, code: str, words: str) -> None:
        """One of its attempts failed, for another replica's job."""
        if (member := self._workers.get(worker)) is not None:
            member.state.failure = Failure(code, words, self._clock.unix())

    def _tabs_of(self, browser: str) -> list[WorkerState]:
        return [state for state in self.states if state.profile_on_site == browser]

    def _tell_change(self, state: WorkerState) -> None:
        self._happened(e.WorkerChanged(state.worker, state.visible, state.frozen, hindrance_of(state)))

    def close(self, reason: str) -> None:
        for worker in list(self._workers.values()):
            worker.close(reason)

    # -- what they can do

    def note(self, worker: Worker, said: m.State) -> None:
        """The worker tells how it is."""
        worker.state.visible, worker.state.frozen = said.visible, said.frozen
        self._note_human(worker.state, said.human)

    def of_profile(self, profile: str) -> m.WorkerId | None:
        """A worker of this browser profile on this site, if one is here that is not frozen."""
        states = (worker.state for worker in self._workers.values())
        return next((each.worker for each in states if each.profile_on_site == profile and not each.frozen), None)

    def sleeps(self, profile: str) -> bool:
        """Whether all tabs of this browser profile that are here are frozen."""
        states = [worker.state for worker in self._workers.values() if worker.state.profile_on_site == profile]
        return bool(states) and all(state.frozen for state in states)

    def profile(self, worker: m.WorkerId) -> str:
        return self._workers[worker].state.profile_on_site if worker in self._workers else ""

    def name(self, worker: m.WorkerId) -> str:
        """The person's name for its browser or its credential, or else the beginning of its own name for itself."""
        state = self._workers[worker].state if worker in self._workers else None
        return (state.name or state.peer.name or state.profile[:8]) if state else ""

    def came_in(self, worker: m.WorkerId) -> tuple[str, str]:
        """Its page, and the credential that it came in with."""
        state = self._workers[worker].state if worker in self._workers else None
        return (state.page, state.terms.credential) if state else ("", "")

    def call_back(self, worker: m.WorkerId) -> None:
        """Something it said was lost on the way: end its connection, so that its page says it again."""
        if (member := self._workers.get(worker)) is not None:
            self.leave(member, may_return=True)
            member.close("something was lost on the way")

    def is_lent(self, worker: m.WorkerId) -> bool:
        """Whether another replica lends it."""
        return worker in self._workers and bool(self._workers[worker].state.lender)

    def served(self, worker: m.WorkerId, how: m.How) -> None:
        """It gave a whole answer."""
        if (member := self._workers.get(worker)) is not None:
            member.state.served[how] += 1

    def how(self, worker: m.WorkerId, kind: Modality) -> m.How:
        """How this worker should carry out a job of this kind now."""
        if worker not in self._workers:
            return "fetch"
        state = self._workers[worker].state
        return self._choice.choose(state.profile_on_site, kind, state.how, self._clock.now())

    def fetch_was_refused(self, worker: m.WorkerId, kind: Modality) -> bool:
        """The site wants its page's check: remember it, and say whether the page can be used instead."""
        if worker not in self._workers:
            return False
        state = self._workers[worker].state
        learned = self._choice.learn_refusal(state.profile_on_site, kind, state.how, self._clock.now())
        if learned:
            _log.info("worker %s: the site refuses requests of our own; its page is used instead", worker)
            self.on_lesson(state.profile_on_site, kind)
            self._set_limits()
        return learned

    def learn(self, profile: str, kind: Modality) -> None:
        """Another replica has seen the site refuse `fetch` of this browser profile."""
        self._choice.learn_refusal(profile, kind, ("composer",), self._clock.now())
        self._set_limits()

    def person_is_needed(self, worker: m.WorkerId, error: HumanNeeded, *, is_challenge: bool) -> e.Need:
        """The site refused because the person is needed; a page that does not show why is reloaded, so that it does."""
        if worker not in self._workers:
            return e.Need(type(error), str(error))
        state = self._workers[worker].state
        if state.human is None:
            human = human_of(error, is_challenge=is_challenge)
            self.person_was_needed(worker, human)
            self.on_person(worker, human)
            self.say(worker, m.Reload())
        return need_of(state) or e.Need(type(error), str(error))

    def person_was_needed(self, worker: m.WorkerId, human: m.Human) -> None:
        """Its person is needed, as the site's refusal says: until its page tells more, or for a while."""
        if (member := self._workers.get(worker)) is not None and member.state.human is None:
            self._note_human(member.state, human, self._clock.now() + RECHECK_SECONDS)

    def _note_human(self, state: WorkerState, human: m.Human | None, until: float | None = None) -> None:
        if human != state.human:
            if human is None:
                _log.info("worker %s at %s works again", state.worker, state.origin)
            elif human.kind == "unreachable":
                _log.warning("worker %s can't reach %s: %s", state.worker, state.origin, _told(human)[1])
            else:
                _log.warning("worker %s at %s needs the person: %s: %s", state.worker, state.origin, *_told(human))
            if "sign_in" in {each.kind for each in (human, state.human) if each}:
                self.on_account(state.profile_on_site)
        state.human, state.human_until = human, until
        self._tell_change(state)

    def _set_limits(self) -> None:
        """A page that is used as a person would use it takes one job at a time."""
        now = self._clock.now()
        for state in self.states:
            if state.lender:
                continue
            uses_page = self._choice.composes(state.profile_on_site, state.how, now)
            limit = 1 if uses_page else state.slots
            if (state.limit, state.uses_page) != (limit, uses_page):
                state.limit, state.uses_page = limit, uses_page
                self._happened(e.WorkerLimited(state.worker, limit, uses_page))


def _told(human: m.Human) -> tuple[str, str]:
    return human.kind, shown(human.words)
