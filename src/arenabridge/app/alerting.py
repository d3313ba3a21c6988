"""Look after the gateway every few seconds, and have told what is news to whoever wants alerts."""

import asyncio
import logging

from arenabridge.accounts.accounts import Accounts
from arenabridge.http.gateway import Gateway
from arenabridge.usage.alerts import Alerts, BudgetShare, Facts, RecentFailures, Rules
from arenabridge.usage.webhook import Webhook

_log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
MAX_BUDGETS = 1000
"""Keys with a budget that are looked at."""


def start_alerting(gateway: Gateway) -> None:
    """If an address is set."""
    settings = gateway.settings
    if not settings.alerts_url:
        return
    webhook = Webhook(settings.alerts_url, settings.alerts_secret, gateway.clock.unix)
    failures = RecentFailures()
    gateway.usage.ledger.subscribe(failures.observe)
    rules = Rules(settings.alerts_no_worker_minutes * 60, settings.alerts_error_rate)
    gateway.tasks.start(webhook.run(), "sending alerts")
    gateway.tasks.start(_look_after(gateway, Alerts(rules), failures, webhook), "looking for alerts")


async def _look_after(gateway: Gateway, alerts: Alerts, failures: RecentFailures, webhook: Webhook) -> None:
    while True:
        try:
            budgets = await asyncio.to_thread(budget_shares, gateway.accounts)
            for news in alerts.look(_facts(gateway, failures, budgets), gateway.clock.now()):
                webhook.put(news)
        except Exception:  # noqa: BLE001 - one fault must not silence all alerts from then on
            _log.exception("looking for alerts failed")
        await asyncio.sleep(LOOK_SECONDS)


def _facts(gateway: Gateway, failures: RecentFailures, budgets: tuple[BudgetShare, ...]) -> Facts:
    workers = [worker for worker in gateway.hub.workers if not worker.frozen]
    requests, failed = failures.within(gateway.clock.unix())
    return Facts(
        able_workers=sum(worker.human is None and not worker.is_paused for worker in workers),
        needs=tuple(
            (worker.name or worker.profile[:8], worker.human.words or worker.human.kind)
            for worker in workers
            if worker.human is not None
        ),
        requests=requests,
        failures=failed,
        budgets=budgets,
    )


def budget_shares(accounts: Accounts) -> tuple[BudgetShare, ...]:
    """Of all keys that have one. Waits for the disk."""
    limited = [key for key in accounts.keys.all() if key.limits.has_budget and key.revoked_at is None]
    shares = []
    for key in limited[:MAX_BUDGETS]:
        use = accounts.admissions.budgets.used(key.id)
        for period in ("day", "month"):
            for what in ("requests", "tokens"):
                limit = getattr(key.limits, f"{what}_per_{period}")
                if limit is not None:
                    used = getattr(use, f"{period}_{what}")
                    shares.append(BudgetShare(key.id, key.name, f"{what}_per_{period}", used, limit))
    return tuple(shares)
