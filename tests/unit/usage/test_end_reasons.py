"""Every error of the tree has an end, and every end its meaning for figures."""

from collections.abc import Iterator

import pytest

from arenabridge import errors
from arenabridge.errors import GatewayError
from arenabridge.usage.end_reasons import EndReason, Outcome, end_reason_of, outcome_of


def tree(kind: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from tree(below)


@pytest.mark.parametrize("kind", list(tree()), ids=lambda kind: kind.__name__)
def test_an_error_s_end_fits_its_status(kind: type[GatewayError]) -> None:
    outcome = outcome_of(end_reason_of(kind()))
    if issubclass(kind, errors.ClientGone | errors.ClientTooSlow | errors.RequestEnded):
        assert outcome == "gone"
    elif issubclass(kind, errors.ClientError):
        assert outcome == "client_error"
    elif issubclass(kind, errors.CapacityError | errors.HumanNeeded | errors.UpstreamError):
        limits = {"queue_full", "rate_limit_exceeded", "budget_exceeded", "upstream_rate_limited"}
        limits |= {"too_many_uploads", "too_many_repeatable"}
        assert outcome == ("limited" if kind.code in limits else "server_error")
    else:
        assert outcome == "server_error"


def test_a_bug_is_ours() -> None:
    assert end_reason_of(KeyError("x")) is EndReason.INTERNAL_ERROR


def test_every_meaning_occurs() -> None:
    meanings: set[Outcome] = {outcome_of(reason) for reason in EndReason}
    assert meanings == {"succeeded", "client_error", "limited", "server_error", "gone"}
