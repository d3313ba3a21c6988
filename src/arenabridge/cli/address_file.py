"""
Where a gateway that runs is reached, for commands on its data directory: it may listen elsewhere than its settings say.

The file is there while it runs. One that a killed gateway left behind is noticed: nothing answers at its address.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

FILE_NAME = "address"


@contextlib.contextmanager
def address_left(data_dir: Path, address: str) -> Iterator[None]:
    """The file is there while the gateway runs; where none can be written, commands have to ask for the address."""
    path = data_dir / FILE_NAME
    with contextlib.suppress(OSError):
        path.write_text(f"{address}\n", encoding="utf-8")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def address_found(data_dir: Path) -> str | None:
    """The address that the gateway left there, if it did."""
    try:
        return (data_dir / FILE_NAME).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeError):
        return None
