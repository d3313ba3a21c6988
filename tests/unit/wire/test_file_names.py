"""Names that others chose mislead nobody: no person, no header, no file system."""

import pytest
from hypothesis import given, strategies as st

from arenabridge.wire.file_names import FALLBACK, MAX_CHARACTERS, extension, safe_name


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("picture.png", "picture.png"),
        ("Grüße 世界 😀.txt", "Grüße 世界 😀.txt"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\win.ini", "win.ini"),
        ("/etc/cron.d/x", "x"),
        ("C:\\x.txt", "x.txt"),
        ("a\0.png", "a.png"),
        ("..", FALLBACK),
        (".", FALLBACK),
        ("", FALLBACK),
        ("a/", FALLBACK),
        (".htaccess", "htaccess"),
        ("name. ", "name"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.log", "console.log"),
        ("invoice\u202egnp.exe", "invoicegnp.exe"),
        ("\u200b\ufeffa.png", "a.png"),
        ('a"; filename="b.html', "a__ filename=_b.html"),
        ("a\r\nSet-Cookie: x=y", "aSet-Cookie_ x=y"),
        ("a:b*c?.txt", "a_b_c_.txt"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_is_its_last_part_without_what_misleads(given: str, safe: str) -> None:
    assert safe_name(given) == safe


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_long(given_name: str) -> None:
    name = safe_name(given_name)
    assert 0 < len(name) <= MAX_CHARACTERS
    assert not set(name) & set('/\\\0\r\n:"')


def test_a_long_name_keeps_its_extension() -> None:
    short = safe_name("x" * 300 + ".tar.jpeg")
    assert len(short) == MAX_CHARACTERS
    assert short.endswith(".jpeg")
    assert len(safe_name("." + "y" * 300)) == MAX_CHARACTERS


@pytest.mark.parametrize(
    ("name", "found"),
    [("a.PNG", ".png"), ("a.tar.gz", ".gz"), ("a", ""), ("a.p/g", ""), (".png", ""), ("a.", ""), ("a." + "x" * 40, "")],
)
def test_an_extension_is_short_and_plain(name: str, found: str) -> None:
    assert extension(name) == found
