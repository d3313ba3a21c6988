"""
Who may use which route: the whole table, and the one place that enforces it for `/api`.

A route that is not here is refused to everybody, and fails a test. `Needs` says what a request must bring:

* `ANYBODY`: nothing.
* `UNGUESSABLE`: nothing of ours, but its address or its first message holds a secret.
* `WORKER`: the credential of a relay.
* `API_KEY`: an API key of this gateway, unless none is required.
* `SIGNED_IN`: a browser session, or an API key that may administer.
* `ADMINISTRATOR`: the same, of an administrator.
* `LOCAL_OR_ADMINISTRATOR`: nothing from this computer itself, else the setting `metrics_token` or the same.
"""

from enum import Enum


class Needs(Enum):
    """What a route asks of whoever uses it."""

    ANYBODY = "anybody"
    UNGUESSABLE = "a secret in the address or first message"
    WORKER = "worker's credential"
    API_KEY = "API key"
    SIGNED_IN = "signed in"
    ADMINISTRATOR = "administrator"
    LOCAL_OR_ADMINISTRATOR = "on this computer, or a token of its own, or administrator"


PERMISSIONS: dict[tuple[str, str], Needs] = {
    # -- for programs
    ("POST", "/v1/chat/completions"): Needs.API_KEY,
    ("POST", "/v1/completions"): Needs.API_KEY,
    ("POST", "/v1/images/generations"): Needs.API_KEY,
    ("POST", "/v1/images/edits"): Needs.API_KEY,
    ("GET", "/v1/models"): Needs.API_KEY,
    ("GET", "/v1/models/{name:path}"): Needs.API_KEY,
    ("GET", "/health"): Needs.ANYBODY,
    ("GET", "/livez"): Needs.ANYBODY,
    ("GET", "/readyz"): Needs.ANYBODY,
    ("GET", "/metrics"): Needs.LOCAL_OR_ADMINISTRATOR,
    # -- files
    ("POST", "/upload"): Needs.API_KEY,
    ("GET", "/files/{id}"): Needs.UNGUESSABLE,
    ("DELETE", "/files/{id}"): Needs.API_KEY,
    ("GET", "/files/{id}/{name}"): Needs.UNGUESSABLE,
    ("GET", "/uploads/{name}"): Needs.UNGUESSABLE,
    # -- for workers
    ("GET", "/userscript/{token}/arenabridge.user.js"): Needs.UNGUESSABLE,
    ("WEBSOCKET", "/ws"): Needs.UNGUESSABLE,
    ("WEBSOCKET", "/ws/worker"): Needs.WORKER,
    ("POST", "/link/up"): Needs.UNGUESSABLE,
    ("GET", "/link/down"): Needs.UNGUESSABLE,
    # -- for the earlier bridges' scripts, with `compatibility` alone (`http.links.earlier`)
    ("POST", "/internal/start_id_capture"): Needs.ANYBODY,
    ("POST", "/internal/request_model_update"): Needs.ANYBODY,
    ("POST", "/internal/update_available_models"): Needs.ANYBODY,
    ("OPTIONS", "/internal/update_available_models"): Needs.ANYBODY,
    # -- pages
    ("GET", "/"): Needs.ANYBODY,
    ("GET", "/dashboard"): Needs.ANYBODY,
    ("GET", "/dashboard/{path:path}"): Needs.ANYBODY,
    ("GET", "/assets/{version}/{path:path}"): Needs.ANYBODY,
    ("GET", "/sign-in"): Needs.ANYBODY,
    ("POST", "/sign-in"): Needs.ANYBODY,
    ("POST", "/sign-out"): Needs.ANYBODY,
    ("GET", "/setup"): Needs.ANYBODY,
    ("POST", "/setup"): Needs.ANYBODY,
    ("GET", "/join"): Needs.ANYBODY,
    ("POST", "/join"): Needs.ANYBODY,
    ("GET", "/reset"): Needs.ANYBODY,
    ("POST", "/reset"): Needs.ANYBODY,
    ("GET", "/assets/sign-in.css"): Needs.ANYBODY,
    ("GET", "/help"): Needs.ANYBODY,
    ("GET", "/help/{code}"): Needs.ANYBODY,
    ("GET", "/assets/home.css"): Needs.ANYBODY,
    ("GET", "/openapi.json"): Needs.ANYBODY,
    ("GET", "/docs"): Needs.ANYBODY,
    ("GET", "/assets/reference.css"): Needs.ANYBODY,
    # -- who is there
    ("GET", "/api/session"): Needs.ANYBODY,
    ("POST", "/api/session"): Needs.ANYBODY,
    ("DELETE", "/api/session"): Needs.ANYBODY,
    ("POST", "/api/admin/init"): Needs.ANYBODY,
    ("GET", "/api/sessions"): Needs.SIGNED_IN,
    ("DELETE", "/api/sessions"): Needs.SIGNED_IN,
    ("DELETE", "/api/sessions/{id}"): Needs.SIGNED_IN,
    ("POST", "/api/password"): Needs.SIGNED_IN,
    # -- the dashboard
    ("GET", "/api/feed"): Needs.SIGNED_IN,
    ("GET", "/api/overview"): Needs.SIGNED_IN,
    # -- what is under way: what is whose is decided in `http.monitoring.under_way`
    ("DELETE", "/api/under-way/{id}"): Needs.SIGNED_IN,
    # -- what was used: what is whose is decided in `http.api.requests` and `http.api.analytics`
    ("GET", "/api/requests"): Needs.SIGNED_IN,
    ("GET", "/api/requests/export"): Needs.SIGNED_IN,
    ("DELETE", "/api/requests/bodies"): Needs.SIGNED_IN,
    ("GET", "/api/requests/{id}"): Needs.SIGNED_IN,
    ("GET", "/api/requests/{id}/report"): Needs.SIGNED_IN,
    ("GET", "/api/requests/{id}/bodies"): Needs.SIGNED_IN,
    ("GET", "/api/analytics"): Needs.SIGNED_IN,
    ("GET", "/api/analytics/export"): Needs.SIGNED_IN,
    # -- what is kept: what is whose is decided in `http.api.files`
    ("GET", "/api/files"): Needs.SIGNED_IN,
    ("DELETE", "/api/files"): Needs.SIGNED_IN,
    ("DELETE", "/api/files/{id}"): Needs.SIGNED_IN,
    ("GET", "/api/models"): Needs.SIGNED_IN,
    ("PATCH", "/api/models"): Needs.ADMINISTRATOR,
    ("GET", "/api/models/available"): Needs.SIGNED_IN,
    ("POST", "/api/models/update"): Needs.ADMINISTRATOR,
    ("GET", "/api/captured"): Needs.ADMINISTRATOR,
    ("DELETE", "/api/captured/{id}"): Needs.ADMINISTRATOR,
    ("GET", "/api/capture"): Needs.ADMINISTRATOR,
    ("POST", "/api/capture"): Needs.ADMINISTRATOR,
    ("DELETE", "/api/capture"): Needs.ADMINISTRATOR,
    ("POST", "/api/playground/chat"): Needs.SIGNED_IN,
    # -- workers' credentials: what is whose is decided in `http.api.worker_credentials` and `http.api.worker_status`
    ("POST", "/api/workers/enrol"): Needs.ANYBODY,
    ("GET", "/api/workers/self"): Needs.WORKER,
    ("GET", "/api/workers/status"): Needs.SIGNED_IN,
    ("GET", "/api/workers/credentials"): Needs.SIGNED_IN,
    ("POST", "/api/workers/credentials"): Needs.SIGNED_IN,
    ("PATCH", "/api/workers/credentials/{id}"): Needs.SIGNED_IN,
    ("DELETE", "/api/workers/credentials/{id}"): Needs.SIGNED_IN,
    ("GET", "/api/workers/credentials/{id}/install"): Needs.SIGNED_IN,
    ("POST", "/api/workers/codes"): Needs.SIGNED_IN,
    ("GET", "/api/workers"): Needs.ADMINISTRATOR,
    ("GET", "/api/workers/install"): Needs.ADMINISTRATOR,
    ("POST", "/api/workers/{id}/pause"): Needs.ADMINISTRATOR,
    ("POST", "/api/workers/{id}/resume"): Needs.ADMINISTRATOR,
    ("POST", "/api/workers/{id}/drain"): Needs.ADMINISTRATOR,
    ("POST", "/api/workers/{id}/remove"): Needs.ADMINISTRATOR,
    ("POST", "/api/workers/{id}/rename"): Needs.ADMINISTRATOR,
    ("GET", "/api/site-sessions"): Needs.SIGNED_IN,
    ("POST", "/api/site-sessions"): Needs.SIGNED_IN,
    ("PATCH", "/api/site-sessions/{id}"): Needs.SIGNED_IN,
    ("DELETE", "/api/site-sessions/{id}"): Needs.SIGNED_IN,
    ("GET", "/api/settings"): Needs.ADMINISTRATOR,
    ("PATCH", "/api/settings"): Needs.ADMINISTRATOR,
    ("GET", "/api/notices"): Needs.ADMINISTRATOR,
    ("POST", "/api/notices/{id}/seen"): Needs.ADMINISTRATOR,
    ("GET", "/api/log-level"): Needs.ADMINISTRATOR,
    ("PUT", "/api/log-level"): Needs.ADMINISTRATOR,
    ("POST", "/api/alerts/test"): Needs.ADMINISTRATOR,
    # -- people
    ("GET", "/api/users"): Needs.ADMINISTRATOR,
    ("POST", "/api/users"): Needs.ADMINISTRATOR,
    ("GET", "/api/users/{id}"): Needs.ADMINISTRATOR,
    ("PATCH", "/api/users/{id}"): Needs.ADMINISTRATOR,
    ("DELETE", "/api/users/{id}"): Needs.ADMINISTRATOR,
    ("POST", "/api/users/{id}/password"): Needs.ADMINISTRATOR,
    ("POST", "/api/users/{id}/reset-link"): Needs.ADMINISTRATOR,
    ("DELETE", "/api/users/{id}/sessions"): Needs.ADMINISTRATOR,
    ("GET", "/api/invitations"): Needs.ADMINISTRATOR,
    ("POST", "/api/invitations"): Needs.ADMINISTRATOR,
    ("DELETE", "/api/invitations/{id}"): Needs.ADMINISTRATOR,
    # -- keys: what is whose is decided in `http.api.tokens`
    ("GET", "/api/tokens"): Needs.SIGNED_IN,
    ("POST", "/api/tokens"): Needs.SIGNED_IN,
    ("GET", "/api/tokens/{id}"): Needs.SIGNED_IN,
    ("PATCH", "/api/tokens/{id}"): Needs.SIGNED_IN,
    ("DELETE", "/api/tokens/{id}"): Needs.SIGNED_IN,
    ("POST", "/api/tokens/{id}/rotate"): Needs.SIGNED_IN,
    # -- what was done
    ("GET", "/api/audit"): Needs.ADMINISTRATOR,
    ("GET", "/api/audit/export"): Needs.ADMINISTRATOR,
}
