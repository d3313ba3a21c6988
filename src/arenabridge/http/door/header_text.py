"""Words that others chose, where only a header's characters may stand."""

from urllib.parse import quote

_AS_THEY_ARE = " !#$&'()*+-./:;<=>?@[]^_`{|}~"
"""Kept beside letters and digits. Not the comma, which separates what is listed, nor the percent sign itself."""


def header_text(words: str) -> str:
    """Percent-encoded where a header could not hold it; a plain name stays as it is."""
    text = quote(words, safe=_AS_THEY_ARE)
    within = text.strip(" ")  # a header has no spaces at its ends
    before, _, after = text.partition(within) if within else (text, "", "")
    return f"{before.replace(' ', '%20')}{within}{after.replace(' ', '%20')}"
