"""
What a release was tested with: each package with its version and digests, as the release itself carries it.

A wheel of ours has the lists of `requirements/` in it. Since the wheel is verified by its digest, so are they, and
through them everything that is installed along.
"""

import re
import zipfile
from collections.abc import Collection
from pathlib import Path

from packaging.utils import canonicalize_name

from arenabridge.updates.index import UpdateError

GATEWAY, EXTRAS = "arenabridge/updates/gateway.txt", "arenabridge/updates/server.txt"
"""Files in the wheel: what the gateway needs, and the same with all that its extras need."""


def pinned(wheel: Path, sha256: str, installed: Collection[str]) -> str:
    """A requirements file for `--require-hashes`; of the extras' packages it has those that are installed now."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        if GATEWAY not in names:
            raise UpdateError(f"{wheel.name} does not say what it was tested with: it is no release of ours.")
        needed = _entries(archive.read(GATEWAY).decode())
        more = _entries(archive.read(EXTRAS).decode()) if EXTRAS in names else {}
    have = {canonicalize_name(name) for name in installed}
    chosen = needed | {name: entry for name, entry in more.items() if name in have}
    own = f"arenabridge @ {wheel.absolute().as_uri()} --hash=sha256:{sha256}"
    return "\n".join([own, *chosen.values(), ""])


def _entries(text: str) -> dict[str, str]:
    """The lines by package; comments are left out."""
    plain = re.sub(r"^[ \t]*#.*\n", "", text, flags=re.MULTILINE)
    entries = [entry.strip() for entry in re.split(r"\n(?=\S)", plain) if entry.strip()]
    return {canonicalize_name(re.split(r"[=\s]", entry, maxsplit=1)[0]): entry for entry in entries}
