"""What is written in PDF files is read within bounds, and whoever sends one that takes long delays only themselves."""

import asyncio
import io
import time
import zlib
from pathlib import Path

import pytest
from pypdf import PdfWriter

from arenabridge.errors import AttachmentTooLarge, AttachmentUnsupported
from arenabridge.media.pdf_text import MAX_PAGES, PdfTexts
from arenabridge.wire.openai.files import attachment

HELLO_PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 36>>stream
BT /F 12 Tf 9 9 Td (Hello PDF) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
startxref
0
%%EOF
"""
HELLO = attachment(HELLO_PDF, "h.pdf")


def pdf(pages: int = 1, *, password: str = "") -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(72, 72)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def endless() -> bytes:
    """A small file with a hundred pages that are one, of 300,000 operators."""
    packed = zlib.compress(b"BT /F 12 Tf (a) Tj ET\n" + b"q Q\n" * 150_000, 9)
    page = HELLO_PDF.split(b"\n")[3].removeprefix(b"3 0 obj")
    kids = b" ".join(b"%d 0 R" % number for number in range(6, 106))
    return (
        HELLO_PDF.replace(b"[3 0 R]/Count 1", b"[%s]/Count 100" % kids)
        .replace(b"<</Length 36>>", b"<</Length %d/Filter/FlateDecode>>" % len(packed))
        .replace(b"BT /F 12 Tf 9 9 Td (Hello PDF) Tj ET", packed)
        .replace(b"trailer", b"\n".join(b"%d 0 obj%s" % (number, page) for number in range(6, 106)) + b"\ntrailer")
    )


async def test_the_text_of_a_pdf_file_is_read_once() -> None:
    texts = PdfTexts(max_characters=1000)
    read = await texts.text(HELLO, "me")
    assert read == "Hello PDF"
    assert await texts.text(HELLO, "you") is read


@pytest.mark.parametrize(
    ("content", "characters", "why"),
    [
        (pdf(), 9, "without text"),
        (pdf(password="x"), 9, "encrypted"),
        (b"%PDF-1.7\n\x00broken", 9, "damaged"),
        (pdf(MAX_PAGES + 1), 9, str(MAX_PAGES)),
        (HELLO_PDF, 8, "8 characters"),
    ],
)
async def test_a_pdf_file_that_can_t_be_read_says_why(content: bytes, characters: int, why: str) -> None:
    with pytest.raises((AttachmentUnsupported, AttachmentTooLarge), match=rf"h\.pdf.*{why}"):
        await PdfTexts(max_characters=characters).text(attachment(content, "h.pdf"), "me")


async def test_without_its_library_a_pdf_file_is_refused_with_what_to_install_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = PdfTexts(max_characters=9, library="library_that_comes_late")
    with pytest.raises(AttachmentUnsupported, match=r"h\.pdf.*arenabridge\[documents\]"):
        await texts.text(HELLO, "me")
    (tmp_path / "library_that_comes_late.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert await texts.text(HELLO, "me") == "Hello PDF"


async def test_a_pdf_file_that_takes_too_long_is_given_up_and_tried_again_when_it_comes_again() -> None:
    texts, slow = PdfTexts(max_characters=1000, seconds=0.3), attachment(endless(), "slow.pdf")
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(AttachmentTooLarge, match=r"slow\.pdf is a PDF file that takes longer than 0\.3 seconds"):
            await texts.text(slow, "me")
        assert time.monotonic() - began > 0.25


async def test_nobody_waits_for_the_long_documents_of_another() -> None:
    texts, long = PdfTexts(max_characters=1000, seconds=60), endless()
    slow = [attachment(long + b"%d" % number, "slow.pdf") for number in range(3)]
    reading = [asyncio.ensure_future(texts.text(file, "me")) for file in slow]
    assert await texts.text(HELLO, "you") == "Hello PDF"
    assert not any(task.done() for task in reading)
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
