"""Who is to answer a request: one model, two side by side, or two that the site draws and does not name."""

from dataclasses import dataclass

from arenabridge.wire.arena.bodies import Answerers, Mode
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel
from arenabridge.wire.reply import Participant

OWNER = "arenabridge"
"""What stands behind names that are not models of the site."""

BATTLE = SiteModel(
    id="battle",
    public_name="battle",
    organization=OWNER,
    inputs=Inputs(text=True, image=True),
    outputs=Outputs(text=True),
)
"""
What stands for the two models of a battle, of which only the site knows which they are: for a message with a picture it
takes two that see.
"""

BOTH: tuple[Participant, ...] = ("a", "b")

BATTLES: dict[str, tuple[Participant, ...]] = {"battle": BOTH, "battle-a": ("a",), "battle-b": ("b",)}
"""The names under which battles are asked for, and whose answers are then given, as choices in this order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`model` is participant a's, `rival` b's; in a battle the first stands for both."""

    model: SiteModel
    mode: Mode = "direct"
    rival: SiteModel | None = None

    @property
    def name(self) -> str:
        """Its name, as people know it."""
        return " vs ".join(model.public_name for model in self.models)

    @property
    def models(self) -> tuple[SiteModel, ...]:
        return (self.model,) if self.rival is None else (self.model, self.rival)

    @property
    def is_pair(self) -> bool:
        return self.mode != "direct"

    @property
    def answerers(self) -> Answerers:
        if self.mode == "battle":
            return Answerers.battle()
        if self.rival is not None:
            return Answerers.side_by_side(self.model.id, self.rival.id)
        return Answerers.direct(self.model.id)
