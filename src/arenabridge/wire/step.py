"""One HTTP request that a worker carries out on the site, in the person's own session."""

from typing import Literal

import msgspec


class Step(msgspec.Struct, frozen=True, tag="fetch", tag_field="how", kw_only=True):
    """
    A same-origin request.

    `path` begins with one slash and may hold a query. `body` is sent as it is (the site reads JSON text under
    `text/plain`, as its own page sends it). `generates` marks the step that spends the person's quota: it is carried
    out at most once per grant.
    """

    method: Literal["GET", "POST", "PUT"]
    path: str
    headers: dict[str, str] = {}
    body: str | None = None
    generates: bool = False
