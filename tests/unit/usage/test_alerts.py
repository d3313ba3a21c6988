"""Alerts: what holds long enough is told once, and its end too; what is told can be checked, and is tried again."""

import contextlib

import httpx
import orjson

from arenabridge.usage.alerts import (
    ENOUGH_REQUESTS,
    HUMAN_SECONDS,
    WINDOW_MINUTES,
    Alerts,
    BudgetShare,
    Facts,
    News,
    RecentFailures,
    Rules,
)
from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.told_alerts import ToldAlerts
from arenabridge.usage.webhook import MAX_WAITING, PAUSES_SECONDS, SIGNATURE, TIMESTAMP, Webhook, signature
from servers.sql import Sql

FINE = Facts(able_workers=1)


def told(alerts: Alerts, facts: Facts, now: float) -> list[tuple[str, str]]:
    return [(news.alert, news.state) for news in alerts.look(facts, now)]


def test_no_worker_is_told_after_its_time_once_and_so_is_its_end() -> None:
    alerts, nobody = Alerts(Rules(300, 0.5)), Facts(able_workers=0)
    assert told(alerts, nobody, 0) == []
    assert told(alerts, nobody, 299) == []
    assert told(alerts, nobody, 300) == [("no_worker", "firing")]
    assert told(alerts, nobody, 900) == []
    assert told(alerts, FINE, 901) == [("no_worker", "resolved")]
    assert told(alerts, nobody, 902) == []


def test_each_browser_that_needs_its_person_is_told_of() -> None:
    alerts = Alerts(Rules(300, 0.5))
    needy = Facts(able_workers=1, needs=(("one", "Sign in"), ("two", "A check")))
    assert told(alerts, needy, 0) == []
    assert len(told(alerts, needy, HUMAN_SECONDS)) == 2
    assert told(alerts, Facts(able_workers=1, needs=needy.needs[:1]), 70) == [("needs_human", "resolved")]


def test_a_rate_does_not_flutter_and_a_few_requests_are_none() -> None:
    alerts = Alerts(Rules(300, 0.5))
    few = Facts(able_workers=1, requests=ENOUGH_REQUESTS - 1, failures=ENOUGH_REQUESTS - 1)
    assert told(alerts, few, 0) == []
    assert told(alerts, Facts(able_workers=1, requests=100, failures=50), 1) == [("error_rate", "firing")]
    assert told(alerts, Facts(able_workers=1, requests=100, failures=45), 2) == []
    assert told(alerts, Facts(able_workers=1, requests=100, failures=39), 3) == [("error_rate", "resolved")]


def test_a_budget_is_told_at_four_fifths_and_over_when_it_begins_anew() -> None:
    alerts = Alerts(Rules(300, 0.5))

    def used(count: int) -> Facts:
        return Facts(able_workers=1, budgets=(BudgetShare("k", "The key mine", "requests_per_day", count, 10),))

    assert told(alerts, used(7), 0) == []
    (news,) = alerts.look(used(8), 1)
    assert news.message == "The key mine has used 8 of 10 requests a day."
    assert told(alerts, used(0), 2) == [("budget", "resolved")]


def test_after_a_restart_nothing_is_told_twice_and_the_end_of_what_was_told_is_told(sql: Sql) -> None:
    shares = (BudgetShare("k", "The key mine", "requests_per_day", 8, 10),)
    bad = Facts(able_workers=1, needs=(("one", "Sign in"),), requests=10, failures=9, budgets=shares)
    memory, before = ToldAlerts(sql.open()), Alerts(Rules(300, 0.5))
    for now in (0, HUMAN_SECONDS):
        memory.note(before.look(bad, now), unix=1000.0)
    after = Alerts(Rules(300, 0.5))
    after.know(ToldAlerts(sql.open()).all())
    assert told(after, bad, 5000) == []
    after = Alerts(Rules(300, 0.5))
    ends = []
    for now in (0, HUMAN_SECONDS, 2 * HUMAN_SECONDS, WINDOW_MINUTES * 60):
        after.know(memory.all())
        news = after.look(FINE, now)
        memory.note(news, unix=2000.0)
        ends.append([(each.alert, each.state, each.message[:6]) for each in news])
    assert ends == [
        [("budget", "resolved", "Over: ")],
        [],
        [("needs_human", "resolved", "Over: ")],
        [("error_rate", "resolved", "Over: ")],
    ]
    assert memory.all() == []


def test_failures_are_ours_and_the_sites_of_the_last_ten_minutes() -> None:
    failures = RecentFailures()
    for minute, reason in (
        (0, EndReason.UPSTREAM_FAILED),
        (5, EndReason.UPSTREAM_FAILED),
        (5, EndReason.COMPLETED),
        (6, EndReason.REFUSED),
        (6, EndReason.CLIENT_GONE),
        (7, EndReason.QUEUE_FULL),
        (7, EndReason.UPSTREAM_RATE_LIMITED),
        *[(7, EndReason.RATE_LIMITED), (7, EndReason.BUDGET_EXHAUSTED)] * 9,
    ):
        id_ = minute * 60 * 10**6
        failures.observe(RequestRecord(id=id_, request_id="r", at=0.0, key_id="k", key_name="k", end_reason=reason))
    assert failures.within(8 * 60) == (5, 4)
    assert failures.within(12 * 60) == (4, 3)
    assert failures.within(60 * 60) == (0, 0)


class Enough(Exception):
    """The test has seen what it wants."""


async def test_what_is_sent_is_signed_and_sent_again_until_it_is_taken() -> None:
    posted: list[httpx.Request] = []
    pauses: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(request)
        if len(posted) == 3:
            raise Enough
        return httpx.Response(500)

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    webhook = Webhook(
        "https://alerts.example/hook",
        "secret",
        lambda: 1000.5,
        lambda: httpx.AsyncClient(transport=httpx.MockTransport(answer)),
        pause,
    )
    webhook.put(News("no_worker", "no_worker", "firing", "Nobody."))
    with contextlib.suppress(Enough):
        await webhook.run()
    assert pauses == list(PAUSES_SECONDS[:2])
    first = posted[0]
    assert orjson.loads(first.content) == {
        "id": "no_worker",
        "alert": "no_worker",
        "state": "firing",
        "message": "Nobody.",
        "at": 1000.5,
    }
    assert first.headers[SIGNATURE] == signature("secret", first.headers[TIMESTAMP], first.content)
    for _ in range(MAX_WAITING + 3):
        webhook.put(News("x", "x", "firing", "x"))
    assert webhook.dropped == 3


async def test_whether_alerts_arrive_is_tried_once_and_told() -> None:
    posted: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        posted.append(request)
        return httpx.Response(404 if len(posted) == 1 else 204)

    def client() -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(answer))

    webhook = Webhook("https://alerts.example/hook?token=secret", "secret", lambda: 1000.5, client)
    assert await webhook.try_out() == "it was answered 404"
    assert await webhook.try_out() is None
    assert [orjson.loads(each.content)["alert"] for each in posted] == ["test", "test"]
    assert posted[0].headers[SIGNATURE] == signature("secret", posted[0].headers[TIMESTAMP], posted[0].content)
