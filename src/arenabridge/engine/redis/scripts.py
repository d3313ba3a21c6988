"""The scripts that the server runs."""

from importlib import resources

_FOLDER = resources.files(__package__) / "lua"


def _script(name: str) -> str:
    return "\n".join((_FOLDER / each).read_text(encoding="utf-8") for each in ("queue.lua", name))


TURN = _script("turn.lua")
BEAT = _script("beat.lua")
