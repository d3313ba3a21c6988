"""
Every failure this gateway reports, and how a client sees it.

* GatewayError                      500 internal_error
    * ClientError                       the caller asked for something that can't be served as asked
        * InvalidRequest                400 invalid_request
        * MalformedJson                 400 invalid_json
        * InvalidApiKey                 401 invalid_api_key
        * ForbiddenOrigin               403 origin_not_allowed
        * UnknownRoute                  404 unknown_route
        * UnknownModel                  404 model_not_found
        * ModelNotSelectable            400 model_not_selectable
        * WrongMethod                   405 method_not_allowed
        * BodyTooLarge                  413 request_too_large
        * AttachmentTooLarge            413 attachment_too_large
        * AttachmentUnsupported         415 attachment_unsupported
        * EncodingUnsupported           415 encoding_unsupported
        * WrongHost                     421 host_not_allowed
        * ContextTooLong                400 context_length_exceeded
        * ContentRefused                400 content_filter
        * ToolsNotSupported             400 tools_not_supported
    * CapacityError                     the request is fine, nobody can take it now
        * NoWorkerConnected             503 no_worker_connected
        * NoCatalogue                   503 models_not_known_yet
        * QueueFull                     429 queue_full
        * WaitedTooLong                 503 wait_timeout
        * ShuttingDown                  503 shutting_down
    * HumanNeeded                       the person at the browser has to act first
        * VerificationRequired          503 human_verification_required
        * LoginRequired                 503 login_required
        * SiteDialog                    503 site_dialog
        * AccountBlocked                503 account_blocked
    * UpstreamError                     a worker took the request and the answer failed
        * UpstreamRateLimited           429 upstream_rate_limited
        * WorkerLost                    503 worker_lost
        * SiteFailed                    502 upstream_error
        * UploadFailed                  502 upload_failed
        * EmptyResponse                 502 empty_response
        * InvalidJsonAnswer             502 invalid_json_answer
        * SiteChanged                   502 site_changed
        * FirstByteTimeout              504 first_byte_timeout
        * Stalled                       504 stalled
    * ClientGone                        499 client_closed_request
    * ClientTooSlow                     499 client_too_slow

An error is one class here and nothing else; `wire.openai.errors` renders all of them. Statuses, types and codes are
those that clients were seen to act on: SDKs repeat 429 and 5xx by themselves unless `should_retry` forbids, 4xx never.
"""

from typing import ClassVar, Self


class GatewayError(Exception):
    """
    Base of every expected failure; anything else is a bug and reaches the client as a bare 500.

    `param` names the field of the request at fault. `retry_after_seconds` is our promise or best estimate of when a
    repetition may succeed. `should_retry` false forbids the client's SDK to repeat: it would spend the person's quota.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"
    should_retry: bool | None = None

    def __init__(
        self, message: str = "", *, param: str | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message or _first_line(type(self)))
        self.param = param
        self.retry_after_seconds = retry_after_seconds

    def never_again(self) -> Self:
        """The same failure, but the site may have generated an answer: a repetition could be paid twice."""
        self.should_retry = False
        return self


def _first_line(error: type[GatewayError]) -> str:
    return (error.__doc__ or "").strip().partition("\n")[0]


class ClientError(GatewayError):
    """The request can't be served as asked."""

    status, type, code = 400, "invalid_request_error", "bad_request"


class InvalidRequest(ClientError):
    """A field of the request is missing or is not what it may be."""

    code = "invalid_request"


class MalformedJson(ClientError):
    """The request body is not valid JSON."""

    code = "invalid_json"


class InvalidApiKey(ClientError):
    """Incorrect API key provided."""

    status, code = 401, "invalid_api_key"


class ForbiddenOrigin(ClientError):
    """Web pages of this origin may not use this address."""

    status, type, code = 403, "permission_error", "origin_not_allowed"


