"""The name of a file fits into a header."""

import pytest

from arenabridge.media.disposition import disposition
from arenabridge.wire.file_names import safe_name


@pytest.mark.parametrize("name", ["plain.txt", "Grüße 世界.png", "a%22b.png", "100%.txt", "it's (1).png"])
def test_a_disposition_is_one_line_of_ascii_with_one_quoted_string(name: str) -> None:
    header = disposition("attachment", safe_name(name))
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.startswith('attachment; filename="')
