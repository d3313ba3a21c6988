"""What a client is told when a worker could not carry out its step. Pure."""

from collections.abc import Callable

from arenabridge.errors import (
    ContextTooLong,
    GatewayError,
    ModelNotSelectable,
    SiteChanged,
    SiteFailed,
    VerificationRequired,
    WorkerLost,
)
from arenabridge.wire.link.messages import Failed

_FINAL = frozenset({"forbidden_path", "element_missing", "text_refused", "wrong_model"})
"""Nothing was sent, and nothing will be by trying again."""

_FAILURES: dict[str, Callable[[str], GatewayError]] = {
    "fetch_failed": lambda detail: SiteFailed(f"The browser could not get an answer from the site: {detail}"),
    "forbidden_path": lambda _: SiteChanged("The userscript refuses this request. It may be too old: install it anew."),
    "element_missing": lambda detail: SiteChanged(
        f"The site's page has changed: its {detail.replace('_', ' ')} was not found."
    ),
    "wrong_model": lambda detail: ModelNotSelectable(
        f"The site's page did not take this model. {detail}", param="model"
    ),
    "text_refused": lambda detail: ContextTooLong(f"The site's message box did not take the whole text. {detail}"),
    "needs_human": lambda detail: VerificationRequired(f"The site wants the person at the browser. {detail}"),
}


def worker_failure(failed: Failed) -> GatewayError:
    known = _FAILURES.get(failed.kind)
    return known(failed.detail) if known else WorkerLost(f"The browser tab gave up: {failed.kind}. {failed.detail}")


def is_final(failed: Failed) -> bool:
    """Whether another worker would fail the same way."""
    return failed.kind in _FINAL
