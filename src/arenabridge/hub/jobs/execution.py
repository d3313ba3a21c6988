"""
How a job is carried out in a tab. Pure.

By a request of the tab's own (`fetch`, many at once), or with the site's own message box (`composer`, one at a time),
where the site insists on checks that only its page can pass.

Which one works is learned: `auto` begins with `fetch`; when the site refuses that because its check is missing, it uses
`composer` for that browser profile and kind of job for an hour.
"""

from typing import Literal

from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.link.messages import How

Execution = Literal["auto", "fetch", "composer"]

REMEMBER_SECONDS = 3600.0
"""How long a refusal of `fetch` counts: trying it costs a refused call, so once an hour at most."""

MAX_REMEMBERED = 1024
"""Profiles times kinds of jobs; the oldest lesson is forgotten first."""


class ExecutionChoice:
    """What is to be tried, by profile and kind of job."""

    def __init__(self, execution: Execution) -> None:
        self._execution = execution
        self._refused_until: dict[tuple[str, Modality], float] = {}

    def choose(self, profile: str, kind: Modality, able: tuple[How, ...], now: float) -> How:
        """The way to use: one of those the worker is `able` to do, if there is any."""
        wanted = self._wanted(profile, kind, now)
        return wanted if wanted in able or not able else able[0]

    def learn_refusal(self, profile: str, kind: Modality, able: tuple[How, ...], now: float) -> bool:
        """`fetch` was refused because the site's check was missing. Says whether another way is left to try."""
        if self._execution != "auto" or "composer" not in able:
            return False
        self._refused_until.pop((profile, kind), None)
        if len(self._refused_until) >= MAX_REMEMBERED:
            del self._refused_until[next(iter(self._refused_until))]
        self._refused_until[profile, kind] = now + REMEMBER_SECONDS
        return True

    def composes(self, profile: str, able: tuple[How, ...], now: float) -> bool:
        """Whether a tab of this profile has to serve one job at a time, since some kind of job needs its page."""
        if "composer" not in able:
            return False
        if self._execution != "auto":
            return self._execution == "composer"
        return any(key[0] == profile and until > now for key, until in self._refused_until.items())

    def _wanted(self, profile: str, kind: Modality, now: float) -> How:
        if self._execution != "auto":
            return self._execution
        return "composer" if self._refused_until.get((profile, kind), 0.0) > now else "fetch"
