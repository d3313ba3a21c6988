"""Words that others chose, where only a header's characters may stand."""

from urllib.parse import quote

_AS_THEY_ARE = " !#$&'()*+-./:;<=>?@[]^_`{|}~"
"""Beside letters and digits: not the comma, which parts what is listed, nor what a percent sign would be taken for."""


def header_text(words: str) -> str:
    """Percent-encoded where a header could not hold it; a plain name stays as it is."""
    text = quote(words, safe=_AS_THEY_ARE)
    within = text.strip(" ")  # at its ends a header has no spaces
    before, _, after = text.partition(within) if within else (text, "", "")
    return f"{before.replace(' ', '%20')}{within}{after.replace(' ', '%20')}"
