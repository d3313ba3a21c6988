"""What `/health`, `/livez` and `/readyz` tell, as types: for the API's document, and for tests that hold them to it."""

from typing import Literal

from msgspec import Struct

from arenabridge.wire.composition import HumanKind
from arenabridge.wire.link.messages import How


class Life(Struct, forbid_unknown_fields=True):
    """The process answers, or is about to stop."""

    status: Literal["ok", "closing"]


class Wants(Struct, forbid_unknown_fields=True):
    """What the site wants of the person at a tab, and the page's own words."""

    what: HumanKind
    words: str


class WorkerHealth(Struct, forbid_unknown_fields=True):
    """A browser tab that is connected."""

    id: str
    site: str
    script: str
    slots: int
    running: int
    visible: bool
    frozen: bool
    transport: str
    """`ws`, or `gm` where something forbids the page to connect by itself, or `cdp` in a managed browser."""
    transport_because: str | None
    """What forbids it."""
    discarded: bool
    """The browser had put the tab away, and has loaded it anew."""
    served: dict[How, int]
    refused_because: str | None
    needs: Wants | None


class Others(Struct, forbid_unknown_fields=True):
    """The other gateways of a fleet together, as of their last beats."""

    gateways: int
    workers: int
    """That are not frozen."""
    waiting: int
    running: int
    free_slots: int
    needs: list[Wants]


class Health(Struct, forbid_unknown_fields=True):
    """Counts, and what pages want of their person. All but `status` and `others` are this gateway's own."""

    status: Literal["ok", "no_worker", "needs_human"]
    """Of a whole fleet, since its gateways serve each other's clients."""
    version: str
    workers: list[WorkerHealth]
    models: int
    waiting: int
    running: int
    free_slots: int
    answers_open: int
    others: Others | None
    """Null: there are none."""
