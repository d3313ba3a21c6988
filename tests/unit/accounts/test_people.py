"""People, their sessions, and what they leave in the audit log."""

from dataclasses import dataclass

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.exc import DBAPIError

from arenabridge.accounts.audit import AuditLog, Sought
from arenabridge.accounts.invitations import Invitations
from arenabridge.accounts.keys import ApiKeyStore, KeyForm
from arenabridge.accounts.password_resets import DEFAULT_LIFETIME_SECONDS, PasswordResets
from arenabridge.accounts.people import People, Person, Role, User
from arenabridge.accounts.sessions import LIFETIME_SECONDS, MAX_OF_ONE_PERSON, Sessions
from arenabridge.errors import AlreadyThere, CodeNotValid, InvalidRequest, NotFound
from arenabridge.storage.tables.people import audit_log
from servers.sql import Sql


@dataclass
class House:
    """All stores of people, on a clock that the test sets."""

    database: Engine
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.people = People(self.database, lambda: self.now)
        self.sessions = Sessions(self.database, b"pepper", lambda: self.now)
        self.invitations = Invitations(self.database, b"pepper", self.people, lambda: self.now)
        self.resets = PasswordResets(self.database, b"pepper", self.people, lambda: self.now)
        self.audit = AuditLog(self.database, lambda: self.now)

    def add(self, name: str = "Ada", role: Role = "admin", email: str | None = None) -> User:
        return self.people.add(name, email, role, "hash")


@pytest.fixture
def house(sql: Sql) -> House:
    return House(sql.open())


@pytest.mark.parametrize("name", ["ADA", " ada ", "\uff21da", "ada@example.org", "ADA@EXAMPLE.ORG"])
def test_names_and_addresses_are_compared_as_people_read_them(house: House, name: str) -> None:
    ada = house.add("Ada", email="Ada@Example.org")
    assert house.people.find(name) == ada
    with pytest.raises(AlreadyThere):
        house.people.add("aDA", None, "user", "hash")
    with pytest.raises(AlreadyThere):
        house.people.add("other", "ada@EXAMPLE.org", "user", "hash")


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\u202eb", "x" * 65, "\x00"])
def test_a_name_can_be_seen_and_is_one_line(house: House, name: str) -> None:
    with pytest.raises(InvalidRequest):
        house.add(name)


def test_only_the_first_can_be_the_first(house: House) -> None:
    needed = [house.people.setup_needed]
    house.people.add("Ada", None, "admin", "hash", only_first=True)
    needed.append(house.people.setup_needed)
    assert needed == [True, False]
    with pytest.raises(AlreadyThere):
        house.people.add("Eve", None, "admin", "hash", only_first=True)
    assert [user.name for user in house.people.all()] == ["Ada"]


def test_there_is_always_an_administrator_who_can_come_in(house: House) -> None:
    ada, ben = house.add(), house.add("Ben", "user")
    with pytest.raises(AlreadyThere):
        house.people.remove(ada.id)
    with pytest.raises(AlreadyThere):
        house.people.set_disabled(ada.id, disabled=True)
    with pytest.raises(AlreadyThere):
        house.people.change(ada.id, role="user")
    house.people.change(ben.id, role="admin")
    assert house.people.set_disabled(ada.id, disabled=True).disabled_at == 1000.0
    with pytest.raises(AlreadyThere):
        house.people.remove(ben.id)
    house.people.remove(ada.id)


def test_whoever_goes_takes_sessions_and_keys_along(house: House) -> None:
    house.add()
    ben = house.add("Ben", "user")
    keys = ApiKeyStore(house.database, b"pepper")
    made, key = keys.make(KeyForm(name="ben's"), ben.id)
    assert made.owner is not None
    assert made.owner.name == "Ben"
    token = house.sessions.begin(ben.id, address="", agent="")
    house.people.remove(ben.id)
    assert house.sessions.find(token) is None
    assert keys.find(keys.digest(key)) is None
    assert keys.get(made.id) is not None
    with pytest.raises(NotFound):
        house.people.get(ben.id)


def test_a_session_lives_on_while_it_is_used_and_a_week_longer(house: House) -> None:
    ada = house.add()
    token = house.sessions.begin(ada.id, address="10.0.0.1", agent="x" * 1000)
    for _ in range(5):
        house.now += LIFETIME_SECONDS - 1
        found = house.sessions.find(token)
        assert found is not None
        assert found[0] == ada.as_person()
    house.now += LIFETIME_SECONDS
    assert house.sessions.find(token) is None
    assert house.sessions.all_of(ada.id) == []


def test_a_session_of_somebody_disabled_opens_nothing(house: House) -> None:
    house.add()
    ben = house.add("Ben", "user")
    token = house.sessions.begin(ben.id, address="", agent="")
    house.people.set_disabled(ben.id, disabled=True)
    assert house.sessions.find(token) is None


