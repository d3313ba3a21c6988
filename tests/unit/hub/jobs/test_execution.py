"""How a job is carried out: learned from refusals."""

from arenabridge.hub.jobs.execution import MAX_REMEMBERED, REMEMBER_SECONDS, ExecutionChoice
from arenabridge.wire.link.messages import How

BOTH: tuple[How, ...] = ("fetch", "composer")


def test_auto_begins_with_fetch_and_turns_to_the_page_for_an_hour_when_refused() -> None:
    choice = ExecutionChoice("auto")
    assert choice.choose("p", "chat", BOTH, now=0) == "fetch"
    assert choice.learn_refusal("p", "chat", BOTH, now=0)
    assert choice.choose("p", "chat", BOTH, now=1) == "composer"
    assert choice.choose("p", "chat", BOTH, now=REMEMBER_SECONDS) == "fetch"


def test_a_lesson_is_about_one_profile_and_one_kind_of_job() -> None:
    choice = ExecutionChoice("auto")
    choice.learn_refusal("p", "chat", BOTH, now=0)
    assert choice.choose("p", "image", BOTH, now=1) == "fetch"
    assert choice.choose("q", "chat", BOTH, now=1) == "fetch"


def test_a_profile_with_any_job_for_its_page_takes_one_at_a_time() -> None:
    choice = ExecutionChoice("auto")
    assert not choice.composes("p", BOTH, now=0)
    choice.learn_refusal("p", "image", BOTH, now=0)
    assert choice.composes("p", BOTH, now=1)
    assert not choice.composes("q", BOTH, now=1)
    assert not choice.composes("p", BOTH, now=REMEMBER_SECONDS)
    assert ExecutionChoice("composer").composes("p", BOTH, now=0)
    assert not ExecutionChoice("fetch").composes("p", BOTH, now=0)


def test_what_is_set_is_not_unlearned() -> None:
    assert not ExecutionChoice("fetch").learn_refusal("p", "chat", BOTH, now=0)
    assert ExecutionChoice("composer").choose("p", "chat", BOTH, now=0) == "composer"


def test_a_worker_is_asked_only_for_what_it_can_do() -> None:
    choice = ExecutionChoice("auto")
    assert not choice.learn_refusal("p", "chat", ("fetch",), now=0)
    assert ExecutionChoice("composer").choose("p", "chat", ("fetch",), now=0) == "fetch"
    assert not ExecutionChoice("composer").composes("p", ("fetch",), now=0)


def test_lessons_are_bounded() -> None:
    choice = ExecutionChoice("auto")
    for number in range(MAX_REMEMBERED + 1):
        choice.learn_refusal(f"p{number}", "chat", BOTH, now=0)
    assert choice.choose("p0", "chat", BOTH, now=1) == "fetch"
    assert choice.choose(f"p{MAX_REMEMBERED}", "chat", BOTH, now=1) == "composer"
