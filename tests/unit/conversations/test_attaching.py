"""What becomes of each file: it goes along, becomes text, is named where it stood, or the request is refused."""

import io
import zlib
from typing import Any

import pytest
from PIL import Image

from arenabridge.conversations.attaching import (
    MAX_PICTURES,
    Attached,
    Attaching,
    Takes,
    Unread,
    check_has_picture,
    first_new,
    most_pictures,
    sendable,
)
from arenabridge.conversations.downscaling import MAX_PIXELS, downscaled
from arenabridge.conversations.rendering import render
from arenabridge.errors import (
    AttachmentTooLarge,
    AttachmentUnsupported,
    FileUrlFailed,
    GatewayError,
    InvalidRequest,
)
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel
from arenabridge.wire.chat import Attachment, Message, RemoteFile
from arenabridge.wire.openai.files import attachment
from arenabridge.wire.profile import ClientProfile

SEES, BLIND, EDITS = Takes("eyes", 10), Takes("gpt", 0), Takes("paint", 1, needs_picture=True)
LIMIT = 1000
CAT = attachment(b"\x89PNG\r\n\x1a\n...", "cat.png")
DOG = attachment(b"GIF89a...", "dog.gif")
BIG = attachment(b"\x89PNG\r\n\x1a\n" + bytes(LIMIT), "big.png")
BITMAP = attachment(b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00", "old.bmp")
DRAWING = attachment(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "d.svg")
ZIP = attachment(b"PK\x03\x04...", "all.zip")
SOUND = attachment(b"ID3...", "song.mp3")
NOTES = attachment("Käse\n```\n".encode(), "notes.md")
THERE = RemoteFile("https://x.example/cat.png?secret")
GONE = Unread(RemoteFile("https://x.example/gone.png"), FileUrlFailed("https://x.example/gone.png: 404"))
ANSWERED = (Message("assistant", "Nice."), Message("user", "Go on."))


def settle(
    *files: Attachment | RemoteFile, takes: Takes = SEES, later: tuple[Message, ...] = (), **wishes: Any
) -> Attached:
    messages = (Message("user", "Look:", files=files), *later)
    read: dict[RemoteFile, Attachment | Unread] = {THERE: CAT, GONE.file: GONE}
    return Attaching(takes, ClientProfile(**wishes), LIMIT).settle(messages, read)


def refusal(*files: Attachment | RemoteFile, takes: Takes = SEES, **wishes: Any) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        settle(*files, takes=takes, **wishes)
    return refused.value


def test_pictures_go_along_as_they_are_wherever_they_come_from() -> None:
    assert settle(CAT, THERE, DOG).messages == (Message("user", "Look:", files=(CAT, CAT, DOG)),)


@pytest.mark.parametrize(
    ("file", "takes", "error", "told"),
    [
        (CAT, BLIND, InvalidRequest, ["gpt", "cat.png", "image/png"]),
        (BITMAP, SEES, AttachmentUnsupported, ["old.bmp", "image/bmp", "PNG, JPEG, GIF, WEBP"]),
        (DRAWING, SEES, AttachmentUnsupported, ["d.svg", "image/svg+xml"]),
        (ZIP, SEES, AttachmentUnsupported, ["all.zip", "application/zip"]),
        (SOUND, SEES, AttachmentUnsupported, ["song.mp3", "audio/mpeg"]),
        (BIG, SEES, AttachmentTooLarge, ["big.png", str(len(BIG.content)), str(LIMIT)]),
        (attachment(b"x" * (LIMIT + 1), "long.txt"), SEES, AttachmentTooLarge, ["long.txt", str(LIMIT)]),
        (GONE.file, SEES, FileUrlFailed, ["gone.png"]),
    ],
)
def test_in_the_turn_to_be_answered_what_can_t_be_sent_is_refused_with_its_name_and_in_an_earlier_one_named(
    file: Attachment | RemoteFile, takes: Takes, error: type[GatewayError], told: list[str]
) -> None:
    refused = refusal(file, takes=takes)
    assert type(refused) is error
    assert all(each in str(refused) for each in told)
    [turn, *_] = settle(file, takes=takes, later=ANSWERED).messages
    name = file.name if isinstance(file, Attachment) else "gone.png"
    assert not turn.files
    assert turn.text.startswith("Look:\n\n[")
    assert f": {name}]" in turn.text


def test_a_key_may_have_unseen_pictures_ignored_and_the_next_turn_is_the_same_chat() -> None:
    ignored = settle(CAT, takes=BLIND, unseen_pictures="ignore")
    assert ignored.ignored == ("images",)
    assert ignored.messages == (Message("user", "Look:\n\n[image: cat.png]"),)
    later = settle(CAT, takes=BLIND, unseen_pictures="ignore", later=ANSWERED)
    assert later.messages[0] == ignored.messages[0]
    assert not later.ignored


def test_text_files_become_text_that_says_where_it_ends() -> None:
    [turn] = settle(NOTES, CAT).messages
    assert turn.text == "Look:\n\n[file: notes.md]\n````\nKäse\n```\n````"
    assert turn.files == (CAT,)


def test_a_text_that_can_t_be_understood_for_sure_is_refused_with_what_to_do() -> None:
    greek = attachment("Καλημέρα κόσμε".encode("cp1253"), "a.csv")
    assert "a.csv" in str(refusal(greek))
    assert "save it as UTF-8" in str(refusal(greek))


def test_a_key_may_have_text_files_refused() -> None:
    assert "notes.md" in str(refusal(NOTES, text_files="refuse"))


def test_more_pictures_than_the_model_takes_are_refused_in_the_last_turn_only() -> None:
    assert "2 pictures: paint takes 1" in str(refusal(CAT, DOG, takes=EDITS))
    assert len(settle(CAT, DOG, takes=EDITS, later=ANSWERED).messages[0].files) == 2


def test_of_many_pictures_the_newest_are_sent() -> None:
    assert sendable([CAT, DOG], 1) == (DOG,)
    assert sendable([CAT, DOG], 2) == (CAT, DOG)
    assert sendable([CAT, DOG], 0) == ()


@pytest.mark.parametrize(
    ("inputs", "outputs", "most"),
    [
        (Inputs(text=True), Outputs(text=True), 0),
        (Inputs(image=True), Outputs(text=True), MAX_PICTURES),
        (Inputs(image=True), Outputs(image=True), 1),
        (Inputs(image=True, multiple_images=True), Outputs(image=True), MAX_PICTURES),
        (Inputs(image=True), Outputs(video=True), 1),
    ],
)
def test_how_many_pictures_a_model_takes(inputs: Inputs, outputs: Outputs, most: int) -> None:
    assert most_pictures(SiteModel(id="1", public_name="m", inputs=inputs, outputs=outputs)) == most


def test_two_models_take_what_both_take() -> None:
    sees = SiteModel(id="1", public_name="a", inputs=Inputs(image=True))
    blind = SiteModel(id="2", public_name="b", inputs=Inputs(text=True))
    assert Takes.of("a vs b", sees, blind) == Takes("a vs b", 0)


def test_a_model_that_works_on_a_picture_needs_one_somewhere() -> None:
    with pytest.raises(InvalidRequest, match="paint"):
        check_has_picture([Message("user", "Make it blue")], EDITS)
    check_has_picture([Message("user", "", files=(CAT,)), *ANSWERED], EDITS)


@pytest.mark.parametrize(
    ("roles", "first"),
    [("u", 0), ("su", 0), ("uau", 2), ("uauu", 2), ("uaua", 2), ("a", 0), ("uata", 0), ("", 0)],
)
def test_what_is_new_follows_the_last_answer_that_was_spoken_to(roles: str, first: int) -> None:
    names: dict[str, Any] = {"u": "user", "a": "assistant", "s": "system", "t": "tool"}
    assert first_new([Message(names[each], "x") for each in roles]) == first


def test_in_one_message_files_are_named_where_they_stood() -> None:
    history = [Message("user", "", files=(CAT,)), Message("assistant", "A cat."), Message("user", "And?", files=(DOG,))]
    assert render(history) == "[User]\n[image: cat.png]\n\n[Assistant]\nA cat.\n\n[User]\nAnd?\n\n[image: dog.gif]"
    assert render([Message("user", "And?", files=(DOG,))]) == "And?"


# -- documents

REPORT = attachment(b"%PDF-1.4\n\x00", "report.pdf")


def test_what_is_written_in_a_document_is_put_into_the_message_or_why_it_could_not_be_read() -> None:
    asked = [Message("user", "", files=(REPORT, CAT))]
    attaching = Attaching(SEES, ClientProfile(), LIMIT)
    assert list(attaching.documents(asked, {})) == [REPORT]
    [turn] = attaching.settle(asked, {}, {REPORT.digest: "Hello"}).messages
    assert (turn.text, turn.files) == ("[file: report.pdf]\n```\nHello\n```", (CAT,))
    broken = {REPORT.digest: AttachmentUnsupported("report.pdf is damaged")}
    with pytest.raises(AttachmentUnsupported, match="damaged"):
        attaching.settle(asked, {}, broken)
    assert attaching.settle([*asked, *ANSWERED], {}, broken).messages[0].text == "[file: report.pdf]"


def test_documents_that_are_not_taken_are_not_read() -> None:
    asked = [Message("user", "", files=(REPORT,))]
    assert not list(Attaching(SEES, ClientProfile(text_files="refuse"), LIMIT).documents(asked, {}))
    assert not list(Attaching(SEES, ClientProfile(), 3).documents(asked, {}))


# -- pictures made smaller


def picture(mode: str = "RGB", size: tuple[int, int] = (300, 200), form: str = "PNG") -> Attachment:
    noise = Image.effect_noise(size, 200).convert(mode)
    written = io.BytesIO()
    noise.save(written, form)
    return attachment(written.getvalue(), "noise.png")


@pytest.mark.parametrize(("mode", "media_type"), [("RGB", "image/jpeg"), ("L", "image/jpeg"), ("RGBA", "image/webp")])
def test_a_picture_that_is_too_large_is_made_smaller_until_it_is_not(mode: str, media_type: str) -> None:
    large = picture(mode, (1200, 600))
    limit = len(large.content) // 5
    small = downscaled(large, limit)
    assert len(small.content) <= limit
    assert (small.media_type, small.name.partition(".")[0]) == (media_type, "noise")
    width, height = Image.open(io.BytesIO(small.content)).size
    assert abs(width / height - 2) < 0.01


def test_only_a_key_that_wants_it_has_pictures_made_smaller() -> None:
    large = picture()
    limit = len(large.content) - 1
    asked = [Message("user", "", files=(large,))]
    with pytest.raises(AttachmentTooLarge):
        Attaching(SEES, ClientProfile(), limit).settle(asked, {})
    [turn] = Attaching(SEES, ClientProfile(downscale_pictures=True), limit).settle(asked, {}).messages
    [sent] = turn.files
    assert isinstance(sent, Attachment)
    assert len(sent.content) <= limit


def bomb(width: int, height: int) -> Attachment:
    """A small file that says it is a huge picture."""
    tiny = bytearray(picture(size=(1, 1)).content)
    tiny[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    tiny[29:33] = zlib.crc32(tiny[12:29]).to_bytes(4, "big")
    return attachment(bytes(tiny), "bomb.png")


@pytest.mark.parametrize("side", [8_000, 11_000, 60_000])
def test_a_picture_with_too_many_pixels_is_never_decoded(side: int) -> None:
    assert side * side > MAX_PIXELS
    with pytest.raises(AttachmentTooLarge, match=rf"bomb\.png.*{MAX_PIXELS}"):
        downscaled(bomb(side, side), 10)


def test_what_can_t_be_made_smaller_says_why() -> None:
    with pytest.raises(AttachmentTooLarge, match="smaller than 10 bytes"):
        downscaled(picture(), 10)
    with pytest.raises(AttachmentUnsupported, match="damaged"):
        downscaled(BIG, 10)
    with pytest.raises(AttachmentTooLarge, match=r"arenabridge\[pictures\]"):
        downscaled(picture(), 10, library="no_such_library")


def test_a_moving_picture_is_not_made_smaller() -> None:
    written = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(AttachmentTooLarge, match="moving"):
        downscaled(attachment(written.getvalue(), "m.gif"), 10)
