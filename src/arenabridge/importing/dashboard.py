"""Steps for `dashboard.db`: people, their keys, and what was used."""

import hashlib
import time
from collections.abc import Iterator
from functools import partial

from arenabridge.accounts.keys import MAX_NOTES_CHARACTERS, ApiKey, KeyForm
from arenabridge.accounts.passwords import brought_along
from arenabridge.accounts.people import (
    MAX_NAME_CHARACTERS as MAX_PERSON_CHARACTERS,
    Role,
    User,
    checked_email,
    checked_name,
)
from arenabridge.errors import GatewayError
from arenabridge.importing.dashboard_db import BrokenDatabase, DashboardDb, EarlierToken, EarlierUse, EarlierUser
from arenabridge.importing.folder import Folder
from arenabridge.importing.step import Step, counted
from arenabridge.importing.target import Target
from arenabridge.importing.used import Used, end_reason
from arenabridge.usage.record import MAX_ERROR_CHARACTERS, MAX_NAME_CHARACTERS, RequestRecord

DATABASE = "dashboard.db"

UNUSABLE = "unusable"
"""A hash that no password has."""

MAX_TOKENS = 10_000
"""The most keys that are brought: each is compared with those that there are."""


def dashboard_steps(folder: Folder, target: Target) -> Iterator[Step]:
    """Users first, since keys belong to them, and use to keys."""
    if not folder.has(DATABASE):
        return
    database = DashboardDb(folder.path / DATABASE)
    try:
        users, tokens = database.users(), database.tokens()
        owners = Owners(target)
        yield from _users(users, owners, target)
        yield from _tokens(tokens, users, owners, target)
        yield from _uses(database, tokens, target)
        for table, count in database.left_out.items():
            if count:
                yield Step("broken", f"{DATABASE}, {table}", f"{counted(count, 'row')} can't be read. All others come.")
    except BrokenDatabase as error:
        yield Step("broken", DATABASE, f"{error}.")
        return
    yield Step("declined", "Sessions of browsers", "end: everybody signs in again.")


class Owners:
    """Which of our people is which of theirs: brought over, or of the same address and role. A name proves nothing."""

    def __init__(self, target: Target) -> None:
        self._people = target.people
        self._brought: dict[int, str] = {}
        self.comes: set[int] = set()
        """Those of their people, by id, who will be brought."""

    def brought(self, user: EarlierUser, person: User) -> None:
        self._brought[user.id] = person.id

    def of(self, user: EarlierUser) -> str | None:
        """The person's id here."""
        same = self.same(user)
        return self._brought.get(user.id) or (same.id if same else None)

    def same(self, user: EarlierUser) -> User | None:
        return next((each for each in self.like(user) if _is_same(user, each)), None)

    def like(self, user: EarlierUser) -> list[User]:
        """The person here with the same name or address, which no two can have."""
        found = self._people.find(user.name), self._people.find(user.email) if user.email else None
        return [each for each in found if each is not None]


def _is_same(user: EarlierUser, person: User) -> bool:
    is_addressed = bool(user.email) and (user.email or "").casefold() == (person.email or "").casefold()
    return is_addressed and person.role == _role(user)


def _role(user: EarlierUser) -> Role:
    return "admin" if user.is_admin else "user"


def _users(users: list[EarlierUser], owners: Owners, target: Target) -> Iterator[Step]:
    for user in users:
        if owners.same(user) is not None:
            yield Step("there", "User", f"{_shown(user.name)}.")
            continue
        if owners.like(user):
            words = "has the name or the e-mail address of somebody here, and not both that address and the role."
            yield Step("declined", "User", f"{_shown(user.name)} {words} Keys come over without an owner.")
            continue
        try:
            checked_name(user.name)
        except GatewayError as error:
            yield Step("broken", f"User {user.id}", f"{_shown(user.name)!r} can't be kept: {error}")
            continue
        hashed, about = _password(user)
        owners.comes.add(user.id)
        words = f"{_shown(user.name)} ({_role(user)}); {about}"
        yield Step("comes", "User", words, partial(_add, user, hashed, owners, target))
    if users and not any(user.is_admin for user in users) and target.people.setup_needed:
        words = "none of them is one. Make one with `arenabridge users add NAME --role admin`."
        yield Step("note", "Administrators", words)


def _password(user: EarlierUser) -> tuple[str, str]:
    try:
        return brought_along(user.password_hash), "signs in with the old password, and is asked for a new one."
    except ValueError:
        return UNUSABLE, "needs a new password: `arenabridge users reset-password`."


