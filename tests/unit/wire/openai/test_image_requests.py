"""Requests for pictures: what is taken, and what becomes of a size."""

import orjson
import pytest
from hypothesis import given, strategies as st

from arenabridge.errors import InvalidRequest
from arenabridge.wire.openai.image_requests import MAX_NUMBER, PictureRequest, decode_picture_request, fitted
from arenabridge.wire.openai.request_schema import MAX_MODEL_CHARACTERS

WIDE = ("1:1", "16:9", "9:16", "4:3", "3:4")


def decoded(**fields: object) -> PictureRequest:
    return decode_picture_request(orjson.dumps({"prompt": "A cat", **fields}))


def test_what_is_not_said_has_its_usual_meaning() -> None:
    wanted = decoded(n=None, size="auto", response_format=None, stream=False)
    assert wanted == decoded()
    assert (wanted.number, wanted.size, wanted.as_data, wanted.model, wanted.ignored) == (1, None, True, None, ())


def test_a_models_name_is_as_long_as_a_name_can_be() -> None:
    with pytest.raises(InvalidRequest) as refused:
        decoded(model="x" * (MAX_MODEL_CHARACTERS + 1))
    assert refused.value.param == "model"


def test_what_has_no_effect_is_listed() -> None:
    assert decoded(quality="hd", style="vivid", user="u", background="opaque").ignored == (
        "background",
        "quality",
        "style",
    )


@pytest.mark.parametrize(
    ("size", "ratio"),
    [
        ("1024x1024", "1:1"),
        ("1792x1024", "16:9"),
        ("1536x1024", "4:3"),
        ("1024x1536", "3:4"),
        ("1024x1792", "9:16"),
        ("16:9", "16:9"),
    ],
)
def test_a_size_is_said_as_the_nearest_ratio_of_its_kind(size: str, ratio: str) -> None:
    assert fitted(decoded(size=size), WIDE).prompt == f"A cat\n\nAspect ratio: {ratio}"


@pytest.mark.parametrize(("ratios", "ignored"), [(("1:1",), ("size",)), ((), ("size",)), (("odd", "0:1"), ("size",))])
def test_a_size_unlike_all_that_are_offered_is_ignored(ratios: tuple[str, ...], ignored: tuple[str, ...]) -> None:
    wanted = fitted(decoded(size="1792x1024"), ratios)
    assert (wanted.prompt, wanted.ignored) == ("A cat", ignored)


def test_where_there_is_no_choice_nothing_is_said() -> None:
    wanted = fitted(decoded(size="1024x1024"), ("1:1",))
    assert (wanted.prompt, wanted.ignored) == ("A cat", ())


@given(st.integers(-5, 20))
def test_a_number_is_within_its_bounds_or_refused(number: int) -> None:
    if 1 <= number <= MAX_NUMBER:
        assert decoded(n=number).number == number
    else:
        with pytest.raises(InvalidRequest, match="n: from 1"):
            decoded(n=number)


@given(st.from_regex(r"\d{1,5}[x:]\d{1,5}", fullmatch=True), st.lists(st.text(max_size=6), max_size=4))
def test_no_size_and_no_ratio_of_the_site_s_is_too_odd(size: str, ratios: list[str]) -> None:
    try:
        wanted = decoded(size=size)
    except InvalidRequest:
        return
    assert fitted(wanted, tuple(ratios)).prompt.startswith("A cat")
