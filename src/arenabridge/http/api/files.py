"""
`/api/files`: what the gateway keeps, as a list. Administrators see all, others what came with their own keys.

Files themselves are read at their addresses, which this tells.
"""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query, Request
from pydantic import BaseModel

from arenabridge.accounts.keys import PERSON_PREFIX
from arenabridge.accounts.people import Person
from arenabridge.errors import InvalidRequest, UnknownFile
from arenabridge.http.api.access import SignedIn, api_router
from arenabridge.http.api.audited import record as audited
from arenabridge.http.gateway import Gateway, gateway_of
from arenabridge.http.v1.playground import NAME as PLAYGROUND
from arenabridge.media.index import MAX_PAGE, Order, Place, StoredFile, Totals, Wanted
from arenabridge.media.kinds import is_shown

router = api_router()

Kind = Literal["pictures", "others"] | None


class FileRow(BaseModel):
    """
    One file. Times are seconds since 1970, UTC; `address` is where anybody who knows it can read the file.

    `key_name` is what it came with, `owner` whose that is: both are null if they are gone, `owner` for keys of the
    gateway's own too. `path` is the address below this gateway, and `is_shown` whether browsers show what is there.
    """

    id: str
    name: str
    media_type: str
    size: int
    source: str
    key_id: str
    key_name: str | None
    owner: str | None
    created_at: float
    last_used_at: float
    expires_at: float
    address: str
    path: str
    is_shown: bool


class Share(BaseModel):
    """What came with one key; each content is counted once."""

    key_id: str
    key_name: str | None
    owner: str | None
    count: int
    size: int


class Room(BaseModel):
    """
    What counts against the limit of a person, with all their keys and the playground, or of a key that is nobody's.

    `name` is theirs, or the key's; null if it is gone.
    """

    id: str
    name: str | None
    count: int
    size: int


class FilesAnswer(BaseModel):
    """
    In the order asked for. `next` is the `before` of the page that follows; null on the last.

    `shares` are those of all keys that one may see, the largest first, and `count` and `size` all of it together, in
    which a content of several keys is counted once. What all may have is null for those who don't administer.
    `rooms` are those that one may see, the largest first; each may have `room_max_count` files of `room_max_size`.
    """

    files: list[FileRow]
    next: str | None
    shares: list[Share]
    count: int
    size: int
    max_count: int | None
    max_size: int | None
    rooms: list[Room]
    room_max_count: int
    room_max_size: int


class Removed(BaseModel):
    """What is gone."""

    id: str


class RemovedFiles(BaseModel):
    """How many are gone."""

    count: int


@dataclass(frozen=True, slots=True)
class _Whose:
    """What a key is called, and whose it is."""

    key_name: str | None = None
    owner: str | None = None


