"""How a browser is told the name of the file it is given."""

import re
from urllib.parse import quote


def disposition(kind: str, name: str) -> str:
    """A `Content-Disposition` (RFC 6266): plain letters for old programs, all of them for the rest."""
    plain = re.sub(r'[^ !#-\[\]-~]|"', "_", name).replace("%", "_")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
