"""Look at the gateway every few seconds, and tell the news to those who want alerts."""

import asyncio
import logging
from collections.abc import Iterator

from arenabridge.accounts.accounts import Accounts
from arenabridge.accounts.key_limits import Held
from arenabridge.accounts.keys import person_held
from arenabridge.http.gateway import Gateway
from arenabridge.usage.alerts import Alerts, BudgetShare, Facts, Rules
from arenabridge.usage.webhook import Webhook

_log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
TELLING = "alerts"
"""The duty's name: one of several gateways sends alerts."""
TELLING_SECONDS = 3 * LOOK_SECONDS

MAX_BUDGETS = 1000
"""People, and keys, with a budget that are looked at; people first, who are fewer and have several keys."""


def start_alerting(gateway: Gateway) -> None:
    """If an address is set."""
    settings = gateway.settings
    if not settings.alerts_url:
        return
    webhook = Webhook(settings.alerts_url, settings.alerts_secret, gateway.clock.unix)
    rules = Rules(settings.alerts_no_worker_minutes * 60, settings.alerts_error_rate)
    gateway.tasks.start(webhook.run(), "sending alerts")
    gateway.tasks.start(_look_after(gateway, Alerts(rules), webhook), "looking for alerts")


async def _look_after(gateway: Gateway, alerts: Alerts, webhook: Webhook) -> None:
    """All of several gateways look, so that each knows how long each condition has held; one of them tells it."""
    told = gateway.usage.told_alerts
    while True:
        try:
            budgets = await asyncio.to_thread(budget_shares, gateway.accounts)
            is_ours = await asyncio.to_thread(gateway.duties.hold, TELLING, TELLING_SECONDS)
            alerts.know(await asyncio.to_thread(told.all))
            news = alerts.look(facts_of(gateway, budgets), gateway.clock.now())
            if is_ours and news:
                await asyncio.to_thread(told.note, news, gateway.clock.unix())
                for each in news:
                    webhook.put(each)
        except Exception:  # noqa: BLE001 - one fault must not silence all alerts from then on
            _log.exception("looking for alerts failed")
        await asyncio.sleep(LOOK_SECONDS)


def facts_of(gateway: Gateway, budgets: tuple[BudgetShare, ...]) -> Facts:
    """The facts of all gateways of a fleet."""
    workers = [worker for worker in gateway.hub.workers if not worker.frozen]
    others = [replica.facts.now for replica in gateway.fleet.others]
    requests, failed = gateway.fleet.recent_failures.within(gateway.clock.unix())
    return Facts(
        able_workers=sum(worker.human is None and not worker.is_paused for worker in workers)
        + sum(each.able for each in others),
        needs=tuple(
            (worker.name or worker.profile[:8], worker.human.words or worker.human.kind)
            for worker in workers
            if worker.human is not None and worker.human.kind != "unreachable"
        )
        + tuple(gateway.fleet.needs()),
        requests=requests + sum(each.requests for each in others),
        failures=failed + sum(each.failures for each in others),
        budgets=budgets,
    )


def budget_shares(accounts: Accounts) -> tuple[BudgetShare, ...]:
    """Budgets of people and of keys that were not revoked. Waits for the disk."""
    keys = [(f"The key {key.name}", Held(key.id, key.limits)) for key in accounts.keys.all() if key.revoked_at is None]
    people = [(user.name, person_held(user.id, user.limits)) for user in accounts.people.all()]
    limited = [(who, held) for who, held in (*people, *keys) if held.limits.has_budget]
    return tuple(share for who, held in limited[:MAX_BUDGETS] for share in _shares(accounts, who, held))


def _shares(accounts: Accounts, who: str, held: Held) -> Iterator[BudgetShare]:
    use = accounts.admissions.used(held)
    for period in ("day", "month"):
        for what in ("requests", "tokens"):
            limit = getattr(held.limits, f"{what}_per_{period}")
            if limit is not None:
                yield BudgetShare(held.id, who, f"{what}_per_{period}", getattr(use, f"{period}_{what}"), limit)
