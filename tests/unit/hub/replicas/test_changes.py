"""What one gateway changes is read again by the others: once for each piece of news, and now and then without any."""

import asyncio

from arenabridge.hub.replicas.changes import MAX_PENDING, Changes
from arenabridge.hub.tasks import Tasks
from arenabridge.wire.fleet import Change, Topic
from integration.gateway.worker_double import until


class Fleet:
    """Gateways that hear what each other tells, as through an engine."""

    def __init__(self, count: int) -> None:
        self.tasks = Tasks()
        self.all = [Changes(self.tasks) for _ in range(count)]
        self.heard: list[tuple[int, str]] = []
        for number, changes in enumerate(self.all):
            changes.join(lambda change, me=number: self._tell(me, change))  # type: ignore[misc]  # bound at once
            changes.on(Topic.KEYS, lambda about, me=number: self._hear(me, about))  # type: ignore[misc]  # likewise

    def _tell(self, teller: int, change: Change) -> None:
        for number, changes in enumerate(self.all):
            if number != teller:
                changes.told(change)

    async def _hear(self, listener: int, about: str) -> None:
        self.heard.append((listener, about))


async def test_all_others_are_told_from_any_thread() -> None:
    fleet = Fleet(3)
    await asyncio.to_thread(fleet.all[0].tell, Topic.KEYS, "k1")
    await until(lambda: len(fleet.heard) == 2)
    assert sorted(fleet.heard) == [(1, "k1"), (2, "k1")]
    await fleet.tasks.close()


async def test_many_pieces_of_the_same_news_are_one() -> None:
    fleet = Fleet(1)
    for _ in range(10):
        fleet.all[0].told(Change(Topic.KEYS, "k1"))
    await until(lambda: fleet.heard)
    assert fleet.heard == [(0, "k1")]
    fleet.all[0].told(Change(Topic.KEYS, "k1"))
    await until(lambda: len(fleet.heard) == 2)
    await fleet.tasks.close()


async def test_a_flood_becomes_one_look_at_everything() -> None:
    fleet = Fleet(1)
    for number in range(MAX_PENDING * 2):
        fleet.all[0].told(Change(Topic.KEYS, str(number)))
    await until(lambda: (0, "") in fleet.heard)
    assert len(fleet.heard) == MAX_PENDING + 1
    await fleet.tasks.close()


async def test_a_reaction_that_fails_disturbs_no_other() -> None:
    tasks, heard = Tasks(), list[str]()
    changes = Changes(tasks)

    async def fail(_about: str) -> None:
        raise OSError("the database is away")

    async def hear(about: str) -> None:
        heard.append(about)

    changes.on(Topic.MODELS, fail)
    changes.on(Topic.MODELS, hear)
    changes.tell(Topic.MODELS)  # nobody else is there
    changes.told(Change(Topic.MODELS))
    await until(lambda: heard == [""])
    await tasks.close()


async def test_where_anything_may_have_changed_everything_is_read_again() -> None:
    fleet = Fleet(1)
    fleet.all[0].take_up_all()
    await until(lambda: fleet.heard)
    assert fleet.heard == [(0, "")]
    await fleet.tasks.close()