def _add(user: EarlierUser, hashed: str, owners: Owners, target: Target) -> None:
    try:
        email = checked_email(user.email)
    except GatewayError:
        email = None  # nothing is ever sent there
    owners.brought(user, target.people.add(user.name, email, _role(user), hashed))


def _tokens(tokens: list[EarlierToken], users: list[EarlierUser], owners: Owners, target: Target) -> Iterator[Step]:
    theirs = {user.id: user for user in users}
    now = time.time()
    ended = [each for each in tokens if not each.is_active or (each.expires_at or now) < now]
    for token in [each for each in tokens[:MAX_TOKENS] if each not in ended]:
        owner = theirs.get(token.user_id or 0)
        whose = _whose(owner, owners)
        if not token.key.strip():
            yield Step("broken", f"API key {token.id}", "it is empty.")
        elif target.keys.find(target.keys.digest(token.key)) is not None:
            yield Step("there", "API key", f"{_shown(token.name)!r}{whose}.")
        else:
            until = time.strftime(", until %Y-%m-%d", time.gmtime(token.expires_at)) if token.expires_at else ""
            words = f"{_shown(token.name)!r}{whose}{until}: programs go on with it."
            yield Step("comes", "API key", words, partial(_adopt, token, owner, owners, target))
    if ended:
        yield Step("declined", "API keys", f"{len(ended)} that were revoked or have expired.")
    if len(tokens) > MAX_TOKENS:
        yield Step("broken", "API keys", f"there are {len(tokens)}: only the first {MAX_TOKENS} come over.")


def _whose(owner: EarlierUser | None, owners: Owners) -> str:
    if owner is None:
        return ""
    is_somebody = owner.id in owners.comes or owners.same(owner) is not None
    return f" of {_shown(owner.name)}" if is_somebody else f" of {_shown(owner.name)} there, without an owner here"


def _adopt(token: EarlierToken, owner: EarlierUser | None, owners: Owners, target: Target) -> None:
    person = owners.of(owner) if owner else None
    form = KeyForm(name=key_name(token.name, f"key {token.id}"), notes=_notes(token), expires_at=token.expires_at)
    target.keys.adopt(token.key, form, person, token.created_at)


def _notes(token: EarlierToken) -> str:
    """The whole name, where it is longer than ours are."""
    return token.name[:MAX_NOTES_CHARACTERS] if len(token.name) > MAX_PERSON_CHARACTERS else ""


def key_name(name: str, otherwise: str) -> str:
    """A name as keys may have it."""
    plain = "".join(character for character in name if character.isprintable()).strip()
    return plain[:MAX_PERSON_CHARACTERS].strip() or otherwise


def _uses(database: DashboardDb, tokens: list[EarlierToken], target: Target) -> Iterator[Step]:
    used = Used(target, hashlib.sha256(database.identity().encode()).hexdigest()[:16])
    before = used.last()
    count = sum(1 for _ in database.uses(before))
    if count:

        def write() -> None:
            keys = {token.id: (token, target.keys.find(target.keys.digest(token.key))) for token in tokens}
            nobody = None, None
            used.write((_record(use, *keys.get(use.token_id or 0, nobody)) for use in database.uses(before)), count)

        yield Step("comes", "Use", f"{counted(count, 'request')}, as rows and in all sums.", write)
    elif before:
        yield Step("there", "Use", "all requests up to now.")


def _record(use: EarlierUse, token: EarlierToken | None, key: ApiKey | None) -> tuple[int, RequestRecord]:
    """`token` is theirs, and `key` what it became here."""
    name = key_name(token.name, f"key {token.id}") if token else "a key that is gone"
    return use.id, RequestRecord(
        id=int(use.ended_at) * 1_000_000 + use.id % 1_000_000,
        request_id=f"earlier-{use.id}",
        at=use.ended_at - use.seconds,
        key_id=key.id if key else f"earlier-{use.token_id or 0}",
        key_name=key.name if key else name,
        user_id=key.owner.id if key and key.owner else None,
        model=use.model[:MAX_NAME_CHARACTERS],
        asked_for=use.model[:MAX_NAME_CHARACTERS],
        endpoint=use.endpoint.removeprefix("/v1/")[:MAX_NAME_CHARACTERS] or "chat/completions",
        status=use.status or 200,
        end_reason=end_reason(use.status),
        error=use.error[:MAX_ERROR_CHARACTERS] if use.error else None,
        attempts=1,
        tokens_out=use.tokens,
        duration=max(0.0, use.seconds),
    )


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:60])
