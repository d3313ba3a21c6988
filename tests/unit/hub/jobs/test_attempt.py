"""What the site says in answer to one grant: what counts as an answer, what is a failure, and of which kind."""

import pytest

from arenabridge.errors import (
    ContentRefused,
    EmptyResponse,
    GatewayError,
    SiteChanged,
    SiteFailed,
    UpstreamRateLimited,
    VerificationRequired,
)
from arenabridge.hub.jobs.attempt import MAX_REFUSAL, MAX_SAMPLES, Attempt
from arenabridge.wire.arena.stream import MAX_LINE_CHARACTERS
from arenabridge.wire.composition import PAGE_TEXT
from arenabridge.wire.reply import Finished, Image, Notice, Participant, Reasoning, Text

STREAM = {"content-type": "text/event-stream"}
STOP = 'ad:{"finishReason":"stop"}\n'


def answering(*pieces: str, heard: tuple[Participant, ...] = ()) -> Attempt:
    attempt = Attempt(1, heard)
    attempt.head(200, STREAM)
    for piece in pieces:
        attempt.read(piece)
    return attempt


def refused(status: int, *pieces: str, **headers: str) -> GatewayError:
    attempt = Attempt(1)
    attempt.head(status, {name.replace("_", "-"): value for name, value in headers.items()})
    for piece in pieces:
        assert attempt.read(piece) == []
    with pytest.raises(GatewayError) as failure:
        attempt.end(0)
    return failure.value


def test_an_answer_is_its_pieces_and_its_end() -> None:
    attempt = answering()
    assert attempt.read('a0:"Hel') == []
    assert attempt.read('lo"\nag:"hm"\na0:" you"\n') == [Text("a", "Hello"), Reasoning("a", "hm"), Text("a", " you")]
    assert attempt.finished is None
    assert attempt.read(STOP) == []
    assert attempt.is_whole
    assert attempt.end(0) == ([], Finished("a", "stop"))


def test_the_last_line_needs_no_line_end() -> None:
    attempt = answering(STOP.replace("stop", "length"))
    attempt.read('a0:"late"')
    assert attempt.end(0) == ([Text("a", "late")], Finished("a", "length"))


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ("", SiteFailed),
        ('a0:"cut"\n', SiteFailed),
        ('a0:"cut', SiteFailed),
        (STOP, EmptyResponse),
        ('a0:""\n' + STOP, EmptyResponse),
        ('a0:" "\na0:"\\n\\t\\u00a0"\n' + STOP, EmptyResponse),
        ('ag:"Hm."\na0:"\\n"\n' + STOP, EmptyResponse),
        ('ag:"Hm."\nad:{"finishReason":"length"}\n', EmptyResponse),
        ('ag:"Hm."\nad:{"finishReason":"content-filter"}\n', ContentRefused),
        ('ad:{"finishReason":"error"}\n', SiteFailed),
        ('a0:"x"\nad:{"finishReason":"error"}\n', SiteFailed),
        ('ad:{"finishReason":"content-filter"}\n', ContentRefused),
        ('a2:[{"type":"heartbeat"}]\n' + STOP, EmptyResponse),
        ("what is this?\n" + STOP, EmptyResponse),
    ],
)
def test_an_answer_counts_only_if_it_was_finished_and_holds_something(body: str, failure: type[GatewayError]) -> None:
    attempt = answering(body)
    assert not attempt.is_whole
    with pytest.raises(GatewayError) as raised:
        attempt.end(0)
    assert type(raised.value) is failure


@pytest.mark.parametrize("content", ['a0:" x"\n', 'a2:[{"type":"image","image":"https://x.example/1.png"}]\n'])
def test_text_that_can_be_seen_and_pictures_are_content(content: str) -> None:
    assert answering(content, STOP).end(0)[1].reason == "stop"


def test_text_cut_by_a_filter_is_an_answer_that_says_so() -> None:
    attempt = answering('a0:"half"\nad:{"finishReason":"content-filter"}\n')
    assert attempt.end(0)[1].reason == "content_filter"


def test_whoever_speaks_first_is_the_one_that_answers() -> None:
    attempt = answering()
    assert attempt.read('b0:"B"\na0:"A"\nb0:"b"\n') == [Text("b", "B"), Text("b", "b")]
    attempt.read('ad:{"finishReason":"stop"}\n')
    assert not attempt.is_whole
    attempt.read('bd:{"finishReason":"length"}\n')
    assert attempt.end(0)[1] == Finished("b", "length")


def test_the_first_end_is_the_answers() -> None:
    attempt = answering('a0:"x"\n', STOP, 'ad:{"finishReason":"length"}\n')
    assert attempt.end(0)[1].reason == "stop"


def test_a_failure_in_the_stream_is_raised_and_never_text() -> None:
    with pytest.raises(SiteFailed, match="out of luck"):
        answering('a0:"Once"\n', 'a3:"out of luck"\n')


def test_a_failure_after_the_end_takes_nothing_from_a_whole_answer() -> None:
    """However the network cut it: what came in one piece with the late failure is not lost."""
    attempt = answering()
    assert attempt.read('a0:"All of it"\n' + STOP + 'a3:"too late"\n') == [Text("a", "All of it")]
    assert attempt.end(0)[1].reason == "stop"


def test_a_failure_after_an_empty_end_is_the_better_reason() -> None:
    with pytest.raises(SiteFailed, match="no luck"):
        answering(STOP + 'a3:"no luck"\n')