def test_sessions_of_one_person_are_bounded_and_ended_by_nobody_else(house: House) -> None:
    ada, ben = house.add(), house.add("Ben", "user")
    for _ in range(MAX_OF_ONE_PERSON + 5):
        house.now += 1
        house.sessions.begin(ada.id, address="", agent="")
    kept = house.sessions.all_of(ada.id)
    assert len(kept) == MAX_OF_ONE_PERSON
    assert kept[0].created_at == house.now
    assert not house.sessions.end(kept[0].id, user_id=ben.id)
    assert house.sessions.end(kept[0].id, user_id=ada.id)
    assert house.sessions.end_all(ada.id, but=kept[1].id) == MAX_OF_ONE_PERSON - 2


@pytest.mark.parametrize("token", ["", "x", "\udc80" * 43, "é" * 43, "x" * 10**6])
def test_what_is_no_token_opens_nothing(house: House, token: str) -> None:
    assert house.sessions.find(token) is None


def test_an_invitation_is_good_once_and_for_a_while(house: House) -> None:
    house.add()
    made, code = house.invitations.create("user", note="Ben", created_by="Ada", lifetime_seconds=60)
    with pytest.raises(AlreadyThere):
        house.invitations.join(code, "ada", None, "hash")
    assert house.invitations.join(code, "Ben", None, "hash").role == "user"
    assert house.invitations.all()[0].used_by == "Ben"
    with pytest.raises(CodeNotValid):
        house.invitations.join(code, "Eve", None, "hash")
    assert not house.invitations.withdraw(made.id)
    _, late = house.invitations.create("admin", note="", created_by="Ada", lifetime_seconds=60)
    house.now += 60
    with pytest.raises(CodeNotValid):
        house.invitations.find(late)
    with pytest.raises(CodeNotValid):
        house.invitations.find("guessed")


def test_the_audit_log_is_only_ever_added_to(house: House) -> None:
    ada = Person("1", "Ada", None, "admin")
    for number in range(1203):
        house.audit.record(ada, "key.created" if number % 2 else "user.created", str(number))
    assert [act.target for act in house.audit.export()] == [str(number) for number in reversed(range(1203))]
    page = house.audit.page(Sought(action="key."), limit=2)
    assert [act.target for act in page] == ["1201", "1199"]
    assert house.audit.page(Sought(actor="Ada"), before=page[-1].id, limit=1)[0].target == "1198"
    assert house.audit.page(Sought(action="%")) == house.audit.page(Sought(actor="nobody")) == []
    assert house.audit.page(Sought(until=house.now)) == house.audit.page(Sought(since=house.now + 1)) == []
    assert house.audit.page(Sought(since=house.now, until=house.now + 1), limit=1)
    for change in (update(audit_log).values(actor="Eve"), delete(audit_log)):
        with pytest.raises(DBAPIError, match="only ever added to"), house.database.begin() as connection:
            connection.execute(change)


def test_a_link_for_a_new_password_is_good_once_and_signs_out_everywhere(house: House) -> None:
    ada = house.add()
    token = house.sessions.begin(ada.id, address="127.0.0.1", agent="a browser")
    earlier, link = house.resets.create(ada.id), house.resets.create(ada.id)
    with pytest.raises(CodeNotValid):
        house.resets.find(earlier.code)
    assert house.resets.find(link.code) == ada
    assert house.sessions.find(token) is not None
    assert house.resets.use(link.code, "new hash").password_hash == "new hash"
    assert house.sessions.find(token) is None
    with pytest.raises(CodeNotValid):
        house.resets.use(link.code, "newer hash")
    assert house.people.get(ada.id).password_hash == "new hash"


def test_no_link_for_a_new_password_outlives_its_day_another_password_or_its_person(house: House) -> None:
    house.add()
    ben = house.add("Ben", "user")
    late = house.resets.create(ben.id)
    house.now += DEFAULT_LIFETIME_SECONDS
    with pytest.raises(CodeNotValid):
        house.resets.find(late.code)
    overtaken = house.resets.create(ben.id)
    house.people.set_password(ben.id, "chosen meanwhile")
    with pytest.raises(CodeNotValid):
        house.resets.use(overtaken.code, "hash")
    link = house.resets.create(ben.id)
    house.people.set_disabled(ben.id, disabled=True)
    with pytest.raises(CodeNotValid, match="switched off"):
        house.resets.use(link.code, "hash")
    house.people.remove(ben.id)
    with pytest.raises(CodeNotValid):
        house.resets.find(link.code)
    with pytest.raises(NotFound):
        house.resets.create(ben.id)
