"""Taking a file the site's way: what is called, and what its answers say in each of their forms."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st

from arenabridge.errors import SiteChanged, UploadFailed
from arenabridge.wire.arena.flight import Row, flight_rows
from arenabridge.wire.arena.uploads import (
    SignedAddress,
    SiteAttachment,
    UploadTarget,
    ask_for_address,
    ask_for_upload,
    read_address,
    read_upload,
)

KEY = "0199a5c1-user/1764568271000-Käse 🧀.png"
URL = f"https://messages-prod.acct.r2.cloudflarestorage.com/{KEY}?X-Amz-Date=20251201T055111Z&X-Amz-Expires=3600"
GRANTED = {"success": True, "data": {"uploadUrl": URL, "key": KEY}}
READABLE = {"success": True, "data": {"url": URL}}


def short(result: object) -> str:
    return f'0:{{"a":"$@1","f":"","b":"build"}}\n1:{json.dumps(result, ensure_ascii=False)}\n'


def whole_page(result: object, row: int = 0x2A) -> str:
    """The page made anew: hints, modules, text without a line break, models, and the result among dozens of rows."""
    prose = 'Terms\n2a:{"success":false,"error":"quoted"}\n€ 世界 😊 '
    size = len(prose.encode())
    models = json.dumps([{"id": str(n), "publicName": "m" * 300} for n in range(400)])
    return "".join(
        [
            ':HL["/_next/static/css/app.css","style"]\n',
            '1:"$Sreact.fragment"\n',
            *(f'{n:x}:I[{n},["{n}","static/chunks/{n}.js"],"default"]\n' for n in range(2, 0x20)),
            f'0:{{"a":"$@{row:x}","f":[["","$L20"]],"b":"build"}}\n',
            f"20:T{size:x},{prose}21:[" + f'"$","$L3",null,{{"initialModels":{models}}}]\n',
            f"{row:x}:{json.dumps(result, ensure_ascii=False)}\n",
            "2b:null\n2c:U4,abcd2d:D{}\n",
        ]
    )


def test_what_is_called() -> None:
    asked = ask_for_upload("Käse.png", "image/png")
    assert (asked.name, json.loads(asked.arguments)) == ("generateUploadUrl", ["Käse.png", "image/png"])
    asked = ask_for_address(KEY)
    assert (asked.name, json.loads(asked.arguments)) == ("getSignedUrl", [KEY])


@pytest.mark.parametrize("form", [short, whole_page])
def test_the_result_is_found_in_both_forms(form: Callable[[object], str]) -> None:
    assert read_upload(form(GRANTED)) == UploadTarget(URL, KEY)
    assert read_address(form(READABLE)) == SignedAddress(URL, 1764568271 + 3600)


@given(st.integers(0x2E, 0xFFFF))
def test_the_result_stands_in_any_row(row: int) -> None:
    assert read_upload(whole_page(GRANTED, row)).key == KEY


def test_the_page_made_anew_is_as_large_as_seen() -> None:
    assert len(whole_page(GRANTED)) > 120_000


def test_a_long_address_stands_in_a_text_row_of_its_own() -> None:
    url = URL + "&X-Amz-Security-Token=" + "t" * 1024
    answer = f'2:T{len(url.encode()):x},{url}0:{{"a":"$@1"}}\n1:{{"success":true,"data":{{"url":"$2"}}}}\n'
    assert read_address(answer).url == url


@pytest.mark.parametrize("error", ["File too large", {"message": "File too large"}])
def test_the_sites_refusal_is_told_in_its_words(error: object) -> None:
    with pytest.raises(UploadFailed, match="File too large"):
        read_upload(whole_page({"success": False, "error": error}))


def test_an_action_that_failed_is_a_refusal() -> None:
    with pytest.raises(UploadFailed):
        read_upload('0:{"a":"$@1"}\n1:E{"digest":"3141592"}\n')


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Server action not found.",
        "<!DOCTYPE html><title>502</title>",
        '0:{"f":""}\n',
        '0:{"a":"$@1"}\n',
        '0:{"a":"$@1"}\n1:{"success":true,"data":',
        '0:{"a":"$@1"}\n1:T9999,{"success":true}\n',
        short({"success": "yes"}),
        short({"success": True}),
        short({"success": True, "data": {"uploadUrl": "javascript:alert(1)", "key": KEY}}),
        short({"success": True, "data": {"uploadUrl": URL}}),
    ],
)
def test_an_answer_of_another_form_is_named_as_that(answer: str) -> None:
    with pytest.raises(SiteChanged):
        read_upload(answer)


@pytest.mark.parametrize("query", ["", "?X-Amz-Expires=3600", "?X-Amz-Date=now&X-Amz-Expires=1"])
def test_an_address_that_does_not_say_until_when_is_not_trusted_to_last(query: str) -> None:
    assert read_address(short({"success": True, "data": {"url": "https://x/k" + query}})).expires_unix == 0


def test_a_message_names_the_file_by_its_key() -> None:
    made = SiteAttachment(name=KEY, content_type="image/png", url=URL, expires_unix=1).as_attachment()
    assert (made.name, made.content_type, made.url) == (KEY, "image/png", URL)


def test_lengths_are_counted_in_bytes() -> None:
    assert flight_rows("a:T6,€世b:1\n") == {10: Row("T", "€世".encode()), 11: Row("", b"1")}


def test_a_line_that_is_no_row_is_passed_over() -> None:
    assert flight_rows("\nnonsense\n1:2\n1:3\n") == {1: Row("", b"2")}


@given(st.text())
def test_no_stream_breaks_the_reader(stream: str) -> None:
    flight_rows(stream)
