"""The pages a tab may be asked to read."""

from arenabridge.wire.step import Step

CATALOGUE_PAGES: tuple[str, ...] = ("/?mode=direct", "/leaderboard")
"""Where the models are, the likeliest first. Both carry them without a sign-in (captures of 2025-11 and 2025-12)."""


def read_page(path: str) -> Step:
    return Step(method="GET", path=path, headers={"Accept": "text/html"})
