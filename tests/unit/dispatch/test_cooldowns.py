"""Models rest for the person who was limited, for as long as the site says, or longer and longer if it does not."""

from arenabridge.dispatch.cooldowns import BACK_OFF_SECONDS, MAX_BACK_OFF_SECONDS, MAX_RESTING, CoolDowns


def test_a_limit_rests_one_model_of_one_person_for_the_sites_own_time() -> None:
    rests = CoolDowns()
    assert rests.limited("ann", "gpt", 17, asked=99, now=100) == 17
    assert (rests.left("ann", "gpt", 110), rests.left("ann", "gpt", 117)) == (7, 0)
    assert (rests.left("ann", "other", 110), rests.left("bob", "gpt", 110)) == (0, 0)
    assert rests.resting("ann", 110) == {"gpt": 7}


def test_without_a_hint_the_rest_doubles_up_to_a_bound_until_an_answer_comes() -> None:
    rests = CoolDowns()
    waits = [rests.limited("ann", "gpt", None, asked=1000 * n - 1, now=1000 * n) for n in range(8)]
    assert waits[:3] == [BACK_OFF_SECONDS, 2 * BACK_OFF_SECONDS, 4 * BACK_OFF_SECONDS]
    assert waits[-1] == MAX_BACK_OFF_SECONDS
    rests.served("ann", "gpt", asked=6999)
    assert rests.left("ann", "gpt", 7001) > 0, "it was asked before"
    rests.served("ann", "gpt", asked=7001)
    assert rests.left("ann", "gpt", 7001) == 0
    assert rests.limited("ann", "gpt", None, asked=8999, now=9000) == BACK_OFF_SECONDS


def test_what_is_remembered_is_bounded() -> None:
    rests = CoolDowns()
    for n in range(MAX_RESTING + 10):
        rests.limited("ann", f"m{n}", 1e9, asked=0, now=0)
    assert len(rests.resting("ann", 1)) == MAX_RESTING


def test_the_longest_of_what_the_site_says_counts() -> None:
    rests = CoolDowns()
    rests.limited("ann", "gpt", 600, asked=0, now=1)
    assert rests.limited("ann", "gpt", 5, asked=0, now=2) == 599


def test_whose_rests_begin_or_end_is_told_once() -> None:
    rests = CoolDowns()
    rests.limited("ann", "gpt", 10, asked=0, now=1)
    rests.limited("bob", "gpt", 20, asked=0, now=1)
    assert [rests.changed(now) for now in (1, 10, 11, 12)] == [{"ann", "bob"}, set(), {"ann"}, set()]
    rests.served("bob", "gpt", asked=13)
    assert [rests.changed(now) for now in (13, 14)] == [{"bob"}, set()]
