"""What a file is, its content says."""

import pytest

from arenabridge.wire.file_types import decoded_text, default_name, media_type_of


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n\x00", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFX\x00\x00\x00\x00WEBPVP8 ", "application/octet-stream"),
        (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "image/bmp"),
        (b"\x00\x00\x00\x20ftypavif", "image/avif"),
        (b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x00junk\n%PDF-1.7", "application/pdf"),
        (b"PDF files begin with %PDF-1.7.", "text/plain"),
        ("Käse,1\n".encode("utf-16-le"), "text/plain"),
        (b"<svg xmlns='x'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<svg>", "image/svg+xml"),
        (b"PK\x03\x04", "application/zip"),
        (b"BMW is a maker of cars", "text/plain"),
        ("Käse".encode(), "text/plain"),
        ("Käse".encode("cp1252"), "text/plain"),
        ("Käse".encode("utf-16"), "text/plain"),
        (b"\x00\x01", "application/octet-stream"),
    ],
)
def test_what_the_content_shows(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
def test_text_in_the_encodings_there_are(encoding: str) -> None:
    assert decoded_text("Käse\n".encode(encoding)) == "Käse\n"


@pytest.mark.parametrize(
    ("media_type", "name"),
    [("image/png", "image.png"), ("image/jpeg", "image.jpg"), ("application/pdf", "file.pdf"), ("", "file.bin")],
)
def test_what_has_no_name_is_called_by_its_type(media_type: str, name: str) -> None:
    assert default_name(media_type) == name
