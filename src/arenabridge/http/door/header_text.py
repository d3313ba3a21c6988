"""Words that others chose, where only a header's characters may stand."""

from urllib.parse import quote

_AS_THEY_ARE = " !#$&'()*+-./:;<=>?@[]^_`{|}~"
"""Beside letters and digits: not the comma, which parts what is listed, nor what a percent sign would be taken for."""


def header_text(words: str) -> str:
    """Percent-encoded where a header could not hold it; a plain name stays as it is."""
    return quote(words, safe=_AS_THEY_ARE)
