"""A file is what its first bytes are; a claim never makes it something that a browser runs or draws."""

import pytest

from arenabridge.media.kinds import INLINE, is_shown, kept_type, served_type

PNG = b"\x89PNG\r\n\x1a\n"
UNKNOWN = "application/octet-stream"


@pytest.mark.parametrize(
    ("head", "claimed", "name", "kept"),
    [
        (PNG, "text/html", "x.html", "image/png"),
        (PNG, "", "", "image/png"),
        (b"<html><script>", "image/png", "x.png", "text/html"),
        (b"<html><script>", "text/plain", "x.txt", "text/html"),
        (b"\n <!doctype html>", "", "x", "text/html"),
        (b"alert(1)", "text/plain", "x.html", "text/html"),
        (b"alert(1)", "text/javascript; charset=utf-8", "x.js", "text/javascript"),
        (b"a,b", "text/csv", "x.csv", "text/csv"),
        (b"{}", "application/json", "x.json", "application/json"),
        (b"words", "image/png", "x.png", "text/plain"),
        (b"words", "application/pdf", "x.pdf", "text/plain"),
        (b"<svg xmlns='x'>", "image/png", "x.png", "image/svg+xml"),
        (b"<?xml version='1.0'?><html/>", "application/xhtml+xml", "x.xhtml", "application/xhtml+xml"),
        (b"%PDF-1.7", "image/png", "x.png", "application/pdf"),
        (b"PK\x03\x04", "application/epub+zip", "x", "application/epub+zip"),
        (b"PK\x03\x04", "text/html", "x.html", "application/zip"),
        (b"OggS", "video/ogg", "x.ogv", "video/ogg"),
        (b"OggS", "image/png", "x.png", "audio/ogg"),
        (b"\x00\x01\x02", "image/png", "x.png", UNKNOWN),
        (b"\x00\x01\x02", "text/html", "x.html", UNKNOWN),
        (b"\x00\x01\x02", "application/javascript", "x.js", UNKNOWN),
        (b"\x00asm", "application/wasm", "x.wasm", UNKNOWN),
        (b"\x00\x01\x02", "model/gltf-binary", "x.glb", "model/gltf-binary"),
        (b"\x00\x01\x02", "application/x\r\nset-cookie: a=b", "x", UNKNOWN),
        (b"\x00\x01\x02", "multipart/related", "x.mht", UNKNOWN),
    ],
)
def test_what_a_file_is_kept_as(head: bytes, claimed: str, name: str, kept: str) -> None:
    assert kept_type(head, claimed, name) == kept


def test_text_of_any_language_is_served_as_plain_text() -> None:
    for media_type in ("text/html", "text/javascript", "text/css", "application/json", "application/xhtml+xml"):
        assert served_type(media_type) == "text/plain; charset=utf-8"


def test_nothing_that_a_browser_runs_is_shown() -> None:
    assert is_shown("image/png")
    for media_type in (
        "text/html",
        "image/svg+xml",
        "application/pdf",
        "text/javascript",
        "application/xhtml+xml",
        UNKNOWN,
    ):
        assert not is_shown(media_type)
    assert not [each for each in INLINE if "svg" in each or "html" in each or "xml" in each]
