"""The request can't be served as asked."""

from arenabridge.errors.base import GatewayError


class ClientError(GatewayError):
    """The request can't be served as asked."""

    status, type, code = 400, "invalid_request_error", "bad_request"


class InvalidRequest(ClientError):
    """A field of the request is missing or is not what it may be."""

    code = "invalid_request"


class IdempotencyKeyReused(ClientError):
    """The Idempotency-Key was used for another request within the last day."""

    status, code = 422, "idempotency_key_reused"


class AnswerNotKept(ClientError):
    """The answer to this Idempotency-Key was too long to be kept. Use a new key to ask again."""

    status, code = 410, "answer_not_kept"


class MalformedJson(ClientError):
    """The request body is not valid JSON."""

    code = "invalid_json"


class InvalidApiKey(ClientError):
    """Incorrect API key provided."""

    status, code = 401, "invalid_api_key"


class InvalidWorkerCredential(ClientError):
    """The gateway does not know this worker's credential, or it was revoked."""

    status, type, code = 401, "authentication_error", "invalid_worker_credential"


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


class ChangedMeanwhile(ClientError):
    """Somebody else has changed it since it was read: load it anew."""

    status, code = 409, "changed_meanwhile"


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