def test_a_line_without_end_is_no_answer() -> None:
    with pytest.raises(SiteChanged):
        answering('a0:"', *["x" * 2**20] * (MAX_LINE_CHARACTERS // 2**20))


def test_records_of_unknown_form_are_kept_as_samples_up_to_a_bound() -> None:
    attempt = answering('aq:"new"\n' * 100, 'a0:"x"\n', STOP)
    assert [sample.label for sample in attempt.unrecognized] == ["aq"] * MAX_SAMPLES
    assert attempt.end(0)[1].reason == "stop"


def test_notices_are_passed_on_and_are_no_content() -> None:
    attempt = answering()
    assert attempt.read('a2:[{"type":"heartbeat"}]\n') == [Notice("a", "heartbeat")]
    assert not attempt.is_whole


def test_a_picture_is_given_once() -> None:
    attempt = answering()
    (image,) = attempt.read('a2:[{"type":"image","image":"https://x.example/1.png","mimeType":"image/webp"}]\n')
    assert image == Image("a", "https://x.example/1.png", "image/webp")


def test_a_refusal_is_classified_by_its_whole_body_at_its_end() -> None:
    error = refused(429, '{"error":"Too ', 'many requests"}', retry_after="7")
    assert isinstance(error, UpstreamRateLimited)
    assert error.retry_after_seconds == 7
    assert "Too many requests" in str(error)


def test_a_page_under_200_is_no_answer() -> None:
    assert isinstance(refused(200, "<!doctype html>", content_type="text/html"), SiteChanged)
    assert isinstance(refused(403, "<!doctype html>", content_type="text/html; charset=utf-8"), VerificationRequired)


def test_a_refusal_that_quotes_a_stream_is_still_a_refusal() -> None:
    assert isinstance(refused(500, 'a0:"Hello"\n', STOP), SiteFailed)


def test_a_refusal_keeps_no_more_than_its_bound() -> None:
    """A million pieces of a page cost no more than its head."""
    attempt = Attempt(1)
    attempt.head(500, {})
    for _ in range(100):
        attempt.read("x" * MAX_REFUSAL)
    assert attempt._refusal is not None
    assert sum(map(len, attempt._refusal)) <= MAX_REFUSAL


# -- two participants

BOTH: tuple[Participant, ...] = ("a", "b")
A_ENDS, B_ENDS = 'ad:{"finishReason":"stop"}\n', 'bd:{"finishReason":"length"}\n'


def test_each_of_two_has_its_own_end() -> None:
    attempt = answering(heard=BOTH)
    assert attempt.read('b0:"B"\na0:"A"\n' + B_ENDS) == [Text("b", "B"), Text("a", "A"), Finished("b", "length")]
    assert attempt.finished is None
    assert attempt.read('b0:"late"\na0:"a"\n' + A_ENDS) == [Text("a", "a"), Finished("a", "stop")]
    assert attempt.is_whole
    assert attempt.end(0)[1] == Finished("a", "stop")


def test_only_who_is_to_be_heard_is() -> None:
    attempt = answering(heard=("b",))
    assert attempt.read('a0:"A"\nb0:"B"\n' + A_ENDS) == [Text("b", "B")]
    assert attempt.finished is None
    attempt.read(B_ENDS)
    assert attempt.end(0)[1] == Finished("b", "length")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        ('a3:"out of luck"\n', SiteFailed),
        ("", SiteFailed),
        (A_ENDS, EmptyResponse),
        ('ad:{"finishReason":"error"}\n', SiteFailed),
    ],
    ids=["told", "cut", "empty", "error"],
)
def test_one_that_fails_ends_beside_the_others_answer(failure: str, kind: type[GatewayError]) -> None:
    attempt = answering(heard=BOTH)
    events = [*attempt.read(failure + 'b0:"B"\n'), *attempt.read(B_ENDS)]
    rest, finish = attempt.end(0)
    assert finish == Finished("b", "length")
    (failed,) = [each for each in [*events, *rest] if isinstance(each, Finished) and each.participant == "a"]
    assert (failed.reason, type(failed.error)) == ("error", kind)


def test_a_failure_of_nobody_in_particular_is_everybodys_who_has_not_ended() -> None:
    attempt = answering('b0:"B"\n' + B_ENDS, heard=BOTH)
    (failed,) = attempt.read('{"error":"broken"}\n')
    assert isinstance(failed, Finished)
    assert (failed.participant, type(failed.error)) == ("a", SiteFailed)
    assert attempt.end(0)[1] == Finished("b", "length")


@pytest.mark.parametrize(
    ("body", "kind"),
    [("", SiteFailed), (A_ENDS + B_ENDS, EmptyResponse), (A_ENDS + 'b3:"out of luck"\n', SiteFailed)],
)
def test_two_that_fail_are_a_failure_and_silence_is_the_lesser_reason(body: str, kind: type[GatewayError]) -> None:
    attempt = answering(body, heard=BOTH)
    with pytest.raises(GatewayError) as raised:
        attempt.end(0)
    assert type(raised.value) is kind
    assert not attempt.is_whole


def test_two_answers_are_never_read_from_the_page_which_would_mix_them_up() -> None:
    attempt = Attempt(1, BOTH)
    attempt.head(200, {"content-type": PAGE_TEXT})
    with pytest.raises(SiteChanged):
        attempt.read("Hello")
