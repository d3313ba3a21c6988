"""Limits of the moment: what is asked for, reserved, settled and shown, on a clock that the test sets."""

import contextlib
import random

import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.accounts.key_limits import KeyLimits, checked
from arenabridge.accounts.limits import MAX_METERS, Meters, Ticket, in_words
from arenabridge.errors import AddressNotAllowed, InvalidRequest, ModelNotAllowed, RateLimited


def ask(meters: Meters, limits: KeyLimits, now: float, tokens: int = 0, requests: int = 1) -> Ticket:
    return meters.reserve("key", limits, requests=requests, tokens=tokens, now=now)


def test_no_more_than_the_limit_within_a_minute_and_then_again() -> None:
    meters, limits = Meters(), KeyLimits(requests_per_minute=3)
    for now in (0.0, 10.0, 20.0):
        ask(meters, limits, now)
    with pytest.raises(RateLimited) as refused:
        ask(meters, limits, 30.0)
    assert refused.value.retry_after_seconds == 31.0
    assert refused.value.headers == {
        "x-ratelimit-limit-requests": "3",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "51s",
    }
    ask(meters, limits, 61.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 5, allow_nan=False), max_size=150), st.integers(1, 10))
def test_no_60_seconds_ever_hold_more_than_the_limit(gaps: list[float], most: int) -> None:
    meters, limits, now = Meters(), KeyLimits(requests_per_minute=most), 0.0
    let_in: list[float] = []
    for gap in gaps:
        now += gap
        with contextlib.suppress(RateLimited):
            ask(meters, limits, now)
            let_in.append(now)
        assert len([each for each in let_in if each > now - 60]) <= most


@settings(max_examples=50, deadline=None)
@given(st.randoms(use_true_random=False))
def test_whoever_waits_as_long_as_told_is_let_in(chance: random.Random) -> None:
    meters, limits, now = Meters(), KeyLimits(requests_per_minute=4, tokens_per_minute=100), 0.0
    for _ in range(40):
        now += chance.uniform(0, 10)
        tokens = chance.randrange(100)
        try:
            ticket = ask(meters, limits, now, tokens)
        except RateLimited as refused:
            now += refused.retry_after_seconds or 0
            ticket = ask(meters, limits, now, tokens)
        meters.settle(ticket, tokens // 2, now)


def test_tokens_become_what_was_used_and_a_second_settling_changes_nothing() -> None:
    meters, limits = Meters(), KeyLimits(tokens_per_minute=100)
    ticket = ask(meters, limits, 0.0, tokens=30)
    assert meters.headers("key", limits, 0.0)["x-ratelimit-remaining-tokens"] == "70"
    for used in (90, 5):
        meters.settle(ticket, used, 1.0)
    assert meters.headers("key", limits, 1.0)["x-ratelimit-remaining-tokens"] == "10"
    with pytest.raises(RateLimited):
        ask(meters, limits, 1.0, tokens=11)
    assert meters.headers("key", limits, 62.0)["x-ratelimit-remaining-tokens"] == "100"


def test_what_was_given_back_late_never_counts_for_more_than_there_was() -> None:
    meters, limits = Meters(), KeyLimits(tokens_per_minute=100)
    ticket = ask(meters, limits, 0.0, tokens=80)
    meters.settle(ticket, 0, 59.0)
    for now in (59.0, 61.0, 100.0, 130.0):
        assert int(meters.headers("key", limits, now)["x-ratelimit-remaining-tokens"]) <= 100
        assert ask(meters, KeyLimits(), now).tokens == 0
    ask(meters, limits, 61.5, tokens=100)
    with pytest.raises(RateLimited):
        ask(meters, limits, 61.5, tokens=1)


def test_a_place_among_those_that_run_is_free_when_the_answer_is_over() -> None:
    meters, limits = Meters(), KeyLimits(parallel_requests=2)
    first, _second = ask(meters, limits, 0.0), ask(meters, limits, 0.0)
    with pytest.raises(RateLimited, match="at a time"):
        ask(meters, limits, 0.0)
    for _ in range(2):
        meters.release(first)
    assert meters.running("key") == 1
    ask(meters, limits, 0.0)


def test_several_answers_at_once_are_as_many_requests() -> None:
    meters, limits = Meters(), KeyLimits(requests_per_minute=5)
    ask(meters, limits, 0.0, requests=4)
    with pytest.raises(RateLimited):
        ask(meters, limits, 0.0, requests=2)
    ask(meters, limits, 0.0, requests=1)


def test_idle_keys_are_forgotten_when_there_are_too_many() -> None:
    meters = Meters()
    for number in range(MAX_METERS + 100):
        ticket = meters.reserve(f"key {number}", KeyLimits(), requests=1, tokens=0, now=number * 1.0)
        meters.release(ticket)
    assert len(meters) < 200


@pytest.mark.parametrize(("seconds", "words"), [(0, "0s"), (0.2, "1s"), (59.5, "1m0s"), (75, "1m15s")])
def test_times_are_written_as_openai_does(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("allowed", "denied", "name", "may"),
    [
        ((), (), "gpt", True),
        (("gpt-*",), (), "GPT-5", True),
        (("gpt-*",), (), "claude", False),
        (("gpt-*",), ("*-mini",), "gpt-5-mini", False),
        ((), ("*",), "gpt", False),
        (("gpt-?",), (), "gpt-55", False),
    ],
)
def test_what_is_denied_is_denied_whatever_is_allowed(
    allowed: tuple[str, ...], denied: tuple[str, ...], name: str, *, may: bool
) -> None:
    limits = KeyLimits(allowed_models=allowed, denied_models=denied)
    assert limits.allows_model(name) is may
    if not may:
        with pytest.raises(ModelNotAllowed):
            limits.check_model(name)


def test_a_model_is_denied_under_any_of_its_names() -> None:
    limits = KeyLimits(allowed_models=("fast",), denied_models=("o3",))
    assert limits.allows_model("fast", "gpt-5-mini")
    assert not limits.allows_model("fast", "o3")


@pytest.mark.parametrize(
    ("address", "may"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("11.1.2.3", False), ("2001:db8::7", True), ("unknown", False)],
)
def test_a_key_is_for_its_networks_alone(address: str, *, may: bool) -> None:
    limits = checked(KeyLimits(networks=("10.1.2.3/8", "2001:db8::/32")))
    assert limits.networks == ("10.0.0.0/8", "2001:db8::/32")
    if may:
        limits.check_address(address)
    else:
        with pytest.raises(AddressNotAllowed):
            limits.check_address(address)


@pytest.mark.parametrize(
    "limits",
    [
        KeyLimits(networks=("here",)),
        KeyLimits(allowed_models=("",)),
        KeyLimits(denied_models=("*a*a*a*a*a*a",)),
        KeyLimits(denied_models=("x",) * 101),
    ],
)
def test_rules_that_are_none_are_refused(limits: KeyLimits) -> None:
    with pytest.raises(InvalidRequest):
        checked(limits)
