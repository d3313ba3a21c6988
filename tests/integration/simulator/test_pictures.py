"""What a picture of the site tells of its making, and to whom."""

from __future__ import annotations

import io

import pytest
from PIL import Image, PngImagePlugin

from arenabridge.simulator.pictures import SIDE_PIXELS, Drawing, digest_shown, drawing_of, png

HARBOUR = Drawing("A harbour at dawn — 港 😀", ("0123456789abcdef", "fedcba9876543210"), 2)


def test_a_picture_is_a_real_png_whose_chunks_tell_what_it_was_made_of() -> None:
    with Image.open(io.BytesIO(png(HARBOUR))) as shown:
        assert isinstance(shown, PngImagePlugin.PngImageFile)
        shown.load()
        assert shown.size == (SIDE_PIXELS, SIDE_PIXELS)
        assert shown.text["Description"] == HARBOUR.prompt
    assert drawing_of(png(HARBOUR)) == HARBOUR


@pytest.mark.parametrize(("form", "side"), [("PNG", 64), ("JPEG", 64), ("WEBP", 64), ("JPEG", 32), ("PNG", 512)])
def test_its_blocks_tell_it_after_a_new_encoding_in_another_size(form: str, side: int) -> None:
    encoded = io.BytesIO()
    with Image.open(io.BytesIO(png(HARBOUR))) as shown:
        shown.resize((side, side)).save(encoded, form)
    with Image.open(encoded) as again:
        assert digest_shown(again.convert("RGB").tobytes(), side) == HARBOUR.digest


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\5iTXt", png(HARBOUR)[:150]])
def test_what_is_none_of_ours_tells_nothing(content: bytes) -> None:
    assert drawing_of(content) is None
