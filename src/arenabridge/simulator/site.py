"""The simulated site: its parts, wired once, and the ways to serve it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arenabridge.simulator.application import site_application
from arenabridge.simulator.audit import Audit
from arenabridge.simulator.catalogue import Catalogue, models_of
from arenabridge.simulator.certificates import make_identity
from arenabridge.simulator.check import Check
from arenabridge.simulator.conversations import Conversations
from arenabridge.simulator.demands import Demands
from arenabridge.simulator.deployment import Deployment
from arenabridge.simulator.faults import Faults
from arenabridge.simulator.headers import RateCounter
from arenabridge.simulator.quota import PictureQuota
from arenabridge.simulator.server import bound_socket, listening
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.storage import STORAGE_HOST, Storage
from arenabridge.simulator.versions import GENERATIONS, Generation
from arenabridge.simulator.visitors import Visitors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from pathlib import Path

    from arenabridge.simulator.settings import PageVariant

HOSTNAMES = ("lmarena.ai", "arena.ai")
FAILURES_KEPT = 100
"""The simulator's own failures, the oldest forgotten first."""


class Site:
    """
    A stand-in of the site.

    While it is being served `settings` may be changed, `faults` added, `demands` made, `audit` and `conversations`
    looked at; several listeners may serve one site at once.
    """

    def __init__(self, settings: SiteSettings | None = None) -> None:
        self.settings = settings or SiteSettings()
        self.audit = Audit()
        self.faults = Faults()
        self.conversations = Conversations()
        self.visitors = Visitors()
        self.check = Check(self.settings, self.visitors)
        self.demands = Demands(self.settings, self.visitors)
        self.storage = Storage(self.settings)
        self.rate = RateCounter()
        self.pictures = PictureQuota(self.settings)
        self.failures: deque[str] = deque(maxlen=FAILURES_KEPT)
        """What the simulator itself did wrong; tests may insist that it is empty."""
        self.application = site_application(self)
        self._catalogues: dict[tuple[PageVariant, int], Catalogue] = {}

    @property
    def generation(self) -> Generation:
        return GENERATIONS[self.settings.site_version]

    @property
    def deployment(self) -> Deployment:
        return Deployment(self.settings.deployment)

    @property
    def catalogue(self) -> Catalogue:
        """The models of the moment, as the settings want them."""
        wanted = (self.settings.page_variant, self.settings.catalogue_size)
        if wanted not in self._catalogues:
            self._catalogues = {wanted: models_of(*wanted)}
        return self._catalogues[wanted]

    def reset(self) -> None:
        """Reset it as if freshly made, while listeners and open requests stay."""
        fresh = SiteSettings()
        self.settings.changed(vars(fresh))
        self.faults.clear()
        self.demands.withdraw()
        self.audit.clear()
        self.conversations.clear()
        self.visitors.clear()
        self.check.clear()
        self.storage.clear()
        self.pictures.clear()
        self.failures.clear()

    @contextlib.asynccontextmanager
    async def serving(
        self,
        *,
        tls: bool = False,
        host: str = "127.0.0.1",
        port: int = 0,
        hostnames: Sequence[str] = HOSTNAMES,
        http2: bool = True,
    ) -> AsyncIterator[RunningSite]:
        """
        Serves in the caller's event loop: in the clear over HTTP/1.1, or over TLS for all those names.

        With `STORAGE_HOST` among them stored files are there, and not below the site's own origin. Port 0 is a free
        one. A browser speaks HTTP/2 over TLS unless `http2` is off.
        """
        identity = make_identity(hostnames, http2=http2) if tls else None
        bound = bound_socket(host, port)
        self.storage.served_at = f"https://{STORAGE_HOST}" if tls and STORAGE_HOST in hostnames else None
        async with listening(self.application, bound, identity.context if identity else None):
            scheme = "https" if tls else "http"
            chosen = bound.getsockname()[1]
            shown = f"[{host}]" if ":" in host else host
            yield RunningSite(
                self,
                f"{scheme}://{shown}:{chosen}",
                chosen,
                identity.ca_pem if identity else b"",
                identity.spki if identity else "",
            )


@dataclass(frozen=True)
class RunningSite:
    """A site that is being served."""

    site: Site
    url: str
    """Origin on this machine, without a slash at its end."""
    port: int
    ca_pem: bytes
    """The throw-away authority to trust; empty without TLS."""
    spki: str
    """For Chromium's `--ignore-certificate-errors-spki-list`; empty without TLS."""


@dataclass(frozen=True)
class ServeOptions:
    """What a process of its own needs to know."""

    host: str = "127.0.0.1"
    port: int = 0
    tls: bool = False
    hostnames: tuple[str, ...] = HOSTNAMES
    http2: bool = True
    ca_file: Path | None = None
    """Where to write the authority's certificate, for clients to trust."""
    settings: SiteSettings = field(default_factory=SiteSettings)


async def serve_forever(
    options: ServeOptions, *, ready: Callable[[RunningSite], None] | None = None, stop: asyncio.Event | None = None
) -> None:
    """Serves a site until `stop` is set or the task is cancelled; `ready` is told where it is."""
    site = Site(options.settings)
    async with site.serving(
        tls=options.tls, host=options.host, port=options.port, hostnames=options.hostnames, http2=options.http2
    ) as running:
        if options.ca_file is not None:
            await asyncio.to_thread(options.ca_file.write_bytes, running.ca_pem)
        if ready is not None:
            ready(running)
        await (stop or asyncio.Event()).wait()
