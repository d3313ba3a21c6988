"""The person at the browser has to do something first."""

from arenabridge.errors.base import GatewayError


class HumanNeeded(GatewayError):
    """The person at the browser has to act before the site answers again."""

    status, code = 503, "human_needed"


class VerificationRequired(HumanNeeded):
    """The site shows a check to the person at the browser."""

    code = "human_verification_required"
    usual_retry_after_seconds = 30.0
    """About what it takes to see it, go there and pass it."""


class LoginRequired(HumanNeeded):
    """The site asks the person at the browser to sign in."""

    code = "login_required"


class SiteDialog(HumanNeeded):
    """The site shows a dialog that the person at the browser has to answer."""

    code = "site_dialog"


class AccountBlocked(HumanNeeded):
    """The site has blocked the account in the browser."""

    code = "account_blocked"
