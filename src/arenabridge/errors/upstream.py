"""A worker took the request and the answer failed."""

from arenabridge.errors.base import GatewayError


class UpstreamError(GatewayError):
    """A worker took the request and the answer failed."""

    status, type, code = 502, "upstream_error", "upstream_failure"
    should_retry: bool | None = False
    may_be_paid = True


class UpstreamRateLimited(UpstreamError):
    """The site's own limit is reached."""

    status, type, code = 429, "rate_limit_error", "upstream_rate_limited"
    may_be_paid = False


class WorkerLost(UpstreamError):
    """The browser tab that was answering is gone."""

    status, code = 503, "worker_lost"


class SiteFailed(UpstreamError):
    """The site reported a failure."""

    code = "upstream_error"


class EmptyResponse(UpstreamError):
    """The site ended its answer without any content."""

    code = "empty_response"


class InvalidJsonAnswer(UpstreamError):
    """The model's answer is not the JSON that was asked for."""

    code = "invalid_json_answer"


class NoPicture(UpstreamError):
    """The model answered without a picture."""

    code = "no_picture"


class SiteChanged(UpstreamError):
    """The site answered in a form that this version does not know."""

    code = "site_changed"


class UploadFailed(UpstreamError):
    """A file of the request did not reach the site; nothing was generated."""

    code = "upload_failed"
    should_retry = None
    may_be_paid = False


class FirstByteTimeout(UpstreamError):
    """The site did not begin its answer in time."""

    status, code = 504, "first_byte_timeout"


class AnswerTimeout(UpstreamError):
    """The answer took longer than this gateway allows."""

    status, code = 504, "answer_timeout"


class Stalled(UpstreamError):
    """The site's answer stopped in the middle for too long."""

    status, code = 504, "stalled"