class UnknownRoute(ClientError):
    """There is nothing at this address."""

    status, code = 404, "unknown_route"


class UnknownModel(ClientError):
    """The site offers no model of this name."""

    status, code = 404, "model_not_found"


class ModelNotSelectable(ClientError):
    """The site lists this model, but it can't be used for this kind of request."""

    code = "model_not_selectable"


class WrongMethod(ClientError):
    """The address does not take this HTTP method."""

    status, code = 405, "method_not_allowed"


class BodyTooLarge(ClientError):
    """The request body is larger than the gateway takes."""

    status, code = 413, "request_too_large"


class AttachmentTooLarge(ClientError):
    """The site refused the request as too large."""

    status, code = 413, "attachment_too_large"


class AttachmentUnsupported(ClientError):
    """Content of this kind can't be sent to the site."""

    status, code = 415, "attachment_unsupported"


class EncodingUnsupported(ClientError):
    """The request body is compressed in a way that the gateway does not know."""

    status, code = 415, "encoding_unsupported"


class WrongHost(ClientError):
    """The gateway does not answer under this host name."""

    status, code = 421, "host_not_allowed"


class ContextTooLong(ClientError):
    """The conversation is longer than the site takes."""

    code = "context_length_exceeded"


class ContentRefused(ClientError):
    """The site's moderation refused this request."""

    code = "content_filter"


class ToolsNotSupported(ClientError):
    """The models of the site can't be made to call tools."""

    code = "tools_not_supported"


class CapacityError(GatewayError):
    """The request is fine, but nobody can take it now."""

    status, type, code = 503, "server_error", "no_capacity"


class NoWorkerConnected(CapacityError):
    """No browser tab is connected to the gateway."""

    code = "no_worker_connected"


class NoCatalogue(CapacityError):
    """No browser tab has told the gateway the site's models yet."""

    code = "models_not_known_yet"


class QueueFull(CapacityError):
    """Too many requests are already waiting."""

    status, type, code = 429, "rate_limit_error", "queue_full"


class WaitedTooLong(CapacityError):
    """No worker became free in time."""

    code = "wait_timeout"


class ShuttingDown(CapacityError):
    """The gateway is shutting down."""

    code = "shutting_down"


class HumanNeeded(GatewayError):
    """The person at the browser has to act before the site answers again."""

    status, code = 503, "human_needed"


class VerificationRequired(HumanNeeded):
    """The site shows a check to the person at the browser."""

    code = "human_verification_required"


class LoginRequired(HumanNeeded):
    """The site asks the person at the browser to sign in."""

    code = "login_required"


class SiteDialog(HumanNeeded):
    """The site shows a dialog that the person at the browser has to answer."""

    code = "site_dialog"


class AccountBlocked(HumanNeeded):
    """The site has blocked the account in the browser."""

    code = "account_blocked"


class UpstreamError(GatewayError):
    """A worker took the request and the answer failed."""

    status, type, code = 502, "upstream_error", "upstream_failure"
    should_retry = False


class UpstreamRateLimited(UpstreamError):
    """The site's own limit is reached."""

    status, type, code = 429, "rate_limit_error", "upstream_rate_limited"


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


class SiteChanged(UpstreamError):
    """The site answered in a form that this version does not know."""

    code = "site_changed"


class UploadFailed(UpstreamError):
    """A file of the request did not reach the site; nothing was generated."""

    code = "upload_failed"


class FirstByteTimeout(UpstreamError):
    """The site did not begin its answer in time."""

    status, code = 504, "first_byte_timeout"


class Stalled(UpstreamError):
    """The site's answer stopped in the middle for too long."""

    status, code = 504, "stalled"


class ClientGone(GatewayError):
    """The client closed the connection before the answer was complete."""

    status, code = 499, "client_closed_request"


class ClientTooSlow(GatewayError):
    """The client does not take its answer as fast as it arrives."""

    status, code = 499, "client_too_slow"
