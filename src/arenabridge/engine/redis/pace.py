"""How fast things go between replicas and their server. Times in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """The defaults are for a fleet; tests are more impatient."""

    lease: float = 5.0
    """A replica that has shown no sign of life for so long counts no more; after two it is dead."""
    joining: float = 0.005
    """Frames to one replica wait so long for each other; the first after a pause goes at once. Twice to six times less
    CPU per frame than one message for each (measured 2025-11, with 2,000 frames a second)."""
    patience: float = 3.0
    """An order that the server has not answered by then is given up; new jobs wait as long for a connection. A gateway
    that is short of CPU time hears answers late (1 s was too short on two cores with 200 streams)."""
    settling: float = 1.0
    """After the server's start nothing is given out for so long, while replicas say what they had been given. Longer
    than the longest pause between their tries to connect."""
    longest_pause: float = 0.5
    """Between tries to connect."""

    @property
    def beat(self) -> float:
        """Between signs of life."""
        return self.lease / 3
