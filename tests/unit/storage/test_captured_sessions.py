"""Captured sessions in the database."""

import msgspec
import pytest

from arenabridge.hub.capture.captures import Captures
from arenabridge.hub.tasks import Tasks
from arenabridge.storage.captured_sessions import CapturedSessionStore, NotCaptured
from servers.sql import Sql

SESSION, MESSAGE = "0199a6c2-1234-7abc-8def-0123456789ab", "0199a6c2-5678-7abc-8def-0123456789ab"


@pytest.fixture
def store(sql: Sql) -> CapturedSessionStore:
    return CapturedSessionStore(sql.open(), unix=lambda: 7.0)


def test_what_was_added_is_there_until_it_is_removed(store: CapturedSessionStore) -> None:
    added = store.add(SESSION, MESSAGE, mode="battle", target="b", model="gpt", label="mine")
    assert store.all() == [added]
    assert (added.session, added.message, added.created_at, added.last_used_at, added.failures) == (
        SESSION,
        MESSAGE,
        7.0,
        None,
        0,
    )
    assert store.remove(added.id)
    assert (store.remove(added.id), store.all()) == (False, [])


def test_an_address_is_as_good_as_an_id_and_anything_else_is_refused(store: CapturedSessionStore) -> None:
    assert store.add(f"https://arena.ai/c/{SESSION.upper()}?mode=direct", MESSAGE).session == SESSION
    for session, message, what in (("YOUR_SESSION_ID", MESSAGE, "session"), (SESSION, "", "message")):
        with pytest.raises(NotCaptured, match=f"no {what} of the site"):
            store.add(session, message)


def test_one_that_is_captured_anew_is_the_same_and_has_never_failed(store: CapturedSessionStore) -> None:
    first = store.add(SESSION, MESSAGE)
    store.note_use(msgspec.structs.replace(first, last_used_at=9.0, failures=3))
    (used,) = store.all()
    assert (used.last_used_at, used.failures) == (9.0, 3)
    assert store.add(SESSION, MESSAGE, label="again").id == first.id
    assert store.add(SESSION, MESSAGE, model="gpt").id != first.id
    assert [(each.label, each.failures) for each in store.all() if each.model is None] == [("again", 0)]


def test_the_use_of_what_was_captured_anew_or_removed_since_is_not_kept(store: CapturedSessionStore) -> None:
    before = msgspec.structs.replace(store.add(SESSION, MESSAGE), created_at=6.0, failures=3)
    store.note_use(before)
    assert store.all()[0].failures == 0
    store.remove(before.id)
    store.note_use(before)
    assert store.all() == []


def test_there_is_a_bound(sql: Sql) -> None:
    store = CapturedSessionStore(sql.open(), most=3)
    for number in range(3):
        store.add(SESSION, f"0199a6c2-5678-7abc-8def-{number:012x}")
    with pytest.raises(NotCaptured, match="3 captured"):
        store.add(SESSION, MESSAGE)
    assert store.add(SESSION, f"0199a6c2-5678-7abc-8def-{0:012x}")


async def test_a_running_gateway_learns_of_others_changes_and_keeps_its_own(store: CapturedSessionStore) -> None:
    tasks = Tasks()
    captures = Captures(store, tasks)
    assert captures.sessions.next_for(["gpt"]) is None
    added = store.add(SESSION, MESSAGE)
    await captures.read()
    assert captures.sessions.next_for(["gpt"]) == added
    captures.sessions.failed(added)
    captures.sessions.used(added, 9.0)
    await captures.read()
    (kept,) = store.all()
    assert (kept.failures, kept.last_used_at) == (1, 9.0)
    assert captures.sessions.next_for(["gpt"]) == kept
    await tasks.close()
