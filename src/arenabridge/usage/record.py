"""What one request of a client was, from its arrival to its end: a value, made once, when it is over."""

import msgspec

from arenabridge.usage.end_reasons import EndReason, Outcome, outcome_of

MAX_NAME_CHARACTERS = 120
"""Characters of anything that clients may choose: the name of a model, their user agent."""

MAX_ERROR_CHARACTERS = 300

MAX_IGNORED_CHARACTERS = 1000
"""Characters of the names of parameters without effect, together."""


class Stages(msgspec.Struct, frozen=True, kw_only=True):
    """
    Seconds from the arrival until each, of the last attempt; None for what did not happen.

    Read: the body was there, and the request let in. Prepared: the worker has its files. Granted: from here on it may
    cost quota. First byte: something of an answer came. Answered: all of it had come.
    """

    read: float | None = None
    queued: float | None = None
    offered: float | None = None
    prepared: float | None = None
    granted: float | None = None
    first_byte: float | None = None
    answered: float | None = None


NO_STAGES = Stages()


class RequestRecord(msgspec.Struct, frozen=True, kw_only=True):
    """
    `id` is the time of the end in microseconds since 1970, made unique; `at` the arrival, in seconds. Times in seconds.

    `model` is the site's name for it, empty if none was found; `asked_for` what the client called it. `browser` is what
    the person calls the worker's browser, `endpoint` what was used, without the root; `ignored` the names of the
    parameters that had no effect. Tokens are None where nothing was generated.
    """

    id: int
    request_id: str
    at: float
    key_id: str
    key_name: str
    user_id: str | None = None
    model: str = ""
    model_id: str | None = None
    asked_for: str = ""
    endpoint: str = "chat/completions"
    mode: str = "direct"
    worker: str | None = None
    browser: str | None = None
    how: str | None = None
    site_session: str | None = None
    streamed: bool = False
    client: str = ""
    status: int = 200
    end_reason: EndReason = EndReason.COMPLETED
    error_code: str | None = None
    error: str | None = None
    attempts: int = 0
    tokens_in: int | None = None
    tokens_out: int | None = None
    tokens_estimated: bool = False
    bytes_in: int = 0
    bytes_out: int = 0
    duration: float = 0.0
    queue_wait: float | None = None
    first_token: float | None = None
    stages: Stages = NO_STAGES
    ignored: str = ""

    @property
    def outcome(self) -> Outcome:
        return outcome_of(self.end_reason)

    @property
    def ended_at(self) -> float:
        """Seconds since 1970, UTC."""
        return self.id / 1e6


class Bodies(msgspec.Struct, frozen=True):
    """The beginnings of what was asked and answered."""

    asked: bytes
    answered: bytes
