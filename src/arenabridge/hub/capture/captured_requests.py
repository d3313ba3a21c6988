"""
What is sent into captured sessions: in turn, and the whole conversation each time.

While the site took the messages of a repeated turn from the request, that is what is sent: the captured answer is made
again, from a history of the client's own. Since it takes none any more (December 2025), the conversation is written
into one message and posted into the session, which therefore still holds what was posted before.
"""

from collections.abc import Callable

from arenabridge.conversations.captured import CapturedSessions
from arenabridge.conversations.rendering import arranged, render
from arenabridge.conversations.strategies import Strategies
from arenabridge.errors import EmptyResponse, GatewayError, NoCapturedSession, ScriptOutdated
from arenabridge.hub.jobs.exchange import Brought, Exchange
from arenabridge.hub.jobs.site_steps import SiteStep, UnableHere
from arenabridge.wire.arena.bodies import Answerers, Dialect, Prompt, Retry, SiteAttachment, Turn, post, retry
from arenabridge.wire.arena.captured import CapturedSession
from arenabridge.wire.arena.composer import compose_into
from arenabridge.wire.arena.ids import attempt_ids, uuid7
from arenabridge.wire.arena.made_again import made_again
from arenabridge.wire.reply import Participant

_HOW = "Capture one with `arenabridge capture`, or add one with `arenabridge captured add`."

_TODAYS_SITE = (
    "Only the userscript of an earlier bridge is connected, and since December 2025 the site does not take what it "
    "sends. Install this gateway's own userscript; its address is shown at the start and in the dashboard."
)
_NO_PAIRS = (
    "Only the userscript of an earlier bridge is connected, which can't begin a battle or put two models side by side. "
    "Install this gateway's own userscript."
)


class CapturedRequests:
    """For the models whose strategy is `captured`. Battles and models side by side always begin a new session."""

    def __init__(
        self,
        dialect: Dialect,
        strategies: Strategies,
        sessions: CapturedSessions,
        *,
        unix: Callable[[], float],
        random_bits: Callable[[], int],
    ) -> None:
        self._dialect = dialect
        self._strategies = strategies
        self._sessions = sessions
        self._unix = unix
        self._random_bits = random_bits

    def check(self, exchange: Exchange) -> None:
        """Raises `NoCapturedSession` if there is none to try and there has to be one."""
        if self._is_wanted(exchange) and not self._strategies.or_fresh and self._next(exchange) is None:
            raise self._none_left(exchange)

    def check_earlier(self, exchange: Exchange) -> None:
        """What the earlier bridges' userscript can't do: raises `UnableHere`."""
        if not self._dialect.retry_takes_history:
            raise UnableHere(ScriptOutdated(_TODAYS_SITE))
        if exchange.asked.is_pair:
            raise UnableHere(ScriptOutdated(_NO_PAIRS))
        if exchange.captured is None:
            raise UnableHere(self._none_left(exchange))

    def take(self, exchange: Exchange) -> CapturedSession | None:
        """The session whose turn it is."""
        return self._next(exchange) if self._is_wanted(exchange) else None

    def build(self, exchange: Exchange, captured: CapturedSession, brought: Brought) -> SiteStep:
        self._sessions.used(captured, self._unix())
        attachments = tuple(file.as_attachment() for file in brought.uploaded)
        if exchange.how != "composer" and self._dialect.retry_takes_history:
            exchange.heard = ()
            now = int(self._unix() * 1000)
            again = self._retry(exchange, captured, attachments, now)
            return made_again(again) if exchange.how == "retry" else retry(self._dialect, again, now)
        exchange.heard = (captured.target,) if captured.mode == "battle" else ()
        text = render(exchange.request.messages, exchange.client)
        if exchange.how == "composer":
            return compose_into(captured, exchange.model, text, brought.held)
        ids = attempt_ids(int(self._unix() * 1000), self._random_bits, session=captured.session)
        who = Answerers.battle() if captured.mode == "battle" else Answerers("direct", exchange.model.id or None)
        prompt = Prompt(text=text, modality=exchange.model.modality, attachments=attachments)
        return post(self._dialect, ids, who, prompt)

    def worked(self, captured: CapturedSession) -> None:
        self._sessions.worked(captured)

    def was_of_no_use(self, exchange: Exchange, captured: CapturedSession, error: GatewayError) -> None:
        """Another one is to be tried; after silence this one may be too."""
        if isinstance(error, EmptyResponse):
            return
        exchange.unusable[captured.session] = str(error)
        if exchange.attempt is not None and exchange.attempt.is_forgotten:
            self._sessions.failed(captured)

    def _is_wanted(self, exchange: Exchange) -> bool:
        """The earlier bridges' userscript knows no other way."""
        is_strategy = self._strategies.of(exchange.model_names) == "captured"
        return not exchange.asked.is_pair and (is_strategy or exchange.how == "retry")

    def _next(self, exchange: Exchange) -> CapturedSession | None:
        return self._sessions.next_for(exchange.model_names, exchange.unusable)

    def _none_left(self, exchange: Exchange) -> NoCapturedSession:
        name = exchange.model.public_name
        if not exchange.unusable:
            return NoCapturedSession(f"No site session is captured for {name}. {_HOW}", param="model")
        refused = "; ".join(f"{session} ({why})" for session, why in exchange.unusable.items())
        return NoCapturedSession(f"No captured session for {name} is of use: {refused}. {_HOW}", param="model")

    def _retry(
        self, exchange: Exchange, captured: CapturedSession, attachments: tuple[SiteAttachment, ...], now: int
    ) -> Retry:
        """In a battle all messages are the target's, else only the system's are `b`'s, as in the earlier bridges."""
        turns = arranged(exchange.request.messages, exchange.client)
        ids = [uuid7(now, bits) for bits in sorted(self._random_bits() for _ in turns)]
        history = [
            Turn(
                id=id_,
                role=turn.role,
                text=turn.text,
                position=_position(captured, turn.role),
                attachments=attachments if id_ == ids[-1] else (),
            )
            for id_, turn in zip(ids, turns, strict=True)
            if turn.role != "tool"
        ]
        return Retry(
            session=captured.session,
            message=captured.message,
            model=exchange.model.id or None,
            history=tuple(history),
            modality=exchange.model.modality,
        )


def _position(captured: CapturedSession, role: str) -> Participant:
    if captured.mode == "battle":
        return captured.target
    return "b" if role == "system" else "a"
