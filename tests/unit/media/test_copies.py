"""What an address led to is found again by it, by whoever had it fetched, as long as the file is kept."""

from pathlib import Path

from arenabridge.media.copies import Copy, FetchedCopies
from arenabridge.media.store import Limits, MediaStore
from servers.sql import Sql

URL = "https://x.example/cat.png?signature=secret"


async def test_what_an_address_led_to_last_is_found_by_its_owner_until_the_file_is_gone(
    tmp_path: Path, sql: Sql
) -> None:
    limits = Limits(file_bytes=99, total_bytes=999, total_count=9, owner_bytes=999, owner_count=9, retention_seconds=60)
    engine, now = sql.open(), 0.0
    store = MediaStore(engine, tmp_path, limits, lambda: now)
    copies = FetchedCopies(engine, store, lambda: now)
    assert await copies.take("me", URL, limit=99) is None
    await copies.keep("me", URL, b"first", "cat.png")
    await copies.keep("me", URL, b"second", "cat.png")
    assert await copies.take("me", URL, limit=99) == Copy(b"second", "cat.png")
    assert await copies.take("me", URL, limit=5) is None
    assert await copies.take("you", URL, limit=99) is None
    now = 61.0
    await store.sweep()
    assert await copies.take("me", URL, limit=99) is None
    await copies.keep("me", URL, b"third", "cat.png")
    assert await copies.take("me", URL, limit=99) == Copy(b"third", "cat.png")
