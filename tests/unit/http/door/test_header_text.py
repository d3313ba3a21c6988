"""What others wrote, in a header."""

from urllib.parse import unquote

import h11
from hypothesis import given, strategies as st

from arenabridge.http.door.header_text import header_text


def test_a_plain_name_stays_as_it_is() -> None:
    assert header_text("aurora-3 pro (beta) @ 2.5:high/fast") == "aurora-3 pro (beta) @ 2.5:high/fast"


@given(st.text(st.characters(codec="utf-8")))
def test_whatever_it_is_it_fits_is_one_of_a_list_and_can_be_read_again(words: str) -> None:
    text = header_text(words)
    assert "," not in text
    assert unquote(text) == words
    h11.Response(status_code=200, headers=[("x-arenabridge-model", text)])
