"""What all failures are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Self


class GatewayError(Exception):
    """
    Base of every expected failure; anything else is a bug and reaches the client as a bare 500.

    `param` names the field of the request at fault. `retry_after_seconds` is our promise or best estimate of when a
    repetition may succeed. `should_retry` false forbids the client's SDK to repeat: it would spend the person's quota.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"
    usual_retry_after_seconds: ClassVar[float | None] = None
    """Where nobody has a better estimate."""
    should_retry: bool | None = None
    may_be_paid: bool = False
    """The site may have generated an answer, which took from the person's quota."""
    headers: Mapping[str, str] = MappingProxyType({})
    """Of the answer, beside those that all errors have: the figures of a limit."""

    def __init__(
        self, message: str = "", *, param: str | None = None, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(message or _first_line(type(self)))
        self.param = param
        self.retry_after_seconds = (
            self.usual_retry_after_seconds if retry_after_seconds is None else retry_after_seconds
        )

    def never_again(self) -> Self:
        """The same failure, but the site may have generated an answer: a repetition could be paid twice."""
        self.should_retry, self.may_be_paid = False, True
        return self


def _first_line(error: type[GatewayError]) -> str:
    return (error.__doc__ or "").strip().partition("\n")[0]
