"""API keys: seen once, kept as digests, revoked for good, and remembered only for a while."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError

from arenabridge.accounts.key_limits import KeyLimits
from arenabridge.accounts.keys import PREFIX, UNKNOWN, ApiKeyStore, KeyForm
from arenabridge.accounts.verification import (
    ANYBODY,
    MAX_REMEMBERED,
    REMEMBER_SECONDS,
    WITHOUT_DATABASE_SECONDS,
    KeyVerifier,
)
from arenabridge.errors import AlreadyThere, ChangedMeanwhile, InvalidApiKey, InvalidRequest
from arenabridge.wire.profile import ClientProfile
from servers.sql import Sql, of_file


@dataclass
class Desk:
    """A store on a clock that the test sets, and how often the database was asked."""

    database: Engine
    now: float = 1000.0
    questions: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = ApiKeyStore(self.database, b"pepper", unix=lambda: self.now)
        event.listen(self.database, "before_cursor_execute", lambda *args: self._asked(args[2]))

    def _asked(self, statement: str) -> None:
        if "LEFT OUTER JOIN users" in statement:
            self.questions.append(statement)

    def change(self, id_: str, *, version: int | None = None, **fields: Any) -> bool:
        changed = self.store.change(id_, lambda key: replace(KeyForm.of(key), **fields), version)
        return changed is not None

    def verifier(self, *, required: bool = True) -> KeyVerifier:
        return KeyVerifier(self.store, required=required, now=lambda: self.now)


@pytest.fixture
def desk(sql: Sql) -> Desk:
    return Desk(sql.open())


def test_a_key_is_found_by_its_digest_alone(desk: Desk) -> None:
    assert desk.store.is_empty()
    key = desk.store.create("mine")
    assert not desk.store.is_empty()
    found = desk.store.find(desk.store.digest(key))
    assert found is not None
    assert (found.name, found.created_at, found.revoked_at) == ("mine", 1000.0, None)
    assert key.startswith(found.prefix)
    assert len(found.prefix) == len(PREFIX) + 4
    assert desk.store.find(desk.store.digest(key + "x")) is None
    assert desk.store.find(b"") is None


def test_keys_are_long_and_never_alike(desk: Desk) -> None:
    keys = {desk.store.create("same name") for _ in range(20)}
    assert len(keys) == len({key.removeprefix(PREFIX) for key in keys}) == 20
    assert min(map(len, keys)) >= len(PREFIX) + 43


def test_under_another_pepper_a_stolen_database_opens_nothing(desk: Desk) -> None:
    key = desk.store.create("mine")
    other = ApiKeyStore(desk.database, b"other pepper")
    assert other.find(other.digest(key)) is None


def test_a_revoked_key_is_listed_and_opens_nothing_ever_again(desk: Desk) -> None:
    first = desk.store.create("first")
    desk.now = 1500.0
    second = desk.store.create("second")
    revoked = desk.store.all()[0]
    desk.now = 2000.0
    assert desk.store.revoke(revoked.id)
    desk.now = 3000.0
    assert not desk.store.revoke(revoked.id)
    assert not desk.store.revoke("nobody")
    assert [(key.name, key.revoked_at) for key in desk.store.all()] == [("first", 2000.0), ("second", None)]
    assert desk.store.find(desk.store.digest(first)) is None
    assert desk.store.find(desk.store.digest(second)) is not None
    assert not desk.store.is_empty()


@pytest.mark.parametrize("key", ["é", "\udc80", "x" * 10**6, "' or 1=1 --", "\x00"])
async def test_whatever_is_no_key_is_refused_and_not_repeated(desk: Desk, key: str) -> None:
    with pytest.raises(InvalidApiKey) as refused:
        await desk.verifier().verify(key)
    assert len(str(refused.value)) < 120


async def test_a_wrong_key_is_shown_no_further_than_ours_are(desk: Desk) -> None:
    with pytest.raises(InvalidApiKey, match=r"sk-lmarena-abcd\.\.\.") as ours:
        await desk.verifier().verify(PREFIX + "abcdefgh")
    assert "abcde" not in str(ours.value)
    with pytest.raises(InvalidApiKey, match=r"sk-\.\.\.") as foreign:
        await desk.verifier().verify("sk-secret-of-another-service")
    assert "secret" not in str(foreign.value)


@pytest.mark.parametrize("key", [None, ""])
async def test_no_key_is_told_apart_from_a_wrong_one(desk: Desk, key: str | None) -> None:
    with pytest.raises(InvalidApiKey, match="didn't provide"):
        await desk.verifier().verify(key)


@pytest.mark.parametrize("key", [None, "", "anything"])
async def test_where_none_is_required_nobody_is_asked(desk: Desk, key: str | None) -> None:
    assert await desk.verifier(required=False).verify(key) == ANYBODY
    assert desk.questions == []


async def test_a_key_is_looked_up_once_in_a_while_good_or_bad(desk: Desk) -> None:
    verifier, key = desk.verifier(), desk.store.create("mine")
    desk.questions.clear()
    for _ in range(3):
        assert (await verifier.verify(key)).name == "mine"
        with pytest.raises(InvalidApiKey):
            await verifier.verify("bad")
    assert len(desk.questions) == 2
    desk.now += REMEMBER_SECONDS
    await verifier.verify(key)
    assert len(desk.questions) == 3


async def test_a_revoked_key_is_refused_after_a_while_at_the_latest(desk: Desk) -> None:
    verifier, key = desk.verifier(), desk.store.create("mine")
    await verifier.verify(key)
    desk.store.revoke(desk.store.all()[0].id)
    desk.now += REMEMBER_SECONDS
    with pytest.raises(InvalidApiKey):
        await verifier.verify(key)


async def test_a_flood_of_bad_keys_costs_no_memory_and_shuts_nobody_out(desk: Desk) -> None:
    verifier, key = desk.verifier(), desk.store.create("mine")
    await verifier.verify(key)
    for number in range(MAX_REMEMBERED + 10):
        verifier._remember(number.to_bytes(4, "big"), None)
    assert len(verifier._remembered) == MAX_REMEMBERED
    assert (await verifier.verify(key)).name == "mine"


async def test_how_a_client_wants_to_be_served_is_part_of_its_key(desk: Desk) -> None:
    wishes = ClientProfile(strict=True, reasoning="think")
    plain, particular = desk.store.create("plain"), desk.store.create("particular", wishes)
    assert (await desk.verifier().verify(plain)).profile == ClientProfile()
    assert (await desk.verifier().verify(particular)).profile == wishes
    assert (await desk.verifier(required=False).verify(None)).profile == ClientProfile()


async def test_a_changed_wish_is_followed_after_a_while_at_the_latest(desk: Desk) -> None:
    verifier, key = desk.verifier(), desk.store.create("mine")
    await verifier.verify(key)
    assert desk.change(desk.store.all()[0].id, profile=ClientProfile(overflow="trim_oldest"))
    desk.now += REMEMBER_SECONDS
    assert (await verifier.verify(key)).profile.overflow == "trim_oldest"


def test_a_revoked_or_unknown_key_can_not_be_changed(desk: Desk) -> None:
    desk.store.create("mine")
    (key,) = desk.store.all()
    assert desk.store.valid(key.id) == key
    desk.store.revoke(key.id)
    for id_ in (key.id, "nobody"):
        assert desk.store.valid(id_) is None
        assert not desk.change(id_, profile=ClientProfile(strict=True))
    assert desk.store.all()[0].profile == ClientProfile()


async def test_after_a_rotation_both_secrets_open_the_same_key_for_a_while(desk: Desk) -> None:
    old = desk.store.create("mine")
    (key,) = desk.store.all()
    new = desk.store.rotate(key.id, overlap_seconds=60)
    assert new is not None
    verifier = desk.verifier()
    assert (await verifier.verify(old)).id == (await verifier.verify(new)).id == key.id
    desk.now += 60
    with pytest.raises(InvalidApiKey):
        await verifier.verify(old)
    assert (await verifier.verify(new)).id == key.id


def test_a_second_rotation_ends_the_first_secret_and_none_brings_a_revoked_key_back(desk: Desk) -> None:
    first = desk.store.create("mine")
    (key,) = desk.store.all()
    second = desk.store.rotate(key.id, overlap_seconds=60)
    third = desk.store.rotate(key.id, overlap_seconds=0)
    assert second is not None
    assert third is not None
    assert [desk.store.find(desk.store.digest(each)) is not None for each in (first, second, third)] == [
        False,
        False,
        True,
    ]
    desk.store.revoke(key.id)
    assert desk.store.rotate(key.id, overlap_seconds=60) is None


async def test_an_expired_or_switched_off_key_is_refused_at_once_though_it_is_remembered(desk: Desk) -> None:
    made, key = desk.store.make(KeyForm(name="mine", expires_at=desk.now + 5))
    verifier = desk.verifier()
    await verifier.verify(key)
    desk.now += 5
    with pytest.raises(InvalidApiKey, match="expired"):
        await verifier.verify(key)
    desk.change(made.id, expires_at=None, disabled_by="somebody")
    verifier.forget()
    with pytest.raises(InvalidApiKey, match="switched off"):
        await verifier.verify(key)
    desk.change(made.id, disabled_by=None)
    verifier.forget()
    assert (await verifier.verify(key)).id == made.id


async def test_what_was_looked_up_before_a_change_is_not_remembered_after_it(desk: Desk) -> None:
    """The change comes while the database is asked."""
    key = desk.store.create("mine")
    verifier = desk.verifier()
    event.listen(desk.database, "after_cursor_execute", lambda *_: verifier.forget(), once=True)
    await verifier.verify(key)
    assert verifier._remembered == {}


async def test_when_a_key_was_used_is_written_down_now_and_then(desk: Desk) -> None:
    verifier, key = desk.verifier(), desk.store.create("mine")
    for _ in range(3):
        desk.now += 1
        await verifier.verify(key)
    assert desk.store.all()[0].last_used_at is None
    assert verifier.last_used(desk.store.all()[0]) == desk.now
    verifier.write_down_use()
    assert desk.store.all()[0].last_used_at == desk.now


def test_a_key_keeps_what_people_decided_about_it(desk: Desk) -> None:
    limits = KeyLimits(requests_per_day=5, denied_models=("a*", "b"), networks=("10.0.0.0/8",))
    form = KeyForm(name="mine", notes="for the cat", expires_at=9e9, administers=True, limits=limits)
    made, _ = desk.store.make(form)
    assert KeyForm.of(made) == form
    changed = desk.store.change(made.id, lambda _: KeyForm(name="other"))
    assert changed is not None
    assert KeyForm.of(changed) == KeyForm(name="other")


def test_two_who_change_a_key_at_once_lose_nothing_of_each_other(desk: Desk) -> None:
    made, _ = desk.store.make(KeyForm(name="0", notes="0", limits=KeyLimits(denied_models=("a",))))

    def often(field_: str) -> None:
        for number in range(10):
            given: dict[str, Any] = {field_: str(number + 1)}
            desk.change(made.id, **given)

    with ThreadPoolExecutor(2) as both:
        list(both.map(often, ("name", "notes")))
    key = desk.store.get(made.id)
    assert key is not None
    assert (key.name, key.notes, key.limits, key.version) == ("10", "10", made.limits, 21)


def test_a_change_of_what_has_changed_meanwhile_is_refused_and_one_that_is_refused_changes_nothing(desk: Desk) -> None:
    made, _ = desk.store.make(KeyForm(name="mine"))
    assert desk.change(made.id, name="theirs", version=made.version)
    with pytest.raises(ChangedMeanwhile):
        desk.change(made.id, name="mine again", version=made.version)
    with pytest.raises(InvalidRequest):
        desk.change(made.id, notes="kept?", name="")
    key = desk.store.get(made.id)
    assert key is not None
    assert (key.name, key.notes, key.version) == ("theirs", "", 2)


def test_a_key_that_was_switched_off_before_that_was_noted_is_off_by_nobody_known(desk: Desk) -> None:
    made, _ = desk.store.make(KeyForm(name="mine", disabled_by="somebody"))
    with desk.database.begin() as connection:
        connection.execute(text("UPDATE api_keys SET disabled_by = NULL"))
    key = desk.store.get(made.id)
    assert key is not None
    assert (key.disabled_at, key.disabled_by) == (desk.now, UNKNOWN)


def test_a_rotation_ends_no_secret_before_its_time_unless_that_is_said(desk: Desk) -> None:
    first = desk.store.create("mine")
    (key,) = desk.store.all()
    second = desk.store.rotate(key.id, overlap_seconds=60)
    with pytest.raises(AlreadyThere, match="1970-01-01 00:17 UTC"):
        desk.store.rotate(key.id, overlap_seconds=60)
    assert second is not None
    assert [desk.store.find(desk.store.digest(each)) is not None for each in (first, second)] == [True, True]
    desk.now += 60
    assert desk.store.rotate(key.id, overlap_seconds=60) is not None


async def test_while_the_database_is_away_keys_that_were_used_lately_are_good(tmp_path: Path) -> None:
    with of_file(tmp_path) as sql:
        desk = Desk(sql.open())
        key, verifier = desk.store.create("mine"), desk.verifier()
        record = await verifier.of(key)
        with desk.database.begin() as connection:
            connection.execute(text("ALTER TABLE api_keys RENAME TO away"))
        desk.now += REMEMBER_SECONDS
        verifier.doubt()
        assert await verifier.of(key) == record
        for bad in (key + "x", ""):
            with pytest.raises((InvalidApiKey, DBAPIError)):
                await verifier.of(bad)
        desk.now += WITHOUT_DATABASE_SECONDS
        with pytest.raises(DBAPIError):
            await verifier.of(key)


async def test_a_key_that_another_gateway_has_revoked_is_not_good_then_either(tmp_path: Path) -> None:
    with of_file(tmp_path) as sql:
        desk = Desk(sql.open())
        key, verifier = desk.store.create("mine"), desk.verifier()
        await verifier.of(key)
        with desk.database.begin() as connection:
            connection.execute(text("ALTER TABLE api_keys RENAME TO away"))
        verifier.forget_here()
        with pytest.raises(DBAPIError):
            await verifier.of(key)
