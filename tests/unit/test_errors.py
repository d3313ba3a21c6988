"""The tree of failures is the one that its docstring draws."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from arenabridge import errors
from arenabridge.errors import GatewayError

_LINE = re.compile(r"^( *)\* (\w+) +(?:(\d{3}) (\w+)|[a-z].*)$", re.MULTILINE)


def classes(root: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    for each in root.__subclasses__():
        yield each
        yield from classes(each)


def drawn() -> Iterator[tuple[str, str, str | None, str | None]]:
    """Name, name of the parent, status and code, as the docstring has them."""
    parents: list[tuple[int, str]] = []
    for indent, name, status, code in _LINE.findall(errors.__doc__ or ""):
        while parents and parents[-1][0] >= len(indent):
            parents.pop()
        yield name, parents[-1][1] if parents else "Exception", status or None, code or None
        parents.append((len(indent), name))


ALL: list[type[GatewayError]] = [GatewayError, *classes()]
LEAVES = [error for error in ALL if not error.__subclasses__()]


def test_every_class_is_drawn_once_and_under_its_parent() -> None:
    parents = [(name, parent) for name, parent, _, _ in drawn()]
    assert sorted(parents) == sorted((error.__name__, (error.__base__ or object).__name__) for error in ALL)


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_a_leaf_has_the_status_and_the_code_that_are_drawn(error: type[GatewayError]) -> None:
    assert {(status, code) for name, _, status, code in drawn() if name == error.__name__} == {
        (str(error.status), error.code)
    }


def test_a_code_belongs_to_one_class() -> None:
    assert max(Counter(error.code for error in ALL).values()) == 1


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_every_failure_says_something_without_being_told_what(error: type[GatewayError]) -> None:
    """The first line of its documentation, which a client sees: one whole sentence."""
    made = error()
    if error is not GatewayError:
        assert str(made) == (error.__doc__ or "").strip()
    assert re.fullmatch(r"[A-Z].*[.]", str(made))
    assert str(error("other words")) == "other words"
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", made.code)
    assert 400 <= made.status < 600


def test_only_what_may_have_spent_the_persons_quota_stays_so_for_hours_or_is_wanted_forbids_a_repetition() -> None:
    forbidding = {error for error in ALL if error.should_retry is False}
    before_anything_was_asked = {errors.UploadFailed}
    for_hours, wanted = {errors.BudgetExhausted}, {errors.RequestEnded}
    upstream = {error for error in ALL if issubclass(error, errors.UpstreamError)}
    assert forbidding == (upstream - before_anything_was_asked) | for_hours | wanted
    assert not [error for error in ALL if error.should_retry]
