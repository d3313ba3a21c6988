"""
Build the site's request for a job, at the moment it is granted: the ids are fixed per grant.

Whether it begins a new session on the site or continues one depends on the browser profile that serves it, since a
session belongs to the person who began it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

import msgspec

from arenabridge.conversations.attaching import most_pictures, sendable
from arenabridge.conversations.captured import CapturedSessions
from arenabridge.conversations.fitting import Fitted, check_length, fit
from arenabridge.conversations.heads import Asker, Heads, split
from arenabridge.conversations.rendering import render
from arenabridge.conversations.strategies import Strategies
from arenabridge.errors import ContextTooLong, GatewayError
from arenabridge.hub.capture.captured_requests import CapturedRequests
from arenabridge.hub.jobs.exchange import Brought, Exchange
from arenabridge.hub.jobs.site_steps import SiteStep
from arenabridge.hub.models.asked import BOTH
from arenabridge.wire.arena.bodies import Dialect, Prompt, create, post
from arenabridge.wire.arena.composer import compose, compose_again, compose_pair
from arenabridge.wire.arena.ids import attempt_ids
from arenabridge.wire.chat import Attachment, Message
from arenabridge.wire.composition import Composition


class SiteRequests:
    """Without `heads` every request begins a new session, whose first message holds the whole conversation."""

    def __init__(
        self,
        dialect: Dialect,
        heads: Heads | None,
        *,
        unix: Callable[[], float],
        random_bits: Callable[[], int],
        strategies: Strategies | None = None,
        captured: CapturedSessions | None = None,
        max_prompt_characters: int = 113_000,
    ) -> None:
        self._strategies = strategies or Strategies()
        self._captured = CapturedRequests(
            dialect, self._strategies, captured or CapturedSessions(), unix=unix, random_bits=random_bits
        )
        self._dialect = dialect
        self._heads = heads if not dialect.sends_history else None  # what the page would have to send is not kept
        self._unix = unix
        self._random_bits = random_bits
        self._max_prompt = max_prompt_characters

    def fit(self, exchange: Exchange, profiles: Sequence[str]) -> Fitted:
        """
        What is to be sent: all of it or, for a chat that goes on, what is new; raises `ContextTooLong`.

        A chat that a session of one of these browser profiles has seen so far may be longer than one message.
        """
        messages, client = exchange.request.messages, exchange.client
        try:
            return fit(messages, msgspec.structs.replace(client, overflow="error"), self._max_prompt)
        except ContextTooLong:
            if not self._is_known(exchange, profiles):
                return fit(messages, client, self._max_prompt)
        check_length(render(split(messages)[1], client), self._max_prompt)
        return Fitted(messages)

    def _is_known(self, exchange: Exchange, profiles: Sequence[str]) -> bool:
        heads = self._heads
        if heads is None or not self._goes_on(exchange):
            return False
        askers = (self._asker(exchange, profile) for profile in profiles)
        return any(heads.has(asker, exchange.request.messages) for asker in askers)

    def check(self, exchange: Exchange) -> None:
        """Raises the error that keeps the request from ever being built, if there is one."""
        self._captured.check(exchange)

    def whose(self, exchange: Exchange, profiles: Sequence[str]) -> str | None:
        """The browser profile that holds a session which has seen the chat so far, if it is one of several."""
        if self._heads is None or len(set(profiles)) < 2 or not self._goes_on(exchange):
            return None
        heads, messages = self._heads, exchange.request.messages
        askers = {profile: self._asker(exchange, profile) for profile in profiles}
        return next((profile for profile, asker in askers.items() if heads.has(asker, messages)), None)

    def build(self, exchange: Exchange, profile: str) -> SiteStep:
        """What the worker is granted; raises `UnableHere` if it is of a kind that can't do this."""
        if self._is_asked_again(exchange) and exchange.again_in is not None:
            return self._again(exchange, exchange.again_in)
        if exchange.brought is None:
            self.begin(exchange, profile)
        if exchange.how == "retry":
            self._captured.check_earlier(exchange)
        if exchange.captured is None:
            self._captured.check(exchange)
        brought, exchange.brought, exchange.holds_claim = exchange.brought or Brought(), None, False
        if exchange.captured is not None:
            return self._captured.build(exchange, exchange.captured, brought)
        text = exchange.sent = render(self._sent(exchange), exchange.client)
        check_length(text, self._max_prompt)  # the session that had seen a long chat may be gone by now
        if exchange.how == "composer":
            if exchange.asked.is_pair:
                return compose_pair(exchange.model, exchange.asked.rival, text, files=brought.held)
            return compose(exchange.model, text, session=exchange.session, files=brought.held)
        ids = attempt_ids(int(self._unix() * 1000), self._random_bits, session=exchange.session)
        exchange.session = ids.session
        ask = post if exchange.continues else create
        return ask(
            self._dialect,
            ids,
            exchange.asked.answerers,
            Prompt(
                text=text,
                modality=exchange.model.modality,
                attachments=tuple(file.as_attachment() for file in brought.uploaded),
            ),
        )

    def begin(self, exchange: Exchange, profile: str) -> tuple[Attachment, ...]:
        """Decide which session the request goes into, and so which of its files have to be brought there."""
        self.give_up(exchange)
        if self._is_asked_again(exchange):
            return ()
        exchange.profile = profile
        exchange.captured = self._captured.take(exchange)
        exchange.session = exchange.captured.session if exchange.captured else self._take(exchange)
        exchange.continues = exchange.session is not None
        exchange.holds_claim = exchange.continues and exchange.captured is None
        if exchange.captured is None and not exchange.continues:
            self._fit_anew(exchange)
        exchange.remembers = self._heads is not None and self._goes_on(exchange)
        exchange.heard = BOTH if exchange.asked.is_pair else ()
        files = (file for message in self._sent(exchange) for file in message.files)
        most = min(map(most_pictures, exchange.asked.models))
        return sendable([file for file in files if isinstance(file, Attachment)], most)

    def _fit_anew(self, exchange: Exchange) -> None:
        """A chat that a session had seen may be longer than one message; that session may be gone, or elsewhere."""
        with suppress(ContextTooLong):  # told where it would be sent
            fitted = fit(exchange.request.messages, exchange.client, self._max_prompt)
            exchange.request = msgspec.structs.replace(exchange.request, messages=fitted.messages)
            exchange.dropped += fitted.dropped

    def give_up(self, exchange: Exchange) -> None:
        """Nothing was sent after `begin`, so whatever it took is free again."""
        if exchange.holds_claim:
            self.was_not_answered(exchange)
            exchange.holds_claim = False

    def _is_asked_again(self, exchange: Exchange) -> bool:
        """Where the page has two answers, its button can't be told which of them to make again."""
        is_battle = exchange.captured is not None and exchange.captured.mode == "battle"
        two = exchange.asked.is_pair or is_battle
        return exchange.how == "composer" and exchange.again_in is not None and not two

    def _sent(self, exchange: Exchange) -> Sequence[Message]:
        messages = exchange.request.messages
        return split(messages)[1] if exchange.continues and exchange.captured is None else messages

    def _again(self, exchange: Exchange, session: str) -> Composition:
        """The session has seen the whole conversation: only its empty answer is asked for again."""
        exchange.again_in, exchange.session, exchange.continues = None, session, True
        return compose_again(session)

    def was_answered(self, exchange: Exchange) -> None:
        """The site has finished its answer and all of it was delivered: the chat may go on in its session."""
        if exchange.captured is not None:
            self._captured.worked(exchange.captured)
        if self._heads is not None and exchange.session is not None and exchange.remembers:
            said = exchange.repeated.forms()
            self._heads.put(self._asker(exchange), exchange.request.messages, said, exchange.session)

    def was_of_no_use(self, exchange: Exchange, error: GatewayError) -> None:
        """The session of the current attempt is to be replaced by another."""
        if exchange.captured is not None:
            self._captured.was_of_no_use(exchange, exchange.captured, error)

    def was_not_answered(self, exchange: Exchange) -> None:
        """The site generated nothing: the session has seen no more than before."""
        if exchange.captured is not None:
            return
        if self._heads is not None and exchange.continues and exchange.session is not None:
            self._heads.give_back(self._asker(exchange), exchange.request.messages, exchange.session)

    def _take(self, exchange: Exchange) -> str | None:
        if self._heads is None or exchange.must_be_fresh or not self._goes_on(exchange):
            return None
        return self._heads.take(self._asker(exchange), exchange.request.messages)

    def _goes_on(self, exchange: Exchange) -> bool:
        """Whether its chat may go on in a session of its own; a battle is always a new one."""
        is_auto = self._strategies.of(exchange.model_names) == "auto"
        return is_auto and not exchange.asked.is_pair and exchange.how != "retry"

    def _asker(self, exchange: Exchange, profile: str | None = None) -> Asker:
        profile = exchange.profile if profile is None else profile
        return Asker(exchange.key, exchange.model.id, profile, exchange.client.role_mode)
