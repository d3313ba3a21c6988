"""
Every failure this gateway reports, and how a client sees it.

* GatewayError                      500 internal_error
    * ClientError                       the caller asked for something that can't be served as asked
        * InvalidRequest                400 invalid_request
        * MalformedJson                 400 invalid_json
        * InvalidApiKey                 401 invalid_api_key
        * SignInRequired                401 sign_in_required
        * WrongCredentials              401 wrong_credentials
        * InvalidWorkerCredential       401 invalid_worker_credential
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
        * AnswerNotKept                 410 answer_not_kept
        * WrongMethod                   405 method_not_allowed
        * AlreadyThere                  409 already_there
        * ChangedMeanwhile              409 changed_meanwhile
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
        * DatabaseUnavailable           503 database_unavailable
        * EngineUnavailable             503 engine_unavailable
        * NoWorkerConnected             503 no_worker_connected
        * SiteUnreachable               503 site_unreachable
        * WorkersPaused                 503 workers_paused
        * ScriptOutdated                503 script_outdated
        * NoCatalogue                   503 models_not_known_yet
        * QueueFull                     429 queue_full
        * RateLimited                   429 rate_limit_exceeded
        * BudgetExhausted               429 budget_exceeded
        * WaitedTooLong                 503 wait_timeout
        * ShuttingDown                  503 shutting_down
        * FilesQuotaExceeded            429 files_quota_exceeded
        * TooManyUploads                429 too_many_uploads
        * TooManyRepeatable             429 too_many_repeatable
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
    * RequestEnded                      503 request_ended

An error is one class here and nothing else; `wire.openai.errors` renders all of them. Statuses, types and codes are
those that clients were seen to act on: SDKs repeat 429 and 5xx by themselves unless `should_retry` forbids, 4xx never.
"""

from arenabridge.errors.base import (
    GatewayError,
)
from arenabridge.errors.capacity import (
    BudgetExhausted,
    CapacityError,
    DatabaseUnavailable,
    EngineUnavailable,
    FileBedFailed,
    FilesQuotaExceeded,
    NoCatalogue,
    NoWorkerConnected,
    QueueFull,
    RateLimited,
    ScriptOutdated,
    ShuttingDown,
    SiteUnreachable,
    StorageFull,
    TooManyRepeatable,
    TooManyUploads,
    WaitedTooLong,
    WorkersPaused,
)
from arenabridge.errors.client import (
    ClientGone,
    ClientTooSlow,
    RequestEnded,
)
from arenabridge.errors.person import (
    AccountBlocked,
    HumanNeeded,
    LoginRequired,
    SiteDialog,
    VerificationRequired,
)
from arenabridge.errors.request import (
    AddressNotAllowed,
    AlreadyThere,
    AnswerNotKept,
    AttachmentTooLarge,
    AttachmentUnsupported,
    BodyTooLarge,
    ChangedMeanwhile,
    ClientError,
    CodeNotValid,
    ContentRefused,
    ContextTooLong,
    EncodingUnsupported,
    FileTooLarge,
    FileUrlFailed,
    FileUrlRefused,
    FileUrlTimeout,
    ForbiddenOrigin,
    IdempotencyKeyReused,
    InvalidApiKey,
    InvalidRequest,
    InvalidWorkerCredential,
    MalformedJson,
    ModelNotAllowed,
    ModelNotSelectable,
    NoCapturedSession,
    NotFound,
    NotPermitted,
    SignInRequired,
    ToolsNotSupported,
    UnknownFile,
    UnknownModel,
    UnknownRoute,
    UploadUnsupported,
    WrongCredentials,
    WrongHost,
    WrongMethod,
)
from arenabridge.errors.upstream import (
    AnswerTimeout,
    EmptyResponse,
    FirstByteTimeout,
    InvalidJsonAnswer,
    NoPicture,
    SiteChanged,
    SiteFailed,
    Stalled,
    UploadFailed,
    UpstreamError,
    UpstreamRateLimited,
    WorkerLost,
)

__all__ = [
    "AccountBlocked",
    "AddressNotAllowed",
    "AlreadyThere",
    "AnswerNotKept",
    "AnswerTimeout",
    "AttachmentTooLarge",
    "AttachmentUnsupported",
    "BodyTooLarge",
    "BudgetExhausted",
    "CapacityError",
    "ChangedMeanwhile",
    "ClientError",
    "ClientGone",
    "ClientTooSlow",
    "CodeNotValid",
    "ContentRefused",
    "ContextTooLong",
    "DatabaseUnavailable",
    "EmptyResponse",
    "EncodingUnsupported",
    "EngineUnavailable",
    "FileBedFailed",
    "FileTooLarge",
    "FileUrlFailed",
    "FileUrlRefused",
    "FileUrlTimeout",
    "FilesQuotaExceeded",
    "FirstByteTimeout",
    "ForbiddenOrigin",
    "GatewayError",
    "HumanNeeded",
    "IdempotencyKeyReused",
    "InvalidApiKey",
    "InvalidJsonAnswer",
    "InvalidRequest",
    "InvalidWorkerCredential",
    "LoginRequired",
    "MalformedJson",
    "ModelNotAllowed",
    "ModelNotSelectable",
    "NoCapturedSession",
    "NoCatalogue",
    "NoPicture",
    "NoWorkerConnected",
    "NotFound",
    "NotPermitted",
    "QueueFull",
    "RateLimited",
    "RequestEnded",
    "ScriptOutdated",
    "ShuttingDown",
    "SignInRequired",
    "SiteChanged",
    "SiteDialog",
    "SiteFailed",
    "SiteUnreachable",
    "Stalled",
    "StorageFull",
    "TooManyRepeatable",
    "TooManyUploads",
    "ToolsNotSupported",
    "UnknownFile",
    "UnknownModel",
    "UnknownRoute",
    "UploadFailed",
    "UploadUnsupported",
    "UpstreamError",
    "UpstreamRateLimited",
    "VerificationRequired",
    "WaitedTooLong",
    "WorkerLost",
    "WorkersPaused",
    "WrongCredentials",
    "WrongHost",
    "WrongMethod",
]
