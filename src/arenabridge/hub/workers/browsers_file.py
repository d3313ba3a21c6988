"""What the person said of their browsers, in a file of the data directory: it is little, and changes seldom."""

import logging
import os
from pathlib import Path

import msgspec

from arenabridge.hub.workers.browsers import Browser

_log = logging.getLogger(__name__)

FILE_NAME = "browsers.json"


class BrowsersFile:
    """Both methods wait for the disk."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE_NAME

    def load(self) -> list[Browser]:
        """Empty if there is no file; one that can't be read is named in the log and treated as absent."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Browser])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            _log.warning("%s can't be read, so browsers have no names and none is paused: %s", self._path, error)
            return []

    def save(self, browsers: list[Browser]) -> None:
        """Replaces the file as a whole, so that there is never half of it."""
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.format(msgspec.json.encode(browsers)))
        os.replace(new, self._path)  # noqa: PTH105 - the same, and it replaces on Windows too
