"""How long anything may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """All in seconds."""

    wait: float = 60.0
    """A request may wait this long for a free worker."""
    return_: float = 10.0
    """With no worker left, requests still wait this long for one: a tab that reloads is back within seconds."""
    grace: float = 30.0
    """A granted job whose worker's connection broke is kept for so long for that worker to return."""
    overall: float | None = None
    """The longest that an answer may take from its grant on; None for no bound."""
    recently: float = 60.0
    """A new request waits for a worker only if one was seen this recently."""
    accept: float = 2.0
    """A worker that does not answer an offer by then is passed over."""
    rest: float = 2.0
    """A worker that refused an offer, or let it pass, gets no other for so long."""
    prepare: float = 180.0
    """How long the upload of a job's files may take, before its grant."""
    first_byte: float = 180.0
    """From the grant to the first piece of the answer: pictures were seen to take 52 s."""
    silence: float = 360.0
    """The longest gap between two pieces, as in the earlier bridges' `stream_response_timeout_seconds`."""
