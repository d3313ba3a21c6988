"""What the tests of jobs in the page have in common: the simulated site, and what a model of it is asked."""

from dataclasses import dataclass, field, fields
from typing import Any

from msgspec.structs import replace

from arenabridge.simulator import RunningSite, Site, SiteSettings
from arenabridge.simulator.audit import Exchange
from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.composer import compose
from arenabridge.wire.arena.site_model import Outputs, SiteModel
from arenabridge.wire.arena.stream import ArenaStreamDecoder
from arenabridge.wire.composition import Composition
from arenabridge.wire.reply import Text
from browser.link_double import Told
from browser.person import Layout
from browser.scripted_site import HOSTNAMES

LAYOUTS: tuple[Layout, ...] = ("classic", "studio")
QUICK = SiteSettings(page_filler_bytes=4_000)

_OUTPUTS: dict[Modality, Outputs] = {
    "chat": Outputs(text=True),
    "image": Outputs(image=True),
    "search": Outputs(text=True, search=True),
}


@dataclass(frozen=True)
class Arena:
    """The simulated site, its settings as by default at the beginning of each test."""

    running: RunningSite
    patience: dict[str, Any] = field(default_factory=dict)
    """What is otherwise in the recipe, waits above all: `element_seconds`, `human_seconds`, `refusal_seconds`."""
    url: str = f"https://{HOSTNAMES[0]}/?mode=direct"

    @property
    def site(self) -> Site:
        return self.running.site

    @property
    def settings(self) -> SiteSettings:
        return self.site.settings

    def model(self, modality: Modality = "chat", at: int = 0) -> SiteModel:
        """One of the models that the page offers."""
        offered = [each for each in self.site.catalogue if each.organization and each.modality == modality]
        chosen = offered[at]
        return SiteModel(
            id=chosen.id,
            public_name=chosen.public_name,
            organization=chosen.organization,
            outputs=_OUTPUTS[modality],
        )

    def composition(self, text: str, model: SiteModel | None = None, session: str | None = None) -> Composition:
        whole = compose(model or self.model(), text, session)
        return replace(whole, recipe=replace(whole.recipe, **self.patience))

    def call(self) -> Exchange:
        """The only generating call so far."""
        (call,) = self.site.audit.calls()
        return call

    def reset(self) -> None:
        for knob in fields(SiteSettings):
            setattr(self.settings, knob.name, getattr(QUICK, knob.name))
        self.site.audit.clear()
        self.site.faults.clear()
        self.site.demands.withdraw()
        self.patience.clear()


def said(told: Told) -> str:
    """The text of an answer in the site's own format."""
    decoder = ArenaStreamDecoder()
    events = [*decoder.feed(told.text), *decoder.end()]
    return "".join(event.text for event in events if isinstance(event, Text))


def content(call: Exchange) -> Any:
    """The text that the site was sent."""
    return call.json["userMessage"]["content"]
