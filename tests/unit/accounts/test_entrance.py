"""How hard it is to guess: passwords, tries, and the code of a gateway that nobody owns yet."""

import asyncio

import pytest
from argon2 import PasswordHasher

from arenabridge.accounts import set_up
from arenabridge.accounts.passwords import AT_ONCE, MAX_WAITING, Passwords
from arenabridge.accounts.set_up import NamedAdministrator, SetUpCode, administrator_from, lacking_of_administrator
from arenabridge.accounts.throttle import (
    FORGET_SECONDS,
    FREE_TRIES,
    FREE_TRIES_OF_A_NETWORK,
    MAX_REMEMBERED,
    MAX_WAIT_SECONDS,
    Throttle,
    network_of,
)
from arenabridge.errors import CodeNotValid, InvalidRequest, RateLimited

PASSWORD = "correct horse battery"


def quick() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def test_a_password_is_kept_as_argon2id_and_found_again() -> None:
    hashed = await Passwords().hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await Passwords().matches(hashed, PASSWORD)
    assert not await Passwords().matches(hashed, PASSWORD + " ")


@pytest.mark.parametrize("password", ["", "123456789", "x" * 1025])
async def test_a_password_is_long_but_not_endless(password: str) -> None:
    with pytest.raises(InvalidRequest):
        await quick().hash(password)


async def test_any_characters_make_a_password() -> None:
    for password in ("\udc80" * 10, "\x00" * 10, "四" * 10):
        assert await quick().matches(await quick().hash(password), password)


async def test_for_nobody_and_for_a_broken_hash_nothing_matches() -> None:
    assert not await quick().matches(None, "nobody")
    assert not await quick().matches("", "nobody")
    assert not await quick().matches("no hash", PASSWORD)


async def test_an_older_hash_is_known_for_what_it_is() -> None:
    assert Passwords().is_outdated(await quick().hash(PASSWORD))
    assert not quick().is_outdated(await quick().hash(PASSWORD))


async def test_a_flood_of_passwords_is_turned_away() -> None:
    passwords = quick()
    hashed = await passwords.hash(PASSWORD)
    tries = [passwords.matches(hashed, PASSWORD) for _ in range(MAX_WAITING + AT_ONCE + 5)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, RateLimited) for answer in answers) == AT_ONCE + 5
    assert await passwords.matches(hashed, PASSWORD)


def test_a_few_tries_are_free_and_then_each_takes_longer() -> None:
    throttle, now, waits = Throttle(), 0.0, []
    for _ in range(FREE_TRIES + 12):
        try:
            throttle.attempt("ada", "10.0.0.1", now)
        except RateLimited as refused:
            waits.append(refused.retry_after_seconds or 0)
            now += waits[-1]
            throttle.attempt("ada", "10.0.0.1", now)
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == MAX_WAIT_SECONDS
    throttle.attempt("ben", "10.0.0.1", now)
    throttle.attempt("ada", "10.0.0.2", now)
    throttle.attempt("ada", "10.0.0.1", now + FORGET_SECONDS)


def test_whoever_is_right_begins_anew_but_does_not_free_the_network() -> None:
    throttle = Throttle()
    for number in range(FREE_TRIES_OF_A_NETWORK - 1):
        throttle.attempt("own", "10.0.0.1", 0.0)
        throttle.succeeded("own", "10.0.0.1")
        throttle.attempt(f"victim {number}", "10.0.0.1", 0.0)
    throttle.attempt("own", "10.0.0.1", 0.0)
    with pytest.raises(RateLimited):
        throttle.attempt("another victim", "10.0.0.1", 0.0)
    throttle.attempt("own", "10.0.0.2", 0.0)


def test_a_flood_of_names_and_addresses_costs_no_memory() -> None:
    throttle = Throttle()
    for number in range(MAX_REMEMBERED + 100):
        throttle.attempt(f"name {number}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(throttle) == 2 * MAX_REMEMBERED


@pytest.mark.parametrize(
    ("address", "network"),
    [("10.0.0.1", "10.0.0.1"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("::ffff:1.2.3.4", "1.2.3.4"), ("x", "x")],
)
def test_a_household_is_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_set_up_code_is_good_for_a_day() -> None:
    now = 0.0
    code = SetUpCode(lambda: now)
    code.check(code.code)
    assert code.code not in repr(code)
    for wrong in ("", code.code[:-1], "\udc80"):
        with pytest.raises(CodeNotValid):
            code.check(wrong)
    printed, now = code.code, set_up.LIFETIME_SECONDS
    assert code.code == ""
    for each in (printed, ""):
        with pytest.raises(CodeNotValid):
            code.check(each)


def test_the_environment_names_an_administrator_under_either_name() -> None:
    environment = {"ADMIN_USERNAME": "ada", "ADMIN_EMAIL": "a@b", "ARENABRIDGE_ADMIN_PASSWORD": PASSWORD}
    named = administrator_from(environment)
    assert named == NamedAdministrator("ada", "a@b", PASSWORD)
    assert PASSWORD not in repr(named)
    assert administrator_from({"ADMIN_USERNAME": "ada"}) is None


def test_what_lacks_for_an_administrator_is_known() -> None:
    assert lacking_of_administrator({"ADMIN_USERNAME": "ada"}) == "ADMIN_PASSWORD"
    assert lacking_of_administrator({"ARENABRIDGE_ADMIN_PASSWORD": PASSWORD}) == "ADMIN_USERNAME"
    assert lacking_of_administrator({"ADMIN_EMAIL": "a@b"}) == "ADMIN_USERNAME"
    assert lacking_of_administrator({}) == ""
    assert lacking_of_administrator({"ADMIN_USERNAME": "ada", "ADMIN_PASSWORD": PASSWORD}) == ""
