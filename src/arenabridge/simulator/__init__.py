"""
A faithful stand-in of the Arena site, for demonstrations, tests and benchmarks.

`async with Site(SiteSettings(…)).serving(tls=True) as running:` serves it on a free port of this machine; what a prompt
may ask for is in `marks.py`, what can be changed in `settings.py`, what can go wrong in `faults.py`, what the site may
want of the person in `demands.py`, how it knows its own page in `check.py`, and what was received in `audit.py`. Files
are in `storage.py`, those of messages in `attachments.py`, what models make in `pictures.py`. It imports nothing else
of this project: a misreading of the site's formats in the gateway can't agree with itself here.
"""

from arenabridge.simulator.audit import Audit, Exchange
from arenabridge.simulator.calls import Call
from arenabridge.simulator.catalogue import Catalogue, SiteModel
from arenabridge.simulator.demands import DemandKind, Demands
from arenabridge.simulator.faults import Fault, FaultKind, Faults
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import RunningSite, ServeOptions, Site, serve_forever
from arenabridge.simulator.storage import STORAGE_HOST

__all__ = [
    "STORAGE_HOST",
    "Audit",
    "Call",
    "Catalogue",
    "DemandKind",
    "Demands",
    "Exchange",
    "Fault",
    "FaultKind",
    "Faults",
    "RunningSite",
    "ServeOptions",
    "Site",
    "SiteModel",
    "SiteSettings",
    "serve_forever",
]
