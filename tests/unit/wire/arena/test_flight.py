"""Reading a page: the models are found wherever the site's framework cut them."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.wire.arena.flight import model_objects

MODELS = [
    {"id": "1", "publicName": 'odd "name" }]} 世 😊 \\', "capabilities": {"outputCapabilities": {"text": True}}},
    {"publicName": "id not first", "id": "2"},
]


def row(models: Any, key: str = "initialModels") -> str:
    """A row of the flight stream as in captures of 2025-12, among others."""
    listed = json.dumps(models, ensure_ascii=False, separators=(",", ":"))
    props = f'{{"{key}":{listed},"initialModelAId":null,"children":["$L17","$L18"]}}'
    state = '{"initialState":"$undefined","children":["$","$L16",null,' + props + "]}"
    return f'5:I[1,["2","3"],"x"]\n7:T3,abc6:["$","$L15",null,{state}]\n8:null\n'


def scripts(*pieces: str, join: str = "") -> str:
    """As Next.js writes them: JSON, and `<` escaped."""
    written = (json.dumps(piece).replace("<", "\\u003c") for piece in pieces)
    pushes = join.join(f"<script>self.__next_f.push([1,{piece}])</script>" for piece in written)
    return f"<script>(self.__next_f=self.__next_f||[]).push([0])</script>{join}{pushes}"


def page(*pieces: str) -> str:
    return f"<!DOCTYPE html><html><head><title>LMArena</title></head><body>{scripts(*pieces)}</body></html>"


def test_in_one_push() -> None:
    assert model_objects(page(row(MODELS))) == MODELS


def test_raw_letters_of_other_scripts() -> None:
    raw = json.dumps(row(MODELS), ensure_ascii=False)
    assert model_objects(f"<script>self.__next_f.push([1,{raw}])</script>") == MODELS


def test_white_space_in_the_push() -> None:
    assert model_objects(f"<script>self.__next_f\n.push( [ 1 , {json.dumps(row(MODELS))} ] )</script>") == MODELS


@pytest.mark.parametrize("place", ["initialMo", '\\"na', "id not", '"id"', "publicName", ':{"outputCap'])
def test_cut_at_an_awkward_place(place: str) -> None:
    """Inside a key, an escape or a word."""
    text = row(MODELS)
    here = text.index(place) + len(place) - 1
    assert model_objects(page(text[:here], text[here : here + 3], text[here + 3 :])) == MODELS


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, len(row(MODELS))), max_size=6))
def test_cut_anywhere(places: list[int]) -> None:
    text = row(MODELS)
    edges = [0, *sorted(places), len(text)]
    assert model_objects(page(*(text[a:b] for a, b in pairwise(edges)))) == MODELS


def test_cut_between_the_halves_of_a_character() -> None:
    """JavaScript counts in halves of such characters, and the site's framework cuts where it counts."""
    before, after = row(MODELS).split("😊")
    assert model_objects(page(before + "\ud83d", "\ude0a" + after)) == MODELS


def test_the_scripts_alone_will_do() -> None:
    assert model_objects(scripts(row(MODELS), join="\n")) == MODELS


def test_the_answer_of_a_server_action() -> None:
    assert model_objects('0:{"a":"$@1","f":"","b":"x"}\n1:{"success":true}\n' + row(MODELS)) == MODELS


def test_the_form_of_july_2025() -> None:
    """Several arrays of another name, of which some are no models."""
    states = row(MODELS[:1], "initialState") + row([{"role": "user"}, "text"], "initialState")
    assert model_objects(page(states + row(MODELS[1:], "initialState"))) == MODELS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html><title>Sign in</title></html>",
        scripts("0:null\n"),
        scripts(row([])),
        scripts('6:{"initialModels":null}'),
        scripts('6:{"initialState":{"id":"s","messages":[]}}'),
        '<script>self.__next_f.push([1,"cut',
        '"initialModels":[' * 1000,
    ],
)
def test_a_page_without_models_has_none(text: str) -> None:
    """Such as that of a visitor who is signed out: not an error."""
    assert model_objects(text) == []


def test_a_page_that_ends_in_the_middle_gives_what_came_before() -> None:
    text = row(MODELS)
    assert model_objects(page(text[: text.index('"id not first"')])) == MODELS[:1]


def test_a_message_on_the_page_does_not_pass_for_the_list() -> None:
    """Long messages stand in the stream unescaped."""
    assert model_objects(page('9:T2b,"initialModels":[{"publicName":"fake"}]' + row(MODELS))) == MODELS


def test_a_page_of_a_megabyte_costs_linear_time() -> None:
    many = [{"id": str(number), "publicName": f"model-{number}", "x": "y" * 3000} for number in range(300)]
    text = row(many)
    whole = page(*(text[start : start + 900] for start in range(0, len(text), 900)))
    began = time.process_time()
    assert len(model_objects(whole)) == 300
    assert time.process_time() - began < 0.5  # 0.02 on an ordinary machine


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                '"initialModels":[',
                '"initialState":[',
                "self.__next_f.push([1,",
                '"',
                "{",
                "}",
                "]",
                "[" * 3000,
                "\\ud83d",
            ]
        )
        | st.text(max_size=5)
    ).map("".join)
)
def test_garbage_is_never_an_error(garbage: str) -> None:
    model_objects(garbage)
