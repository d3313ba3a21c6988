"""The recorder writes in batches, loses little however it ends, and is never in anybody's way."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
from sqlalchemy import func, select, text

from arenabridge.storage.database import FILE_NAME, open_database
from arenabridge.storage.tables.usage import usage_days, usage_requests
from arenabridge.usage.ledger import Ledger
from arenabridge.usage.record import Bodies, RequestRecord
from arenabridge.usage.recorder import FLUSH_SECONDS, Bounds, Recorder
from arenabridge.usage.search import Search, Wanted
from arenabridge.usage.store import Finished, UsageStore
from arenabridge.usage.trace import Trace
from servers.sql import Sql

ENOUGH = 300
COMMIT_SECONDS = 2.0
"""What a batch may take to be written on a busy machine."""

VICTIM = """
import sys, time
from pathlib import Path
from arenabridge.storage.database import open_database
from arenabridge.usage.record import RequestRecord
from arenabridge.usage.recorder import Recorder
from arenabridge.usage.store import UsageStore

recorder = Recorder(UsageStore(open_database(Path(sys.argv[1]))))
recorder.start()
while True:
    now = int(time.time() * 1e6)
    recorder.put(RequestRecord(id=now, request_id="r", at=now / 1e6, key_id="k", key_name="k"))
    print(now, flush=True)
    time.sleep(0.002)
"""


def record(number: int) -> RequestRecord:
    return RequestRecord(id=number, request_id="r", at=0.0, key_id="k", key_name="k")


def test_a_killed_process_loses_at_most_the_last_interval(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", VICTIM, str(path)], stdout=subprocess.PIPE, text=True
    ) as victim:
        assert victim.stdout is not None
        put = [int(victim.stdout.readline()) for _ in range(ENOUGH)]
        os.kill(victim.pid, signal.SIGKILL)
        put += [int(line) for line in victim.stdout if line.endswith("\n")]
    database = open_database(path)
    with database.connect() as connection:
        assert connection.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
        kept = list(connection.execute(select(usage_requests.c.id).order_by(usage_requests.c.id)).scalars())
        summed = connection.execute(select(func.coalesce(func.sum(usage_days.c.requests), 0))).scalar_one()
    assert summed == len(kept)
    assert kept == put[: len(kept)]
    lost = put[len(kept) :]
    assert not lost or (put[-1] - lost[0]) / 1e6 < FLUSH_SECONDS + COMMIT_SECONDS


class Disk:
    """Takes what it is given, when it may."""

    def __init__(self) -> None:
        self.kept: list[list[Finished]] = []
        self.works = threading.Event()
        self.tried = threading.Event()

    def write(self, finished: list[Finished]) -> None:
        self.tried.set()
        if not self.works.is_set():
            raise OSError("disk full")
        self.kept.append(finished)


def test_what_could_not_be_written_is_tried_again_and_what_is_too_much_is_counted() -> None:
    disk = Disk()
    recorder = Recorder(disk, Bounds(records=5, flush_seconds=0.0, again_seconds=0.01))
    recorder.start()
    recorder.put(record(0))
    assert disk.tried.wait(5)
    for number in range(1, 10):
        recorder.put(record(number))
    assert recorder.dropped == 4
    disk.works.set()
    recorder.close()
    assert [each.id for batch in disk.kept for each, _ in batch] == [0, 1, 2, 3, 4, 5]
    assert recorder.failures > 0
    assert (recorder.written, recorder.newest_written, recorder.dropped) == (6, 5, 4)


def test_bodies_that_are_too_much_at_a_time_are_left_out() -> None:
    disk = Disk()
    disk.works.set()
    recorder = Recorder(disk, Bounds(body_bytes=10))
    for number in range(2):
        recorder.put(record(number), Bodies(b"asked", b"12345"))
    recorder.start()
    recorder.close()
    assert [bodies is None for batch in disk.kept for _, bodies in batch] == [False, True]
    assert recorder.bodies_dropped == 1


def test_a_record_that_another_gateway_has_the_id_of_gets_the_next_one(sql: Sql) -> None:
    store = UsageStore(sql.open())
    store.write([(record(2), None), (record(3), None)])
    recorder = Recorder(store)
    for number in (1, 2, 7):
        recorder.put(record(number))
    recorder.start()
    recorder.close()
    with store.engine.connect() as connection:
        assert sorted(connection.execute(select(usage_requests.c.id)).scalars()) == [1, 2, 3, 4, 7]
        assert connection.execute(select(usage_days.c.requests)).scalar_one() == 5
    assert (recorder.written, recorder.dropped) == (3, 0)


def test_a_record_that_the_database_refuses_is_counted_and_takes_no_others_with_it(sql: Sql) -> None:
    store = UsageStore(sql.open())
    recorder = Recorder(store)
    beyond = RequestRecord(id=2, request_id="r", at=0.0, key_id="k", key_name="k", bytes_in=2**70)
    for each in (record(1), beyond, record(3)):
        recorder.put(each)
    recorder.start()
    recorder.close()
    with store.engine.connect() as connection:
        assert sorted(connection.execute(select(usage_requests.c.id)).scalars()) == [1, 3]
    assert recorder.dropped == 1


def test_whatever_a_client_calls_a_model_can_be_written_down_and_looked_for(sql: Sql) -> None:
    store = UsageStore(sql.open())
    names = ["a\x00b", "A\u2028 😀 %_'"]
    store.write([(msgspec.structs.replace(record(id_), asked_for=name), None) for id_, name in enumerate(names)])
    search = Search(store.engine)
    assert [each.asked_for.replace("\ufffd", "\x00") for each in search.all(Wanted())] == names[::-1]
    assert [each.id for each in search.page(Wanted(text="a\u2028 😀 %_'")).records] == [1]
    assert search.page(Wanted(model="\x00", text="\x00")).records == []


def test_ids_grow_whatever_the_clock_does_and_a_listener_that_fails_disturbs_nobody() -> None:
    disk, times = Disk(), [50.0, 40.0, 40.0, 60.0]
    ledger = Ledger(Recorder(disk), lambda: times.pop(0), last_id=100_000_000)
    heard: list[int] = []
    ledger.subscribe(lambda _: 1 / 0)  # type: ignore[arg-type]  # it fails, whatever it gives
    ledger.subscribe(lambda record: heard.append(record.id))
    for _ in range(2):
        trace = ledger.begin(lambda at, over: Trace("r", at=at, now=lambda: 0.0, on_over=over))
        trace.identify("k", "key", None, keeps_bodies=False)
        trace.ended(200)
    assert heard == [100_000_001, 100_000_002]
