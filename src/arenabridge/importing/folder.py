"""An earlier bridge's folder: which system it belongs to, and its files. Nothing in it is ever changed."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from arenabridge.earlier.reading import MAX_BYTES, Unreadable, parse

System = Literal["userscript", "tokens", "proxy"]

SYSTEMS: dict[System, str] = {
    "userscript": "LMArenaBridge with a userscript (api_server.py, port 5102)",
    "tokens": "LMArenaBridge with session tokens (src/main.py, port 8000)",
    "proxy": "the LMArena proxy with a monitor (proxy_server.py, port 9080)",
}

_SIGNS: dict[System, tuple[str, ...]] = {
    "userscript": ("config.jsonc", "dashboard.db", "model_endpoint_map.json", "worker_config.jsonc", "api_server.py"),
    "tokens": ("config.json",),
    "proxy": ("proxy_server.py", "lmaren.js"),
}


class ImportFailed(ValueError):
    """Nothing can be brought over. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Folder:
    """Where it lies."""

    path: Path

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def content(self, name: str) -> bytes | None:
        """None if there is no such file; raises `Unreadable`."""
        try:
            with (self.path / name).open("rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise Unreadable("it is no plain file")
                return file.read(MAX_BYTES + 1)
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            raise Unreadable(error.strerror or str(error)) from None

    def parsed(self, name: str) -> Any:
        """What the file holds, None if there is none; raises `Unreadable`."""
        content = self.content(name)
        return None if content is None else parse(content)

    def changed_at(self, name: str) -> float:
        """Seconds since 1970, UTC."""
        return (self.path / name).stat().st_mtime


def opened(path: Path, system: System | None) -> tuple[Folder, System]:
    """The folder and the system it belongs to; raises `ImportFailed`."""
    path = path.expanduser()
    if not path.exists():
        raise ImportFailed(f"There is no folder {path}.")
    if not path.is_dir():
        raise ImportFailed(f"{path} is no folder. Give the folder that the earlier bridge runs in, unpacked.")
    if not os.access(path, os.R_OK | os.X_OK):
        raise ImportFailed(f"{path} may not be read. Run this as the user whom it belongs to.")
    folder = Folder(path)
    if system is not None:
        return folder, system
    found = [each for each, signs in _SIGNS.items() if any(map(folder.has, signs))]
    if len(found) > 1:
        raise ImportFailed(f"{path} has files of several systems: say which with --from {' or '.join(found)}.")
    if not found:
        files = ", ".join(sorted({name for signs in _SIGNS.values() for name in signs}))
        raise ImportFailed(f"{path} is no folder of an earlier bridge: it has none of {files}.")
    return folder, found[0]
