"""One range of bytes (RFC 9110, section 14): what players and downloads that go on ask for."""

import re

_ONE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(ValueError):
    """The range begins behind the end."""


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """
    Start and end (exclusive) of what `header` asks of `size` bytes; None for the whole.

    Several ranges at once, and what is not understood, are answered with the whole, as the RFC allows. Raises
    `Unsatisfiable`.
    """
    found = _ONE.fullmatch(header.strip().lower().replace(" ", ""))
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end
