"""What the views of the dashboard cost at a million recorded requests: fills a database, asks each, prints times."""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.usage.end_reasons import EndReason
from arenabridge.usage.record import RequestRecord, Stages
from arenabridge.usage.reports import Reports, Scope
from arenabridge.usage.search import Search, Wanted
from arenabridge.usage.spans import DAY, Span
from arenabridge.usage.store import UsageStore

BATCH = 5000
KEYS, MODELS, USERS = 50, 30, 10
FAILED = (EndReason.UPSTREAM_FAILED, EndReason.QUEUE_FULL, EndReason.REFUSED, EndReason.CLIENT_GONE)
TURNS = 3


def record(number: int, ended: float, chance: random.Random) -> RequestRecord:
    key = min(int(chance.paretovariate(0.7)), KEYS) - 1
    seconds = chance.lognormvariate(2, 0.8)
    failed = chance.random() < 0.06
    return RequestRecord(
        id=int(ended * 1e6) + number % 1000,
        request_id=f"req_{number:024x}",
        at=ended - seconds,
        key_id=f"key{key}",
        key_name=f"key {key}",
        user_id=f"user{key % USERS}",
        model=f"model-{min(int(chance.paretovariate(0.7)), MODELS)}",
        model_id="019a98f7-afcd-779f-8dcb-856cc3b3f078",
        asked_for="model",
        worker="w-12345678",
        how="composer",
        site_session="019a98f7-afcd-779f-8dcb-856cc3b3f078",
        streamed=True,
        client="OpenAI/Python 3.0.0",
        end_reason=chance.choice(FAILED) if failed else EndReason.COMPLETED,
        error_code="upstream_error" if failed else None,
        status=502 if failed else 200,
        attempts=1,
        tokens_in=chance.randrange(5000),
        tokens_out=chance.randrange(2000),
        bytes_in=3000,
        bytes_out=90000,
        duration=seconds,
        first_token=None if failed else seconds / 3,
        stages=Stages(queued=0.01, offered=0.02, granted=0.05),
    )


def fill(store: UsageStore, count: int, now: float) -> None:
    chance = random.Random(7)  # noqa: S311 - the same rows each time
    begun = time.perf_counter()
    for begin in range(0, count, BATCH):
        ends = [now - 90 * DAY * (1 - number / count) for number in range(begin, min(begin + BATCH, count))]
        store.write([(record(begin + index, ended, chance), None) for index, ended in enumerate(ends)])
    seconds = time.perf_counter() - begun
    print(f"{count} rows written in {seconds:.0f} s: {seconds / count * 1e6:.0f} us each\n")


def views(store: UsageStore, now: float) -> dict[str, Callable[[], object]]:
    reports, search, zone = Reports(store.engine), Search(store.engine), ZoneInfo("Europe/Berlin")
    scopes = {
        "all": Scope(),
        "key": Scope(key_id="key0"),
        "user": Scope(user_id="user0"),
        "model": Scope(model="model-1"),
    }
    found: dict[str, Callable[[], object]] = {}
    for days in (1, 7, 30, 90):
        span = Span.of(now - days * DAY, now)
        for name, scope in scopes.items():
            found[f"course {days:2} d {name}"] = lambda span=span, scope=scope: reports.course(span, scope, zone)  # type: ignore[misc]
            found[f"times {days:2} d {name}"] = lambda span=span, scope=scope: reports.times(span, scope)  # type: ignore[misc]
            found[f"ends {days:2} d {name}"] = lambda span=span, scope=scope: reports.ends(span, scope)  # type: ignore[misc]
        for name in ("all", "user"):
            scope = scopes[name]
            found[f"models {days:2} d {name}"] = lambda span=span, scope=scope: reports.models(span, scope)  # type: ignore[misc]
            found[f"keys {days:2} d {name}"] = lambda span=span, scope=scope: reports.keys(span, scope)  # type: ignore[misc]
    wanted = {
        "newest": Wanted(),
        "of a rare key": Wanted(key_id=f"key{KEYS - 1}"),
        "rare status": Wanted(status=418),
        "text that nothing has": Wanted(text="nowhere"),
        "text within a model": Wanted(text="nowhere", model="model-1"),
        "60 days ago": Wanted(until=now - 60 * DAY),
        "failures": Wanted(outcome="server_error"),
        "of a user, failed so": Wanted(user_id="user0", end_reason="queue_full"),
    }
    for name, each in wanted.items():
        found[f"requests: {name}"] = lambda each=each: search.page(each)  # type: ignore[misc]
    return found


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--data-dir", type=Path, help="kept, and used again if it is filled")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = UsageStore(open_database((given.data_dir or Path(folder)) / FILE_NAME))
        now = store.last_id() / 1e6 or time.time()
        if not store.last_id():
            fill(store, given.rows, now)
        slow = 0
        for name, view in views(store, now).items():
            taken = []
            for _ in range(TURNS):
                begun, cpu = time.perf_counter(), time.process_time()
                view()
                taken.append(((time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000))
            wall, cpu = (median(each) for each in zip(*taken, strict=True))
            slow += wall > 100
            print(f"{name:40} {wall:7.1f} ms, of which {cpu:6.1f} ms of work")
        print(f"\n{slow} views took more than 100 ms")
        store.engine.dispose()


if __name__ == "__main__":
    main()
