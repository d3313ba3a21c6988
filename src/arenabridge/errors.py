"""
Every failure this gateway reports, and how a client sees it.

* GatewayError                      500 internal_error
    * ClientError                       the caller asked for something that can't be served as asked
        * InvalidRequest                400 invalid_request
        * MalformedJson                 400 invalid_json
        * InvalidApiKey                 401 invalid_api_key
        * SignInRequired                401 sign_in_required
        * WrongCredentials              401 wrong_credentials
        * ForbiddenOrigin               403 origin_not_allowed
        * NotPermitted                  403 not_permitted
        * CodeNotValid                  403 code_not_valid
        * ModelNotAllowed               403 model_not_allowed
        * AddressNotAllowed             403 address_not_allowed
        * UnknownRoute                  404 unknown_route
        * UnknownModel                  404 model_not_found
        * NotFound                      404 not_found
        * ModelNotSelectable            400 model_not_selectable
        * NoCapturedSession             400 no_captured_session
        * IdempotencyKeyReused          422 idempotency_key_reused
        * WrongMethod                   405 method_not_allowed
        * AlreadyThere                  409 already_there
        * BodyTooLarge                  413 request_too_large
        * AttachmentTooLarge            413 attachment_too_large
        * AttachmentUnsupported         415 attachment_unsupported
        * FileUrlRefused                400 file_url_refused
        * FileUrlFailed                 400 file_url_failed
        * FileUrlTimeout                504 file_url_timeout
        * FileTooLarge                  413 file_too_large
        * UploadUnsupported             415 upload_unsupported
        * UnknownFile                   404 file_not_found
        * EncodingUnsupported           415 encoding_unsupported
        * WrongHost                     421 host_not_allowed
        * ContextTooLong                400 context_length_exceeded
        * ContentRefused                400 content_filter
        * ToolsNotSupported             400 tools_not_supported
    * CapacityError                     the request is fine, nobody can take it now
        * NoWorkerConnected             503 no_worker_connected
        * WorkersPaused                 503 workers_paused
        * NoCatalogue                   503 models_not_known_yet
        * QueueFull                     429 queue_full
        * RateLimited                   429 rate_limited
        * BudgetExhausted               429 budget_exhausted
        * WaitedTooLong                 503 wait_timeout
        * ShuttingDown                  503 shutting_down
        * FilesQuotaExceeded            429 files_quota_exceeded
        * TooManyUploads                429 too_many_uploads
        * StorageFull                   507 storage_full
        * FileBedFailed                 502 file_bed_failed
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
        * NoPicture                     502 no_picture
        * SiteChanged                   502 site_changed
        * FirstByteTimeout              504 first_byte_timeout
        * AnswerTimeout                 504 answer_timeout
        * Stalled                       504 stalled
    * ClientGone                        499 client_closed_request
    * ClientTooSlow                     499 client_too_slow

An error is one class here and nothing else; `wire.openai.errors` renders all of them. Statuses, types and codes are
those that clients were seen to act on: SDKs repeat 429 and 5xx by themselves unless `should_retry` forbids, 4xx never.
"""

from collections.abc import Mapping
from types import MappingProxyType
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
    headers: Mapping[str, str] = MappingProxyType({})
    """Of the answer, beside those that all errors have: the figures of a limit."""

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


class IdempotencyKeyReused(ClientError):
    """This Idempotency-Key was used for another request within the last day."""

    status, code = 422, "idempotency_key_reused"


class MalformedJson(ClientError):
    """The request body is not valid JSON."""

    code = "invalid_json"


class InvalidApiKey(ClientError):
    """Incorrect API key provided."""

    status, code = 401, "invalid_api_key"


class ForbiddenOrigin(ClientError):
    """Web pages of this origin may not use this address."""

    status, type, code = 403, "permission_error", "origin_not_allowed"


class SignInRequired(ClientError):
    """Sign in, or send an API key that may administer."""

    status, type, code = 401, "authentication_error", "sign_in_required"


class WrongCredentials(ClientError):
    """The name or the password is wrong."""

    status, type, code = 401, "authentication_error", "wrong_credentials"


class NotPermitted(ClientError):
    """Only administrators may do this."""

    status, type, code = 403, "permission_error", "not_permitted"


