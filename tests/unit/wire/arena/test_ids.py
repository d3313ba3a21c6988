"""Ids: what the site takes for its own page's."""

import uuid

from hypothesis import given, strategies as st

from arenabridge.wire.arena.ids import RANDOM_BITS, attempt_ids, uuid7

MILLISECONDS = st.integers(0, 2**48 - 1)
BITS = st.integers(0, 2**RANDOM_BITS - 1)


@given(MILLISECONDS, BITS)
def test_an_id_is_a_uuid_of_version_7(unix_ms: int, bits: int) -> None:
    made = uuid.UUID(uuid7(unix_ms, bits))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == unix_ms


@given(MILLISECONDS, BITS, BITS)
def test_no_bit_of_chance_is_lost(unix_ms: int, one: int, other: int) -> None:
    assert (uuid7(unix_ms, one) == uuid7(unix_ms, other)) == (one == other)


def test_the_known_form() -> None:
    assert uuid7(0x017F22E279B0, 0xCC3 << 62 | 0x18C4DC0C0C07398F) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_the_ids_of_an_attempt_share_the_millisecond_and_the_user_s_is_first() -> None:
    ids = attempt_ids(1_700_000_000_000, iter([7, 3, 9, 5]).__next__)
    made = [ids.user, ids.a, ids.b, ids.session]
    assert made == sorted(set(made))
    assert {one[:13] for one in made} == {made[0][:13]}


def test_a_session_can_be_continued() -> None:
    assert attempt_ids(0, iter([1, 2, 3, 4]).__next__, session="S").session == "S"
