"""What a client is told when a worker could not carry out its step. Pure."""

from collections.abc import Callable

from arenabridge.errors import (
    AttachmentTooLarge,
    ContextTooLong,
    GatewayError,
    ModelNotSelectable,
    SiteChanged,
    SiteFailed,
    UploadFailed,
    VerificationRequired,
    WorkerLost,
)
from arenabridge.wire.arena.composer import CONVERSATION, VERSION
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.link.messages import Failed

_FINAL = frozenset({"forbidden_path", "text_refused", "wrong_model"})
"""Nothing was sent, and trying again would send nothing either."""

_FAILURES: dict[str, Callable[[str], GatewayError]] = {
    "fetch_failed": lambda detail: SiteFailed(f"The browser could not get an answer from the site: {detail}"),
    "forbidden_path": lambda _: SiteChanged("The userscript refuses this request. It may be too old: install it anew."),
    "element_missing": lambda detail: SiteChanged(
        "The site's page has no link to the chat's session."
        if detail == CONVERSATION
        else f"The site's page has changed: its {detail.replace('_', ' ')} was not found (page recipe {VERSION})."
    ),
    "wrong_model": lambda detail: ModelNotSelectable(
        f"The site's page did not take this model. {detail}", param="model"
    ),
    "text_refused": lambda detail: ContextTooLong(f"The site's message box did not take the whole text. {detail}"),
    "files_missing": lambda detail: UploadFailed(f"The site's page did not take the files. {detail}"),
    "too_large": lambda _: AttachmentTooLarge(),
    "page_busy": lambda detail: WorkerLost(f"The page was in use: {detail}."),
    "answer_changed": lambda detail: WorkerLost(f"The page changed an answer that was being read from it. {detail}"),
    "needs_human": lambda detail: VerificationRequired(f"The site wants the person at the browser. {detail}"),
}


def worker_failure(failed: Failed) -> GatewayError:
    known, detail = _FAILURES.get(failed.kind), shown(failed.detail)
    error = known(detail) if known else WorkerLost(f"The browser tab gave up: {shown(failed.kind)}. {detail}")
    return error.never_again() if failed.started else error


def is_final(failed: Failed, *, others: bool) -> bool:
    """Whether no worker would do better. A page that lacks a part does not count: it may be one that never had it."""
    return failed.kind in _FINAL or (failed.kind == "element_missing" and not others)
