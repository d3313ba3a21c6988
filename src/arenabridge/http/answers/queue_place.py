"""Where a waiting request stands, as a client is told: in the head, and in the comments that keep its stream alive."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """`before` is how many requests come first; `seconds` is None while nothing tells how long answers take."""

    before: int
    seconds: float | None

    def headers(self) -> dict[str, str]:
        told = {"x-arenabridge-queue-position": str(self.before + 1)}
        return told if self.seconds is None else told | {"x-arenabridge-estimated-wait": str(round(self.seconds))}

    def comment(self) -> bytes:
        """A server-sent event that every client ignores, and a person can read."""
        wait = "" if self.seconds is None else f", about {round(self.seconds)} s"
        return f": keep-alive, number {self.before + 1} in the queue{wait}\n\n".encode()
