"""
How a request can end: one list for records, figures and alerts, derived from the errors in this one place. Pure.

A class of error that is not named here has the reason of the class it derives from, so that no error is without one.
"""

from enum import StrEnum
from typing import Literal

from arenabridge import errors as e

Outcome = Literal["succeeded", "client_error", "limited", "server_error", "gone"]
"""
What an end means for figures: a success; the caller's mistake; a limit, ours or the site's; a failure of ours, of the
workers or of the site; a client that did not wait, or was not to.
"""


class EndReason(StrEnum):
    """Why nothing more came."""

    COMPLETED = "completed"
    STOPPED_BY_STOP_SEQUENCE = "stopped_by_stop_sequence"
    STOPPED_BY_LENGTH = "stopped_by_length"
    CONTENT_FILTERED = "content_filtered"
    CLIENT_GONE = "client_gone"
    CLIENT_TOO_SLOW = "client_too_slow"
    ENDED_BY_PERSON = "ended_by_person"
    REFUSED = "refused"
    """The request was refused as invalid, before anything was asked."""
    NOT_ALLOWED = "not_allowed"
    MODEL_NOT_FOUND = "model_not_found"
    CONTENT_REFUSED = "content_refused"
    RATE_LIMITED = "rate_limited"
    BUDGET_EXHAUSTED = "budget_exhausted"
    QUEUE_FULL = "queue_full"
    STORAGE_FULL = "storage_full"
    FILES_FAILED = "files_failed"
    NO_WORKER = "no_worker"
    WAITED_TOO_LONG = "waited_too_long"
    NEEDS_HUMAN = "needs_human"
    SHUTTING_DOWN = "shutting_down"
    WORKER_LOST = "worker_lost"
    UPSTREAM_RATE_LIMITED = "upstream_rate_limited"
    UPSTREAM_FAILED = "upstream_failed"
    UPSTREAM_CHANGED = "upstream_changed"
    UPSTREAM_EMPTY = "upstream_empty"
    UPSTREAM_NOT_AS_ASKED = "upstream_not_as_asked"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    INTERNAL_ERROR = "internal_error"


_REASONS: dict[type[e.GatewayError], EndReason] = {
    e.GatewayError: EndReason.INTERNAL_ERROR,
    e.ClientError: EndReason.REFUSED,
    e.InvalidApiKey: EndReason.NOT_ALLOWED,
    e.SignInRequired: EndReason.NOT_ALLOWED,
    e.WrongCredentials: EndReason.NOT_ALLOWED,
    e.ForbiddenOrigin: EndReason.NOT_ALLOWED,
    e.NotPermitted: EndReason.NOT_ALLOWED,
    e.CodeNotValid: EndReason.NOT_ALLOWED,
    e.ModelNotAllowed: EndReason.NOT_ALLOWED,
    e.AddressNotAllowed: EndReason.NOT_ALLOWED,
    e.WrongHost: EndReason.NOT_ALLOWED,
    e.UnknownModel: EndReason.MODEL_NOT_FOUND,
    e.ModelNotSelectable: EndReason.MODEL_NOT_FOUND,
    e.ContentRefused: EndReason.CONTENT_REFUSED,
    e.CapacityError: EndReason.NO_WORKER,
    e.RateLimited: EndReason.RATE_LIMITED,
    e.BudgetExhausted: EndReason.BUDGET_EXHAUSTED,
    e.QueueFull: EndReason.QUEUE_FULL,
    e.WaitedTooLong: EndReason.WAITED_TOO_LONG,
    e.ShuttingDown: EndReason.SHUTTING_DOWN,
    e.FilesQuotaExceeded: EndReason.STORAGE_FULL,
    e.TooManyUploads: EndReason.RATE_LIMITED,
    e.TooManyRepeatable: EndReason.RATE_LIMITED,
    e.StorageFull: EndReason.STORAGE_FULL,
    e.FileBedFailed: EndReason.FILES_FAILED,
    e.HumanNeeded: EndReason.NEEDS_HUMAN,
    e.UpstreamError: EndReason.UPSTREAM_FAILED,
    e.UpstreamRateLimited: EndReason.UPSTREAM_RATE_LIMITED,
    e.WorkerLost: EndReason.WORKER_LOST,
    e.UploadFailed: EndReason.FILES_FAILED,
    e.EmptyResponse: EndReason.UPSTREAM_EMPTY,
    e.InvalidJsonAnswer: EndReason.UPSTREAM_NOT_AS_ASKED,
    e.SiteChanged: EndReason.UPSTREAM_CHANGED,
    e.FirstByteTimeout: EndReason.UPSTREAM_TIMEOUT,
    e.AnswerTimeout: EndReason.UPSTREAM_TIMEOUT,
    e.Stalled: EndReason.UPSTREAM_TIMEOUT,
    e.ClientGone: EndReason.CLIENT_GONE,
    e.ClientTooSlow: EndReason.CLIENT_TOO_SLOW,
    e.RequestEnded: EndReason.ENDED_BY_PERSON,
}

_SUCCESSES = frozenset(
    {
        EndReason.COMPLETED,
        EndReason.STOPPED_BY_STOP_SEQUENCE,
        EndReason.STOPPED_BY_LENGTH,
        EndReason.CONTENT_FILTERED,
    }
)
_LIMITS = frozenset(
    {
        EndReason.RATE_LIMITED,
        EndReason.BUDGET_EXHAUSTED,
        EndReason.QUEUE_FULL,
        EndReason.UPSTREAM_RATE_LIMITED,
    }
)
_CLIENTS = frozenset({EndReason.REFUSED, EndReason.NOT_ALLOWED, EndReason.MODEL_NOT_FOUND, EndReason.CONTENT_REFUSED})
_GONE = frozenset({EndReason.CLIENT_GONE, EndReason.CLIENT_TOO_SLOW, EndReason.ENDED_BY_PERSON})


def end_reason_of(error: BaseException) -> EndReason:
    """An exception outside our own tree is a bug of ours."""
    reasons = (_REASONS.get(kind) for kind in type(error).__mro__)
    return next((reason for reason in reasons if reason is not None), EndReason.INTERNAL_ERROR)


def outcome_of(reason: EndReason) -> Outcome:
    if reason in _SUCCESSES:
        return "succeeded"
    if reason in _CLIENTS:
        return "client_error"
    if reason in _LIMITS:
        return "limited"
    return "gone" if reason in _GONE else "server_error"
