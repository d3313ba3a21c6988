"""What is kept comes back whole, once on the disk however often it was kept, within its quotas and for its time."""

import contextlib
import errno
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, insert

from arenabridge.errors import FilesQuotaExceeded, FileTooLarge, StorageFull, TooManyUploads, UnknownFile
from arenabridge.media import contents
from arenabridge.media.index import StoredFile
from arenabridge.media.store import MAX_WRITING, MAX_WRITING_OF_OWNER, PROTECTED_SECONDS, Limits, MediaStore, kept
from arenabridge.storage.tables.keys import api_keys
from arenabridge.storage.tables.people import users
from servers.sql import Sql

DAY = 86400.0
OLD = PROTECTED_SECONDS + 1


class Shelf:
    """A store with a clock to be turned, in a folder that can be looked into."""

    def __init__(self, folder: Path, engine: Engine, **limits: int) -> None:
        given = {"file_bytes": 1000, "total_bytes": 3000, "total_count": 5, "owner_bytes": 2000, "owner_count": 4}
        self.now = 1_000_000.0
        self.folder = folder / "files"
        self.engine = engine
        limits_ = Limits(**{**given, **limits}, retention_seconds=30 * DAY)
        self.store = MediaStore(self.engine, self.folder, limits_, lambda: self.now)

    async def keep(self, content: bytes, name: str = "a.bin", owner: str = "me") -> StoredFile:
        return await self.store.keep(content, "", name, owner)

    async def has(self, file: StoredFile) -> bool:
        try:
            await self.store.read(file.id)
        except UnknownFile:
            return False
        return True

    def keys_of(self, person: str, count: int) -> list[str]:
        """Ids of API keys that are this person's."""
        ids = [f"key {number} of {person}" for number in range(count)]
        user = {
            "id": person,
            "name": person,
            "folded_name": person,
            "role": "user",
            "password_hash": "",
            "created_at": 0,
        }
        key = {"prefix": "", "name": "", "created_at": 0, "owner_id": person}
        with self.engine.begin() as connection:
            connection.execute(insert(users).values(user))
            connection.execute(insert(api_keys), [{**key, "id": id_, "digest": id_.encode()} for id_ in ids])
        return ids

    def on_disk(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def shelf(tmp_path: Path, sql: Sql) -> Shelf:
    return Shelf(tmp_path, sql.open())


async def test_what_is_kept_comes_back_as_it_was(shelf: Shelf) -> None:
    content = os.urandom(1000)
    kept = await shelf.store.keep(content, "image/png", "../x/a b.dat", "me")
    stored, read = await shelf.store.read(kept.id)
    assert (read, stored, stored.size) == (content, kept, 1000)
    assert (stored.name, stored.media_type, stored.owner) == ("a b.dat", "application/octet-stream", "me")
    assert stored.path == f"/files/{stored.id}/a%20b.dat"
    assert len(stored.id) >= 22  # 128 bits in base64
    assert [path.parent.name + path.name for path in shelf.on_disk()] == [stored.digest]


async def test_a_part_of_it_comes_back_too(shelf: Shelf) -> None:
    stored = await shelf.keep(b"0123456789")
    async with shelf.store.open(stored.id) as file:
        assert b"".join([piece async for piece in file.pieces(3, 7)]) == b"3456"


async def test_a_file_arrives_in_pieces_and_an_empty_one_in_none(shelf: Shelf) -> None:
    async with shelf.store.writing("x", "me") as sink:
        for piece in (b"one, ", b"two, ", b"three"):
            await sink.write(piece)
    assert (await shelf.store.read(kept(sink).id))[1] == b"one, two, three"
    async with shelf.store.writing("empty", "me") as sink:
        pass
    assert (await shelf.store.read(kept(sink).id))[1] == b""


async def test_one_content_lies_on_the_disk_once_and_goes_with_its_last_entry(shelf: Shelf) -> None:
    first, second = await shelf.keep(b"same", owner="me"), await shelf.keep(b"same", owner="you")
    assert first.id != second.id
    assert len(shelf.on_disk()) == 1
    await shelf.store.remove(first.id, "me")
    assert await shelf.has(second)
    await shelf.store.remove(second.id, "you")
    assert shelf.on_disk() == []


async def test_the_same_file_of_the_same_owner_keeps_its_address_and_lives_longer(shelf: Shelf) -> None:
    first = await shelf.keep(b"same")
    shelf.now += 20 * DAY
    assert (await shelf.keep(b"same")).id == first.id
    shelf.now += 20 * DAY
    assert await shelf.has(first)


async def test_only_its_owner_can_remove_a_file(shelf: Shelf) -> None:
    mine = await shelf.keep(b"mine")
    with pytest.raises(UnknownFile):
        await shelf.store.remove(mine.id, "you")
    assert await shelf.has(mine)


async def test_a_file_is_gone_after_its_time(shelf: Shelf) -> None:
    stored = await shelf.keep(b"x")
    shelf.now += 30 * DAY
    assert not await shelf.has(stored)
    await shelf.store.sweep()
    assert shelf.on_disk() == []
    assert (await shelf.store.totals()).count == 0


async def test_a_file_that_is_too_large_leaves_nothing_behind(shelf: Shelf) -> None:
    with pytest.raises(FileTooLarge, match="1000 bytes"):
        await shelf.keep(b"x" * 1001)
    assert shelf.on_disk() == []


async def test_a_writer_that_gives_up_leaves_nothing_behind(shelf: Shelf) -> None:
    async def give_up() -> None:
        async with shelf.store.writing("x", "me") as sink:
            await sink.write(b"half")
            await sink.flush()
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await give_up()
    assert shelf.on_disk() == []


async def test_what_was_not_used_for_longest_makes_way(shelf: Shelf) -> None:
    files = []
    for number in range(3):
        files.append(await shelf.keep(bytes([number]) * 900, owner=f"owner {number}"))
        shelf.now += OLD
    await shelf.store.read(files[0].id)
    shelf.now += OLD
    new = await shelf.keep(b"n" * 900, owner="new")
    assert [await shelf.has(file) for file in [*files, new]] == [True, False, True, True]
    assert len(shelf.on_disk()) == 3


async def test_an_owner_makes_room_among_their_own(shelf: Shelf) -> None:
    theirs = await shelf.keep(b"t" * 900, owner="them")
    mine = [await shelf.keep(bytes([number]) * 900) for number in range(2)]
    shelf.now += OLD
    mine.append(await shelf.keep(b"n" * 900))
    assert [await shelf.has(file) for file in [theirs, *mine]] == [True, False, True, True]


async def test_the_number_of_files_has_a_bound_too(shelf: Shelf) -> None:
    mine = []
    for number in range(5):
        mine.append(await shelf.keep(b"%d" % number))
        shelf.now += OLD
    assert [await shelf.has(file) for file in mine] == [False, True, True, True, True]


async def test_nobody_can_sweep_out_what_is_new(shelf: Shelf) -> None:
    new = [await shelf.keep(bytes([number]) * 900, owner=f"owner {number}") for number in range(3)]
    with pytest.raises(FilesQuotaExceeded):
        await shelf.keep(b"n" * 900, owner="flood")
    assert all([await shelf.has(file) for file in new])
    assert len(shelf.on_disk()) == 3


async def test_a_person_s_room_is_one_however_many_keys_they_have(shelf: Shelf) -> None:
    keys = shelf.keys_of("ben", 3)
    files = []
    for number, owner in enumerate([*keys, "person:ben"]):
        files.append(await shelf.keep(bytes([number]) * 900, owner=owner))
        shelf.now += OLD
    assert [await shelf.has(file) for file in files] == [False, False, True, True]


async def test_whoever_has_most_makes_way_and_nobody_for_one_who_has_more(shelf: Shelf) -> None:
    ann, *bens = "ann", *shelf.keys_of("ben", 2)
    files = [await shelf.keep(b"a" * 500, owner=ann)]
    shelf.now += OLD
    for number, key in enumerate((*bens, "cid")):
        files.append(await shelf.keep(bytes([number]) * 800, owner=key))
    shelf.now += OLD
    files.append(await shelf.keep(b"d" * 200, owner="dan"))
    assert [await shelf.has(file) for file in files] == [True, False, True, True, True]
    shelf.now += OLD
    files.append(await shelf.keep(b"B" * 900, owner=bens[0]))
    assert [await shelf.has(file) for file in files] == [True, False, False, True, True, True]


async def test_however_many_make_way_what_everybody_has_is_read_once(tmp_path: Path, sql: Sql) -> None:
    shelf = Shelf(tmp_path, sql.open(), total_bytes=900, total_count=100)
    for owner, count in {"ann": 2, "ben": 3, "cid": 4}.items():
        for number in range(count):
            await shelf.keep((owner + str(number)).encode() * 25, owner=owner)
    shelf.now += OLD
    asked: list[str] = []
    event.listen(shelf.engine, "before_cursor_execute", lambda *given: asked.append(given[2].upper()))
    await shelf.keep(b"d" * 300, owner="dan")
    left = {owner: totals.count for owner, totals in (await shelf.store.shares()).items()}
    assert left == {"ann": 2, "ben": 2, "cid": 2, "dan": 1}
    assert len([each for each in asked if "OUTER JOIN" in each]) == 2  # what each has, and what each uses least


async def test_a_file_beyond_the_whole_quota_drives_nothing_out(tmp_path: Path, sql: Sql) -> None:
    shelf = Shelf(tmp_path, sql.open(), owner_bytes=500)
    old = await shelf.keep(b"old")
    shelf.now += OLD
    with pytest.raises(FilesQuotaExceeded, match="600 bytes"):
        await shelf.keep(b"x" * 600)
    assert await shelf.has(old)


async def test_as_many_are_written_at_once_as_may_be(tmp_path: Path, sql: Sql) -> None:
    shelf = Shelf(tmp_path, sql.open(), total_count=100)
    async with contextlib.AsyncExitStack() as writing:
        for _ in range(MAX_WRITING_OF_OWNER):
            await writing.enter_async_context(shelf.store.writing("x", "slow"))
        with pytest.raises(TooManyUploads) as refused:
            await shelf.keep(b"x", owner="slow")
        assert refused.value.retry_after_seconds
        for number in range(MAX_WRITING - MAX_WRITING_OF_OWNER):
            await writing.enter_async_context(shelf.store.writing("x", f"owner {number}"))
        with pytest.raises(TooManyUploads):
            await shelf.keep(b"x", owner="another")
    assert not shelf.store._writing
    await shelf.keep(b"x", owner="another")


async def test_a_content_that_was_taken_from_the_disk_is_said_to_be_unknown(shelf: Shelf) -> None:
    stored = await shelf.keep(b"x")
    shelf.on_disk()[0].unlink()
    assert not await shelf.has(stored)
    assert await shelf.has(await shelf.keep(b"x"))


async def test_what_a_crash_left_behind_is_swept_away(shelf: Shelf) -> None:
    stored = await shelf.keep(b"x")
    orphan = shelf.folder / "ab" / ("c" * 62)
    half = shelf.folder / "incoming" / "half"
    new = shelf.folder / "incoming" / "new"
    foreign = shelf.folder / "ab" / "notes.txt"
    orphan.parent.mkdir()
    for path in (orphan, half, new, foreign):
        path.write_bytes(b"left")
    for path in (orphan, half, foreign, *(path for path in shelf.on_disk() if path != new)):
        os.utime(path, (0, 0))
    await shelf.store.sweep()
    assert [path.exists() for path in (orphan, half, new, foreign)] == [False, False, True, True]
    assert await shelf.has(stored)


def test_a_full_disk_is_named() -> None:
    with pytest.raises(StorageFull), contents.named_if_full():
        raise OSError(errno.ENOSPC, "No space left on device")
