"""Workers' credentials: told once, kept as digests, theirs alone, and given for a code that is good once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from arenabridge.accounts.enrolment import LIFETIME_SECONDS, Enrolments
from arenabridge.accounts.people import People
from arenabridge.accounts.throttle import FREE_TRIES, MAX_WAIT_SECONDS
from arenabridge.accounts.worker_verification import REMEMBER_SECONDS, WorkerVerifier
from arenabridge.accounts.workers import MAX_OF_ONE_PERSON, PREFIX, SHOWN_CHARACTERS, WorkerCredentials, WorkerForm
from arenabridge.errors import (
    AlreadyThere,
    CodeNotValid,
    InvalidRequest,
    InvalidWorkerCredential,
    NotFound,
    RateLimited,
)
from arenabridge.storage.tables.workers import worker_credentials
from servers.sql import Sql

AT_HOME = WorkerForm(name="at home")


@dataclass
class Desk:
    """The stores on a clock that the test sets."""

    database: Engine
    now: float = 1000.0

    def __post_init__(self) -> None:
        self.people = People(self.database, lambda: self.now)
        self.store = WorkerCredentials(self.database, b"pepper", "derived of {}".format, lambda: self.now)
        self.codes = Enrolments(self.database, b"other pepper", self.store, lambda: self.now)
        self.ann = self.people.add("Ann", None, "admin", "").id
        self.ben = self.people.add("Ben", None, "user", "").id

    def verifier(self, *tokens: str) -> WorkerVerifier:
        return WorkerVerifier(self.store, tokens, lambda: self.now)


@pytest.fixture
def desk(sql: Sql) -> Desk:
    return Desk(sql.open())


def test_a_code_becomes_one_credential_however_it_is_typed(desk: Desk) -> None:
    told = desk.codes.create("at home", desk.ann, "owner")
    made, credential = desk.codes.redeem(f" {told.code.lower().replace('-', ' ')}\n")
    assert credential.startswith(PREFIX)
    assert (made.name, made.kind, made.owner and made.owner.name) == ("at home", "relay", "Ann")
    assert (made.form.sharing, made.prefix) == ("owner", credential[:SHOWN_CHARACTERS])
    found = desk.store.find(desk.store.digest(credential))
    assert found == made
    with pytest.raises(CodeNotValid):
        desk.codes.redeem(told.code)


def test_of_many_who_use_a_code_at_once_one_gets_a_credential(desk: Desk) -> None:
    told = desk.codes.create("at home", None, "all")

    def redeem(_: int) -> bool:
        try:
            desk.codes.redeem(told.code)
        except CodeNotValid:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(redeem, range(8))) == 1
    assert len(desk.store.all()) == 1


def test_a_code_is_good_for_ten_minutes(desk: Desk) -> None:
    told = desk.codes.create("at home", desk.ann, "owner")
    desk.now = told.expires_at
    assert told.expires_at == 1000 + LIFETIME_SECONDS
    with pytest.raises(CodeNotValid):
        desk.codes.redeem(told.code)


def test_a_code_whose_use_fails_is_still_good(desk: Desk) -> None:
    told = desk.codes.create("at home", desk.ann, "owner")
    with pytest.raises(InvalidRequest):
        desk.codes.redeem(told.code, "a name\nof two lines")
    assert desk.codes.redeem(told.code, "another name")[0].name == "another name"


def test_neither_codes_nor_credentials_are_kept(desk: Desk, tmp_path: Path) -> None:
    told = desk.codes.create("at home", desk.ann, "owner")
    _, of_relay = desk.codes.redeem(told.code)
    _, of_browser = desk.store.make("browser", AT_HOME, desk.ann)
    desk.database.dispose()
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    for secret in (told.code, told.code.replace("-", ""), of_relay, of_browser, of_browser.removeprefix(PREFIX)):
        assert secret.encode() not in kept
        assert secret not in repr(told)


def test_the_credential_of_a_browser_is_told_again(desk: Desk) -> None:
    made, credential = desk.store.make("browser", AT_HOME, desk.ann)
    assert desk.store.of_browser(made.id) == credential == f"{PREFIX}derived of {made.id}"


def test_who_is_removed_leaves_no_credential_that_works(desk: Desk) -> None:
    made, _ = desk.store.make("relay", AT_HOME, desk.ben)
    code = desk.codes.create("another", desk.ben, "owner").code
    desk.people.remove(desk.ben)
    (left,) = desk.store.all()
    assert (left.id, left.owner, left.revoked_at) == (made.id, None, 1000.0)
    with pytest.raises(CodeNotValid):
        desk.codes.redeem(code)


def test_a_team_is_of_people_who_are_there(desk: Desk) -> None:
    made, _ = desk.store.make("relay", WorkerForm(name="x", sharing="team", team=(desk.ben,)), desk.ann)
    assert made.form.team == (desk.ben,)
    with pytest.raises(InvalidRequest):
        desk.store.write(made.id, WorkerForm(name="x", sharing="team", team=("nobody",)))
    assert desk.store.get(made.id) == made
    desk.people.remove(desk.ben)
    left = desk.store.get(made.id)
    assert left is not None
    assert left.form.team == ()


def test_what_was_revoked_is_not_changed(desk: Desk) -> None:
    made, _ = desk.store.make("relay", AT_HOME, None)
    assert desk.store.revoke(made.id)
    assert not desk.store.revoke(made.id)
    with pytest.raises(NotFound):
        desk.store.write(made.id, AT_HOME)


def test_a_person_has_so_many_and_others_are_not_counted(desk: Desk) -> None:
    of_all = {"prefix": "", "name": "x", "kind": "relay", "owner_id": desk.ann, "sharing": "owner", "created_at": 1.0}
    with desk.database.begin() as connection:
        connection.execute(
            insert(worker_credentials),
            [{**of_all, "id": str(each), "digest": b"%d" % each} for each in range(MAX_OF_ONE_PERSON)],
        )
    with pytest.raises(AlreadyThere):
        desk.store.make("relay", AT_HOME, desk.ann)
    first, *_ = desk.store.all(desk.ann)
    desk.store.make("relay", AT_HOME, desk.ben)
    desk.store.revoke(first.id)
    desk.store.make("relay", AT_HOME, desk.ann)


# -- verification


@pytest.mark.parametrize("wrong", ["", "x", PREFIX, PREFIX + "x" * 43, "é\udcff"])
def test_an_unknown_credential_opens_nothing(desk: Desk, wrong: str) -> None:
    desk.store.make("relay", AT_HOME, None)
    with pytest.raises(InvalidWorkerCredential):
        asyncio.run(desk.verifier("a token").of(wrong, "relay"))


def test_a_credential_opens_the_door_of_its_kind_alone(desk: Desk) -> None:
    made, credential = desk.store.make("relay", AT_HOME, desk.ann)
    verifier = desk.verifier()
    assert asyncio.run(verifier.of(credential, "relay")).id == made.id
    with pytest.raises(InvalidWorkerCredential, match="of a relay"):
        asyncio.run(verifier.of(credential, "browser"))


def test_a_revocation_holds_at_once_where_it_is_told_and_soon_elsewhere(desk: Desk) -> None:
    made, credential = desk.store.make("relay", AT_HOME, desk.ann)
    here, elsewhere = desk.verifier(), desk.verifier()
    for verifier in (here, elsewhere):
        asyncio.run(verifier.of(credential, "relay"))
    desk.store.revoke(made.id)
    here.forget()
    desk.now += REMEMBER_SECONDS - 1
    asyncio.run(elsewhere.of(credential, "relay"))
    desk.now += 1
    for verifier in (here, elsewhere):
        with pytest.raises(InvalidWorkerCredential, match="revoked"):
            asyncio.run(verifier.of(credential, "relay"))


def test_a_revocation_during_a_look_up_holds_for_it(desk: Desk) -> None:
    made, credential = desk.store.make("relay", AT_HOME, desk.ann)

    class Late(WorkerCredentials):
        """Its first answer is late: meanwhile the credential is revoked."""

        def find(self, digest: bytes) -> object:  # type: ignore[override]  # what it is matters to nobody here
            found = super().find(digest)
            if self.revoke(made.id):
                verifier.forget()
            return found

    verifier = WorkerVerifier(Late(desk.database, b"pepper", str), (), lambda: desk.now)
    with pytest.raises(InvalidWorkerCredential, match="revoked"):
        asyncio.run(verifier.of(credential, "relay"))


def test_a_disabled_owners_credentials_open_nothing(desk: Desk) -> None:
    _, credential = desk.store.make("relay", AT_HOME, desk.ben)
    desk.people.set_disabled(desk.ben, disabled=True)
    with pytest.raises(InvalidWorkerCredential, match="switched off"):
        asyncio.run(desk.verifier().of(credential, "relay"))


def test_when_it_was_last_seen_is_told_at_once_and_written_down(desk: Desk) -> None:
    made, credential = desk.store.make("relay", AT_HOME, None)
    verifier = desk.verifier()
    desk.now = 2000.0
    asyncio.run(verifier.of(credential, "relay"))
    assert verifier.last_seen(made) == 2000.0
    verifier.write_down_seen()
    kept = desk.store.get(made.id)
    assert kept is not None
    assert kept.last_seen_at == verifier.last_seen(kept) == 2000.0


def test_tokens_are_guessed_a_few_times_from_an_address_and_what_is_good_there_is_never_held_up(desk: Desk) -> None:
    verifier = desk.verifier("token one", "token two")
    _, credential = desk.store.make("relay", AT_HOME, None)

    def attempt(text: str, address: str = "192.0.2.1") -> None:
        asyncio.run(verifier.attempt(text, address))

    attempt("token one")
    for number in range(FREE_TRIES):
        attempt(f"guess {number}")
    for guess in ("guess", "token two"):
        with pytest.raises(RateLimited):
            attempt(guess)
    for good in ("token one", credential):
        attempt(good)
    attempt("token two", "192.0.2.2")
    desk.now += MAX_WAIT_SECONDS
    attempt("token two")


def test_where_there_are_no_tokens_nothing_can_be_guessed(desk: Desk) -> None:
    for number in range(FREE_TRIES + 2):
        asyncio.run(desk.verifier().attempt(f"guess {number}", "192.0.2.1"))


def test_tokens_of_the_settings_are_known(desk: Desk) -> None:
    verifier = desk.verifier("token one", "token two")
    assert verifier.is_token("token one")
    assert not verifier.is_token("token")
    assert not verifier.is_token("")
