"""What a page wants of its person, and what clients are told meanwhile. Pure."""

from arenabridge.dispatch.events import Need
from arenabridge.errors import (
    AccountBlocked,
    GatewayError,
    HumanNeeded,
    LoginRequired,
    SiteDialog,
    SiteUnreachable,
    VerificationRequired,
    WorkersPaused,
)
from arenabridge.hub.workers.worker import WorkerState
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link.messages import Human

ERRORS: dict[HumanKind, type[GatewayError]] = {
    "challenge": VerificationRequired,
    "check": VerificationRequired,
    "sign_in": LoginRequired,
    "dialog": SiteDialog,
    "blocked": AccountBlocked,
    "unreachable": SiteUnreachable,
}

_WANTS: dict[HumanKind, str] = {
    "challenge": "shows a challenge page: open it and complete the check",
    "check": "shows a check: open it and complete the check",
    "sign_in": "asks for a sign-in: open it and sign in",
    "dialog": "shows a dialog: open it and answer the dialog",
    "blocked": "says that its account is blocked",
    "unreachable": "can't reach the site",
}

_MEANS: dict[HumanKind, str] = {
    "challenge": "can't be used now, since the site wants to check a browser: use a tab with the userscript instead",
    "check": "can't be used now, since the site wants its page's check: use a tab with the userscript instead",
    "sign_in": "is over: sign in at the site, and add the new session",
    "dialog": "can't be used before its person has answered a dialog of the site: open the site and answer it",
    "blocked": "is of an account that the site has blocked",
    "unreachable": "can't reach the site: look at the network of the gateway, or wait. It is tried again every minute",
}
"""For sessions without a page, where there is nobody to deal with it."""


def need_of(worker: WorkerState) -> Need | None:
    """Which tab asks for what, in the page's own words."""
    if worker.human is None:
        return None
    words = shown(worker.human.words)
    says = "What was said:" if worker.human.kind == "unreachable" else "The page says:"
    quoted = f' {says} "{words}"' if words else ""
    if worker.transport == "session":
        detail = f"The direct session {worker.name!r} {_MEANS[worker.human.kind]}.{quoted}"
    else:
        detail = f"The tab at {worker.origin} (worker {worker.worker}) {_WANTS[worker.human.kind]}.{quoted}"
    return Need(ERRORS[worker.human.kind], detail)


def hindrance_of(worker: WorkerState) -> Need | None:
    """Why it gets no new jobs: its person is needed, or it rests, or is to leave."""
    gets_none = worker.is_paused or worker.leaving
    return need_of(worker) or (Need(WorkersPaused, str(WorkersPaused())) if gets_none else None)


def human_of(error: HumanNeeded, *, is_challenge: bool) -> Human:
    """What the page wants, as a refusal of the site tells it before the page shows it."""
    match error:
        case LoginRequired():
            return Human("sign_in")
        case AccountBlocked():
            return Human("blocked", str(error))
        case _:
            return Human("challenge" if is_challenge else "check")
