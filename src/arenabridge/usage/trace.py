"""
One request of a client while it is under way: what becomes known of it, noted by whoever knows it.

Everything is noted at most once or the last time counts, in any order; only the first error does. It is over when its
HTTP exchange has ended and its tokens are counted, and then becomes a record.
"""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from arenabridge.errors import ClientGone
from arenabridge.storage.tables.usage import ALL_MODELS
from arenabridge.usage.end_reasons import EndReason, end_reason_of
from arenabridge.usage.record import (
    MAX_ERROR_CHARACTERS,
    MAX_IGNORED_CHARACTERS,
    MAX_NAME_CHARACTERS,
    Bodies,
    RequestRecord,
    Stages,
)

MAX_KEPT_BYTES = 256 * 1024
"""Of each body, where a key wants them kept."""


class _Kept:
    """The beginning of a body."""

    def __init__(self) -> None:
        self._data = bytearray()

    def add(self, piece: bytes) -> None:
        room = MAX_KEPT_BYTES - len(self._data)
        if room > 0:
            self._data += piece[:room]

    def __bytes__(self) -> bytes:
        return bytes(self._data)


class Trace:
    """`now` is a clock that never goes back; `at` is the arrival, in seconds since 1970."""

    def __init__(
        self,
        request_id: str,
        *,
        at: float,
        now: Callable[[], float],
        endpoint: str = "",
        client: str = "",
        on_over: Callable[["Trace"], None] = lambda _: None,
    ) -> None:
        self.request_id = request_id
        self.at = at
        self.endpoint = endpoint
        self.client = client
        self.key_id: str | None = None
        self.key_name = ""
        self.user_id: str | None = None
        self.keeps_bodies = False
        self.asked_for = ""
        self._ignored = ""
        self.streamed = False
        self.status = 0
        self.bytes_in = self.bytes_out = 0
        self.attempts = 0
        self.jobs: list[str] = []
        """What was asked of the hub for it, in order; what is over stays."""
        self._now = now
        self._arrived = now()
        self._on_over = on_over
        self._model: tuple[str, str | None, str] = ("", None, "direct")
        self._worker: tuple[str | None, str | None, str | None] = (None, None, None)
        self._session: str | None = None
        self._stages: dict[str, float] = {}
        self._waited: float | None = None
        self._first_token: float | None = None
        self._tokens: tuple[int, int, bool] | None = None
        self._error: BaseException | None = None
        self._reason = EndReason.COMPLETED
        self._has_answered = False
        self._counting = 0
        self._is_ended = False
        self._asked, self._answered = _Kept(), _Kept()

    @property
    def after(self) -> float:
        """Seconds since the arrival."""
        return self._now() - self._arrived

    @property
    def model(self) -> str:
        """The site's name, or the client's while it is not known."""
        return self._model[0] or self.asked_for

    @property
    def worker(self) -> str | None:
        """Who has, or had, the last attempt."""
        return self._worker[0]

    @property
    def may_be_tried_again(self) -> bool:
        """It failed, and nothing was generated that a repetition would pay for again."""
        failed, is_free = self._error is not None, not getattr(self._error, "may_be_paid", False)
        return failed and is_free and not self._has_answered and self._first_token is None

    # -- who and what

    def identify(self, key_id: str, key_name: str, user_id: str | None, *, keeps_bodies: bool) -> None:
        self.key_id, self.key_name, self.user_id, self.keeps_bodies = key_id, key_name, user_id, keeps_bodies

    def wants(self, model: str, ignored: Iterable[str] = ()) -> None:
        """The request was read and is understood, but for the parameters that are ignored."""
        self.asked_for = model[:MAX_NAME_CHARACTERS]
        self._ignored = ", ".join(ignored)[:MAX_IGNORED_CHARACTERS]
        self._stage("read")

    def received(self, piece: bytes) -> None:
        self.bytes_in += len(piece)
        if self.keeps_bodies:
            self._asked.add(piece)

    def sent(self, piece: bytes) -> None:
        self.bytes_out += len(piece)
        if self.keeps_bodies:
            self._answered.add(piece)

    # -- on its way through the hub (`hub.jobs.exchange.Watcher`)

    def submitted(self, model: str, model_id: str, mode: str) -> None:
        name = model if model != ALL_MODELS else f"({ALL_MODELS})"
        self._model = (name[:MAX_NAME_CHARACTERS], model_id, mode)
        self._stages.setdefault("queued", self.after)

    def offered(self) -> None:
        self._stage("offered")
        if not self.attempts:
            self._waited = self._stages["offered"] - self._stages.get("queued", 0.0)

    def prepared(self) -> None:
        self._stage("prepared")

    def granted(self, worker: str, browser: str, how: str, session: str | None) -> None:
        self._stage("granted")
        self.attempts += 1
        self._worker = (worker, browser or None, how)
        self._session = session

    def in_session(self, session: str | None) -> None:
        """The site has said in which of its sessions the answer is."""
        self._session = session or self._session

    # -- its answer

    def spoke(self) -> None:
        """Something of an answer has come."""
        if self._first_token is None:
            self._first_token = self.after
            self._stages["first_byte"] = self._first_token

    def was_cut(self, by: Literal["stop", "length"]) -> None:
        """We ended it, where its client wants that."""
        self._reason = EndReason.STOPPED_BY_STOP_SEQUENCE if by == "stop" else EndReason.STOPPED_BY_LENGTH

    def answered(self, finish_reason: str) -> None:
        """One of its choices is whole."""
        self._has_answered = True
        self._stage("answered")
        if self._reason is EndReason.COMPLETED and finish_reason in {"length", "content_filter"}:
            by_length = finish_reason == "length"
            self._reason = EndReason.STOPPED_BY_LENGTH if by_length else EndReason.CONTENT_FILTERED

    def failed(self, error: BaseException) -> None:
        if self._error is None:
            self._error = error

    # -- its end

    def counting(self) -> None:
        """Its tokens are being counted: it is not over before `counted`."""
        self._counting += 1

    def counted(self, tokens: tuple[int, int, bool] | None) -> None:
        """In, out, and whether that is an estimate; None if it could not be told or nothing was generated."""
        self._counting -= 1
        self._tokens = tokens or self._tokens
        self._end_if_over()

    def ended(self, status: int) -> None:
        """The last byte was sent, or the client has gone. A second time does nothing."""
        if self._is_ended:
            return
        self._is_ended = True
        self.status = status
        self._stages["ended"] = self.after
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self._is_ended and not self._counting:
            self._on_over(self)

    def _stage(self, name: str) -> None:
        self._stages[name] = self.after

    # -- what it was

    def bodies(self) -> Bodies | None:
        return Bodies(bytes(self._asked), bytes(self._answered)) if self.keeps_bodies else None

    def record(self, id: int) -> RequestRecord:
        """As far as it is known."""
        if self._error is None and not self.status:
            self._error = ClientGone()
        reason = self._reason if self._error is None else end_reason_of(self._error)
        tokens = self._tokens or (None, None, False)
        name, model_id, mode = self._model
        worker, browser, how = self._worker
        return RequestRecord(
            id=id,
            request_id=self.request_id,
            at=self.at,
            key_id=self.key_id or "",
            key_name=self.key_name,
            user_id=self.user_id,
            model=name,
            model_id=model_id,
            asked_for=self.asked_for,
            endpoint=self.endpoint,
            mode=mode,
            worker=worker,
            browser=browser,
            how=how,
            site_session=self._session,
            streamed=self.streamed,
            client=self.client,
            status=self.status or ClientGone.status,
            end_reason=reason,
            error_code=None if self._error is None else getattr(self._error, "code", "internal_error"),
            error=None if self._error is None else _told(self._error),
            attempts=self.attempts,
            tokens_in=tokens[0],
            tokens_out=tokens[1],
            tokens_estimated=tokens[2],
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            duration=self._stages.get("ended", self.after),
            queue_wait=self._waited,
            first_token=self._first_token,
            ignored=self._ignored,
            stages=msgspec.convert({k: v for k, v in self._stages.items() if k != "ended"}, Stages),
        )


def _told(error: BaseException) -> str:
    """Of our own errors what the client was told; of bugs the kind alone, since their words may be anything."""
    return (str(error) if hasattr(error, "code") else type(error).__name__)[:MAX_ERROR_CHARACTERS]
