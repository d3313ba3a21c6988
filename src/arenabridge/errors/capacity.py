"""Nobody can serve the request now."""

from arenabridge.errors.base import GatewayError


class CapacityError(GatewayError):
    """The request is fine, but nobody can take it now."""

    status, type, code = 503, "server_error", "no_capacity"


class NoWorkerConnected(CapacityError):
    """No browser tab is connected to the gateway: open the site in one that has the userscript."""

    code = "no_worker_connected"
    usual_retry_after_seconds = 5.0
    """A tab that was loaded anew, or a browser that starts, is there within some seconds."""


class SiteUnreachable(CapacityError):
    """The gateway can't reach the site: the network is down, or the site is. It is tried again every minute."""

    code = "site_unreachable"
    usual_retry_after_seconds = 30.0


class WorkersPaused(CapacityError):
    """All connected browsers are paused. They are resumed in the dashboard."""

    code = "workers_paused"


class ScriptOutdated(CapacityError):
    """Only an earlier bridge's userscript is connected, and it can't do this: install this gateway's own."""

    code = "script_outdated"


class NoCatalogue(CapacityError):
    """No browser tab has told the gateway the site's models yet."""

    code = "models_not_known_yet"


class QueueFull(CapacityError):
    """Too many requests are already waiting."""

    status, type, code = 429, "rate_limit_error", "queue_full"
    usual_retry_after_seconds = 5.0
    """An answer takes some seconds, and makes room for one request."""


class DatabaseUnavailable(CapacityError):
    """The database can't be reached, or does not answer in time; what is under way goes on. Try again in a moment."""

    code = "database_unavailable"
    usual_retry_after_seconds = 5.0


class EngineUnavailable(CapacityError):
    """The gateways can't reach what keeps their common queue. Try again in a moment."""

    code = "engine_unavailable"
    usual_retry_after_seconds = 2.0


class RateLimited(CapacityError):
    """As much was asked for as may be at a time."""

    status, type, code = 429, "rate_limit_error", "rate_limit_exceeded"


class BudgetExhausted(CapacityError):
    """The API key's budget is used up."""

    status, type, code = 429, "insufficient_quota", "budget_exceeded"
    should_retry = False


class WaitedTooLong(CapacityError):
    """No worker became free in time."""

    code = "wait_timeout"


class ShuttingDown(CapacityError):
    """The gateway is shutting down."""

    code = "shutting_down"


class FilesQuotaExceeded(CapacityError):
    """There is no room for another file: what could make way for it was made or used within the last hour."""

    status, type, code = 429, "rate_limit_error", "files_quota_exceeded"


class TooManyUploads(CapacityError):
    """As many files as may are being written at this moment."""

    status, type, code = 429, "rate_limit_error", "too_many_uploads"


class TooManyRepeatable(CapacityError):
    """As many requests with an Idempotency-Key as may are under way."""

    status, type, code = 429, "rate_limit_error", "too_many_repeatable"
    usual_retry_after_seconds = 5.0
    """An answer takes some seconds, and makes room for one request."""


class StorageFull(CapacityError):
    """The disk that holds the data directory is full."""

    status, code = 507, "storage_full"


class FileBedFailed(CapacityError):
    """The file host took no file; nothing was generated."""

    status, code = 502, "file_bed_failed"
