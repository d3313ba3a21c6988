"""What is known of models, from one reading of the page to the next."""

from arenabridge.wire.arena.known_model import MAX_GONE, REMEMBER_GONE_SECONDS, KnownModel, seen
from arenabridge.wire.arena.site_model import SiteModel


def model(number: int) -> SiteModel:
    return SiteModel(id=f"id-{number}", public_name=f"model {number}")


A, B = model(1), model(2)


def test_a_model_is_known_since_it_was_first_seen_even_if_it_was_gone_between() -> None:
    known = seen([], [A, B], 10.0)
    known = seen(known, [B], 20.0)
    assert [(each.model, each.last_seen, each.available) for each in known] == [(B, 20.0, True), (A, 10.0, False)]
    known = seen(known, [A], 30.0)
    assert known[0] == KnownModel(model=A, first_seen=10.0, last_seen=30.0)


def test_a_model_is_as_the_page_describes_it_last() -> None:
    renamed = SiteModel(id=A.id, public_name="renamed")
    assert [each.model for each in seen(seen([], [A], 1.0), [renamed], 2.0)] == [renamed]


def test_what_is_gone_is_forgotten_after_a_while() -> None:
    known = seen([], [A], 0.0)
    assert len(seen(known, [B], REMEMBER_GONE_SECONDS - 1)) == 2
    assert [each.model for each in seen(known, [B], REMEMBER_GONE_SECONDS)] == [B]


def test_a_site_that_renames_everything_all_the_time_fills_no_memory() -> None:
    known: list[KnownModel] = []
    for now in range(4):
        known = seen(known, [model(now * 1000 + number) for number in range(1000)], float(now))
    assert len(known) == 1000 + MAX_GONE
    assert {each.last_seen for each in known} == {1.0, 2.0, 3.0}
