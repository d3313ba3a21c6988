"""One HTTP request that a worker is asked to carry out for a job."""

from typing import Literal

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    A same-origin request of the site, complete but for what the browser adds itself (cookies, Origin, Referer).

    `path` begins with a slash and includes the query. `body` is text; None for a request without a body.
    """

    method: Literal["GET", "POST", "PUT"]
    path: str
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str | None = None
    generates: bool = False
    """Whether it costs the person's quota, so that it may be carried out once at most."""