@router.get("/api/files")
async def list_files(
    request: Request,
    person: SignedIn,
    before: Annotated[str | None, Query(max_length=100, description="The `next` of the page before.")] = None,
    key: Annotated[str | None, Query(max_length=200)] = None,
    kind: Kind = None,
    search: Annotated[str | None, Query(max_length=100, description="In the name.")] = None,
    sort: Annotated[Order, Query(description="What comes first.")] = "newest",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> FilesAnswer:
    gateway = gateway_of(request)
    whose = await asyncio.to_thread(_whose, gateway, person)
    mine = None if person.is_administrator else tuple(whose)
    wanted = Wanted(owners=_owners(mine, key), is_picture=_is_picture(kind), name=search or None, order=sort)
    found = await gateway.files.page(wanted, before=_place(before) if before else None, limit=limit)
    shares = await gateway.files.shares(mine)
    totals = await gateway.files.totals() if person.is_administrator else None
    limits = gateway.files.limits
    return FilesAnswer(
        files=[_row(gateway, request, file, whose.get(file.owner, _Whose())) for file in found],
        next=_next(found[-1], sort) if len(found) == limit else None,
        shares=sorted(
            (_share(id_, whose.get(id_, _Whose()), each.count, each.size) for id_, each in shares.items()),
            key=lambda share: (-share.size, share.key_id),
        ),
        count=totals.count if totals else sum(each.count for each in shares.values()),
        size=totals.size if totals else sum(each.size for each in shares.values()),
        max_count=limits.total_count if totals else None,
        max_size=limits.total_bytes if totals else None,
        rooms=await _rooms(gateway, person, whose),
        room_max_count=limits.owner_count,
        room_max_size=limits.owner_bytes,
    )


@router.delete("/api/files")
async def remove_files(
    request: Request,
    person: SignedIn,
    id: Annotated[list[str] | None, Query(max_length=MAX_PAGE, description="Files, one after the other.")] = None,
    key: Annotated[str | None, Query(max_length=200, description="All that came with this key.")] = None,
    kind: Kind = None,
    search: Annotated[str | None, Query(max_length=100, description="In the name.")] = None,
) -> RemovedFiles:
    """
    Several at once: those named by `id`, or all of a `key`; of these those that `kind` and `search` fit.

    What is not there, or is not to be seen by whoever asks, is passed over.
    """
    if id is None and key is None:
        raise InvalidRequest("Say which files: each by its id, or all of a key.", param="id")
    gateway = gateway_of(request)
    whose = await asyncio.to_thread(_whose, gateway, person)
    mine = None if person.is_administrator else tuple(whose)
    ids = None if id is None else tuple(id)
    wanted = Wanted(owners=_owners(mine, key), is_picture=_is_picture(kind), name=search or None, ids=ids)
    count = await gateway.files.remove_all(wanted)
    if person.is_administrator and count:
        named = "files" if key is None else whose.get(key, _Whose()).key_name or key
        await asyncio.to_thread(audited, request, person, "files.removed", named, f"files: {count}")
    return RemovedFiles(count=count)


@router.delete("/api/files/{id}")
async def remove_file(request: Request, person: SignedIn, id: str) -> Removed:
    """Raises `UnknownFile` for files of others, too. Its address leads nowhere from now on."""
    gateway = gateway_of(request)
    whose = await asyncio.to_thread(_whose, gateway, person)
    file = await gateway.files.find(id)
    if not person.is_administrator and file.owner not in whose:
        raise UnknownFile
    await gateway.files.remove(id, file.owner)
    if person.is_administrator:
        named = whose.get(file.owner, _Whose())
        await asyncio.to_thread(audited, request, person, "file.removed", file.name, named.key_name or "")
    return Removed(id=id)


def _whose(gateway: Gateway, person: Person) -> dict[str, _Whose]:
    """By the id under which files are kept; waits for the disk."""
    keys = gateway.accounts.keys.all(None if person.is_administrator else person.id)
    people = gateway.accounts.people.all() if person.is_administrator else [person]
    found = {f"{PERSON_PREFIX}{each.id}": _Whose(PLAYGROUND, each.name) for each in people}
    return found | {key.id: _Whose(key.name, key.owner.name if key.owner else None) for key in keys}


def _owners(mine: tuple[str, ...] | None, key: str | None) -> tuple[str, ...] | None:
    """Whose files are meant, of those that one may see; None for everybody's."""
    if key is None:
        return mine
    return (key,) if mine is None or key in mine else ()


def _is_picture(kind: Kind) -> bool | None:
    return None if kind is None else kind == "pictures"


async def _rooms(gateway: Gateway, person: Person, whose: dict[str, _Whose]) -> list[Room]:
    rooms = await gateway.files.rooms()
    if not person.is_administrator:
        own = f"{PERSON_PREFIX}{person.id}"
        rooms = {own: rooms.get(own, Totals(0, 0))}
    largest_first = sorted(rooms.items(), key=lambda each: (-each[1].size, each[0]))
    return [Room(id=id_, name=_room_name(id_, whose), count=of.count, size=of.size) for id_, of in largest_first]


def _room_name(id_: str, whose: dict[str, _Whose]) -> str | None:
    of = whose.get(id_, _Whose())
    return of.owner if id_.startswith(PERSON_PREFIX) else of.key_name


def _row(gateway: Gateway, request: Request, file: StoredFile, whose: _Whose) -> FileRow:
    return FileRow(
        id=file.id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        source=file.source,
        key_id=file.owner,
        key_name=whose.key_name,
        owner=whose.owner,
        created_at=file.created_at,
        last_used_at=file.last_used_at,
        expires_at=file.expires_at,
        address=gateway.file_host.address_of(file, request),
        path=file.path,
        is_shown=is_shown(file.media_type),
    )


def _share(key_id: str, whose: _Whose, count: int, size: int) -> Share:
    return Share(key_id=key_id, key_name=whose.key_name, owner=whose.owner, count=count, size=size)


def _next(last: StoredFile, order: Order) -> str:
    """Read by `_place`."""
    value = last.created_at if order == "newest" else last.size
    return f"{value!r}_{last.id}"


def _place(text: str) -> Place:
    at, _, id_ = text.partition("_")
    try:
        return float(at), id_
    except ValueError:
        raise InvalidRequest("before: not the `next` of a page.", param="before") from None