class CodeNotValid(ClientError):
    """The link was used already, or its time is over."""

    status, type, code = 403, "permission_error", "code_not_valid"


class ModelNotAllowed(ClientError):
    """The API key may not use this model."""

    status, type, code = 403, "permission_error", "model_not_allowed"


class AddressNotAllowed(ClientError):
    """The API key may not be used from this address."""

    status, type, code = 403, "permission_error", "address_not_allowed"


class UnknownRoute(ClientError):
    """There is nothing at this address."""

    status, code = 404, "unknown_route"


class UnknownModel(ClientError):
    """The site offers no model of this name."""

    status, code = 404, "model_not_found"


class ModelNotSelectable(ClientError):
    """The site lists this model, but it can't be used for this kind of request."""

    code = "model_not_selectable"


class NotFound(ClientError):
    """There is no such thing, or it is not yours."""

    status, code = 404, "not_found"


class AlreadyThere(ClientError):
    """It can't be done as things are."""

    status, code = 409, "already_there"


class NoCapturedSession(ClientError):
    """No site session that could be used is captured for this model."""

    code = "no_captured_session"


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


class FileUrlRefused(ClientError):
    """The gateway does not fetch files from this address."""

    code = "file_url_refused"


class FileUrlFailed(ClientError):
    """The file could not be fetched from its address."""

    code = "file_url_failed"


class FileUrlTimeout(ClientError):
    """The file did not arrive from its address in time."""

    status, type, code = 504, "server_error", "file_url_timeout"


class FileTooLarge(ClientError):
    """The file is larger than the gateway takes."""

    status, code = 413, "file_too_large"


class UploadUnsupported(ClientError):
    """An upload is JSON with a data URI, or a form (multipart/form-data) with a file."""

    status, code = 415, "upload_unsupported"


class UnknownFile(ClientError):
    """There is no file at this address, or it is no longer kept."""

    status, code = 404, "file_not_found"


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


class WorkersPaused(CapacityError):
    """All connected browsers are paused. They are resumed in the dashboard."""

    code = "workers_paused"


class NoCatalogue(CapacityError):
    """No browser tab has told the gateway the site's models yet."""

    code = "models_not_known_yet"


class QueueFull(CapacityError):
    """Too many requests are already waiting."""

    status, type, code = 429, "rate_limit_error", "queue_full"


class RateLimited(CapacityError):
    """As much was asked for as may be at a time."""

    status, type, code = 429, "rate_limit_error", "rate_limited"


class BudgetExhausted(CapacityError):
    """The API key's budget is used up."""

    status, type, code = 429, "insufficient_quota", "budget_exhausted"
    should_retry = False


class WaitedTooLong(CapacityError):
    """No worker became free in time."""

    code = "wait_timeout"


class ShuttingDown(CapacityError):
    """The gateway is shutting down."""

    code = "shutting_down"


class FilesQuotaExceeded(CapacityError):
    """There is no room for another file: all that are kept were made or used within the last hour."""

    status, type, code = 429, "rate_limit_error", "files_quota_exceeded"


class TooManyUploads(CapacityError):
    """As many files as may are being written at this moment."""

    status, type, code = 429, "rate_limit_error", "too_many_uploads"


class StorageFull(CapacityError):
    """The disk that holds the data directory is full."""

    status, code = 507, "storage_full"


class FileBedFailed(CapacityError):
    """The file host took no file; nothing was generated."""

    status, code = 502, "file_bed_failed"


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
    should_retry: bool | None = False


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


class FirstByteTimeout(UpstreamError):
    """The site did not begin its answer in time."""

    status, code = 504, "first_byte_timeout"


class AnswerTimeout(UpstreamError):
    """The answer took longer than this gateway allows."""

    status, code = 504, "answer_timeout"


class Stalled(UpstreamError):
    """The site's answer stopped in the middle for too long."""

    status, code = 504, "stalled"


class ClientGone(GatewayError):
    """The client closed the connection before the answer was complete."""

    status, code = 499, "client_closed_request"


class ClientTooSlow(GatewayError):
    """The client does not take its answer as fast as it arrives."""

    status, code = 499, "client_too_slow"
