"""Thoughts and sources go where the client reads them."""

import pytest
from hypothesis import given, settings, strategies as st
from openai.types.chat.chat_completion_message import Annotation

from arenabridge.wire.openai.shape import THINK, THOUGHT, Shape
from arenabridge.wire.openai.sources import MAX_SOURCES, MAX_URL, Sources
from arenabridge.wire.profile import PictureStyle, ReasoningDialect
from arenabridge.wire.reply import Citation, Citations, Image, Notice, Reasoning, ReplyEvent, Text

HM, SO = Reasoning("a", "Hm. "), Reasoning("a", "So.")
ONE, TWO = Text("a", "One "), Text("a", "two")
PICTURE = Image("a", "https://x.example/1.png", "image/png")
SHOWN = "![image](https://x.example/1.png)"


def said(shape: Shape, *events: ReplyEvent) -> tuple[str, str]:
    """The text and the thoughts, complete."""
    turned = [shape.turn(event) for event in events]
    return "".join(text for text, _ in turned) + shape.end(), "".join(thoughts for _, thoughts in turned)


@pytest.mark.parametrize(
    ("reasoning", "text", "thoughts"),
    [
        ("reasoning_content", "One two", "Hm. So."),
        ("reasoning", "One two", "Hm. So."),
        ("think", f"{THINK}Hm. So.{THOUGHT}One two", ""),
        ("off", "One two", ""),
    ],
)
def test_thoughts_have_a_field_or_tags_or_are_left_out(reasoning: ReasoningDialect, text: str, thoughts: str) -> None:
    assert said(Shape(reasoning), HM, SO, ONE, TWO) == (text, thoughts)


def test_the_tag_opens_with_the_first_thought_and_closes_before_the_first_text() -> None:
    shape = Shape("think")
    pieces = [shape.turn(event)[0] for event in (HM, Notice("a", "heartbeat"), SO, ONE, TWO)]
    assert pieces == [f"{THINK}Hm. ", "", "So.", f"{THOUGHT}One ", "two"]


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([ONE, TWO], "One two"),
        ([HM], f"{THINK}Hm. {THOUGHT}"),
        ([HM, PICTURE], f"{THINK}Hm. {THOUGHT}{SHOWN}"),
        ([HM, ONE, SO, TWO], f"{THINK}Hm. {THOUGHT}One {THINK}So.{THOUGHT}two"),
    ],
)
def test_tags_are_closed_whatever_follows(events: list[ReplyEvent], text: str) -> None:
    assert said(Shape("think"), *events) == (text, "")


def source(id: str = "1", title: str | None = "X", url: str = "https://x.example", *offsets: int) -> Citation:
    return Citation(id, url, title, offsets)


def cited(*citations: Citation, reasoning: ReasoningDialect = "reasoning_content") -> Shape:
    shape = Shape(reasoning, "footnotes")
    shape.turn(HM)
    shape.turn(ONE)
    for citation in citations:
        assert shape.turn(Citations("a", (citation,))) == ("", "")
    return shape


def test_a_source_told_twice_is_one_as_told_last_in_its_first_place() -> None:
    first, second, again = source("1", None), source("2", "B"), source("1", "A", "https://x.example/a", 3, 9)
    shape = cited(first, second, again)
    for annotation in shape.annotations():
        Annotation.model_validate(annotation, strict=True)
    assert shape.annotations() == [
        {
            "type": "url_citation",
            "url_citation": {"url": "https://x.example/a", "title": "A", "start_index": 3, "end_index": 3},
        },
        {
            "type": "url_citation",
            "url_citation": {"url": "https://x.example", "title": "B", "start_index": 0, "end_index": 0},
        },
    ]
    assert shape.end() == "\n\nSources:\n\n1. [A](https://x.example/a)\n2. [B](https://x.example)"


def test_places_count_from_where_the_client_sees_the_text_begin() -> None:
    (annotation,) = cited(source("1", "X", "https://x.example", 2), reasoning="think").annotations()
    assert annotation["url_citation"]["start_index"] == len(f"{THINK}Hm. {THOUGHT}") + 2


def test_sources_may_be_left_out_or_have_no_list() -> None:
    off, plain = Shape(citations="off"), Shape(citations="annotations")
    for shape in (off, plain):
        shape.turn(Citations("a", (source(),)))
    assert (off.annotations(), off.end(), plain.end(), len(plain.annotations())) == ([], "", "", 1)


def test_a_list_survives_odd_titles_and_addresses() -> None:
    shape = cited(source("1", "a [b]\n(c)", "https://x.example/(1)"), source("2", None, "https://y.example"))
    assert shape.end().splitlines()[-2:] == [
        r"1. [a \[b\] (c)](https://x.example/%281%29)",
        "2. [https://y.example](https://y.example)",
    ]


def test_sources_are_bounded() -> None:
    sources = Sources()
    sources.add(source(str(number)) for number in range(2 * MAX_SOURCES))
    sources.add([source("0", "known"), source("long", "X", "https://" + "x" * MAX_URL)])
    annotations = sources.annotations(0)
    assert len(annotations) == MAX_SOURCES
    assert annotations[0]["url_citation"]["title"] == "known"


@settings(deadline=None)
@given(st.lists(st.sampled_from([HM, SO, ONE, TWO, PICTURE])))
def test_without_its_tags_the_text_is_the_answer_and_every_tag_is_closed(events: list[ReplyEvent]) -> None:
    text, _ = said(Shape("think"), *events)
    plain, thoughts = said(Shape("reasoning"), *events)
    assert text.count(THINK) == text.count(THOUGHT)
    outside = [part.rpartition(THOUGHT)[2] for part in text.split(THINK)]
    assert "".join(outside) == plain
    assert sum(map(len, text.split(THINK))) - len(plain) - text.count(THOUGHT) * len(THOUGHT) == len(thoughts)


@pytest.mark.parametrize(
    ("pictures", "text", "apart"),
    [
        ("markdown", f"One {SHOWN}", []),
        ("data_uri", f"One {SHOWN}", []),
        ("images", "One ", [PICTURE.source]),
        ("off", "One ", []),
    ],
)
def test_pictures_are_in_the_text_or_apart_or_left_out(pictures: PictureStyle, text: str, apart: list[str]) -> None:
    shape = Shape(pictures=pictures)
    assert said(shape, ONE, PICTURE) == (text, "")
    assert [each for event in (ONE, PICTURE) if (each := shape.picture(event))] == apart
