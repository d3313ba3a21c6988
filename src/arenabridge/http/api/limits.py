"""Limits and what is used of them, as the API tells them of keys and of people."""

from typing import Annotated

import msgspec
from pydantic import BaseModel, Field

from arenabridge.accounts.admission import Admissions
from arenabridge.accounts.key_limits import Held, KeyLimits
from arenabridge.http.api.body import Body

Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]


class Limits(Body):
    """Null is no limit. Days and months are UTC's. Models are globs without regard to case; what is denied wins."""

    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    parallel_requests: Count | None = None
    requests_per_day: Count | None = None
    requests_per_month: Count | None = None
    tokens_per_day: Count | None = None
    tokens_per_month: Count | None = None
    allowed_models: Annotated[list[Pattern], Field(max_length=100)] = Field(default_factory=list)
    denied_models: Annotated[list[Pattern], Field(max_length=100)] = Field(default_factory=list)
    networks: Annotated[list[Pattern], Field(max_length=100)] = Field(default_factory=list)
    """Addresses, or networks such as `192.168.1.0/24`; none is anywhere."""

    def kept(self) -> KeyLimits:
        return msgspec.convert(self.model_dump(), KeyLimits)

    @classmethod
    def of(cls, limits: KeyLimits) -> "Limits":
        return cls(**msgspec.to_builtins(limits))


class Use(BaseModel):
    """
    Of this day's and month's budgets, and what runs now: the very figures that decide.

    Budgets are counted only while there is one.
    """

    day_requests: int
    day_tokens: int
    month_requests: int
    month_tokens: int
    running: int


def use_of(admissions: Admissions, held: Held) -> Use:
    """Waits for the disk."""
    use = admissions.used(held)
    return Use(
        day_requests=use.day_requests,
        day_tokens=use.day_tokens,
        month_requests=use.month_requests,
        month_tokens=use.month_tokens,
        running=admissions.meters.running(held.id),
    )
