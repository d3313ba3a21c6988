"""What stands between the hub and who listens: answers are cut, gathered and checked, and end exactly once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from arenabridge.errors import GatewayError, InvalidJsonAnswer, SiteFailed, Stalled
from arenabridge.http.answers.checked_answer import MAX_CHARACTERS, CheckedAnswer
from arenabridge.http.answers.cut_answer import CutAnswer
from arenabridge.hub.jobs.exchange import ReplySink
from arenabridge.wire.link.messages import How, WorkerId
from arenabridge.wire.openai.cutting import Cutter
from arenabridge.wire.openai.json_format import JsonFormat, NotAsAsked
from arenabridge.wire.reply import Citations, Finished, Image, Reasoning, ReplyEvent, Text

STOP = Finished("a", "stop")
HM = Reasoning("a", "Hm.")
PICTURE = Image("a", "https://x.example/1.png", "image/png")


@dataclass
class Listener:
    """Keeps what it hears."""

    takes_more: bool = True
    heard: list[ReplyEvent] = field(default_factory=list)
    ends: list[Finished | GatewayError] = field(default_factory=list)

    def granted(self, worker: WorkerId, how: How, model: str) -> None:
        pass

    def deliver(self, events: Sequence[ReplyEvent]) -> bool:
        self.heard += events
        return self.takes_more

    def complete(self, finish: Finished) -> None:
        self.ends.append(finish)

    def fail(self, error: GatewayError) -> None:
        self.ends.append(error)

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.heard if isinstance(event, Text))


def never(_answer: str, _fault: NotAsAsked) -> None:
    pytest.fail("a second answer was asked for")


def cut(listener: Listener, *stop: str) -> CutAnswer:
    return CutAnswer(Cutter(stop), listener)


def test_what_was_held_back_comes_before_a_picture_and_before_the_end() -> None:
    listener = Listener()
    answer = cut(listener, "END")
    assert answer.deliver([Text("a", "one E"), PICTURE, Text("a", "two EN")])
    answer.complete(STOP)
    assert [event.text for event in listener.heard if isinstance(event, Text)] == ["one ", "E", "two ", "EN"]
    assert listener.heard.index(PICTURE) == 2
    assert listener.ends == [STOP]


def test_thoughts_neither_end_an_answer_nor_are_lost() -> None:
    listener = Listener()
    assert cut(listener, "Hm").deliver([HM, Citations("a", ())])
    assert listener.heard == [HM, Citations("a", ())]


Report = Callable[[ReplySink], object]


@pytest.mark.parametrize(
    "late", [lambda sink: sink.complete(STOP), lambda sink: sink.fail(Stalled()), lambda sink: sink.deliver([HM])]
)
def test_a_cut_answer_has_ended_whatever_the_site_does(late: Report) -> None:
    listener = Listener()
    answer = cut(listener, ".")
    assert not answer.deliver([Text("a", "One. Two"), HM])
    late(answer)
    assert (listener.text, listener.ends, HM in listener.heard) == ("One", [STOP], False)


def test_a_failure_before_the_cut_is_one() -> None:
    listener = Listener()
    cut(listener, ".").fail(error := Stalled())
    assert listener.ends == [error]


def test_a_listener_that_takes_no_more_is_not_told_of_the_end() -> None:
    listener = Listener(takes_more=False)
    answer = CheckedAnswer(JsonFormat(), listener, never)
    assert answer.deliver([Text("a", "{}")])
    answer.complete(STOP)
    assert listener.ends == []


def test_a_checked_answer_comes_in_one_piece_after_its_thoughts() -> None:
    listener = Listener()
    answer = CheckedAnswer(JsonFormat(), listener, never)
    for piece in (Text("a", "{"), HM, Text("a", "}")):
        assert answer.deliver([piece])
        assert listener.heard == []
    answer.complete(STOP)
    assert listener.heard == [HM, Text("a", "{}")]
    assert listener.ends == [STOP]


def test_it_is_asked_once_more_and_no_further() -> None:
    listener, asked = Listener(), list[tuple[str, str]]()
    answer = CheckedAnswer(JsonFormat(), listener, lambda bad, fault: asked.append((bad, str(fault))))
    for text in ("Sorry.", "Really."):
        answer.deliver([Text("a", text)])
        answer.complete(STOP)
    ((bad, fault),) = asked
    assert bad == "Sorry."
    assert "JSON" in fault
    assert listener.heard == []
    (error,) = listener.ends
    assert isinstance(error, InvalidJsonAnswer)


def test_an_answer_that_the_site_cut_is_passed_on_as_it_is() -> None:
    listener = Listener()
    answer = CheckedAnswer(JsonFormat(), listener, never)
    answer.deliver([Text("a", '{"a')])
    answer.complete(finish := Finished("a", "length"))
    assert (listener.text, listener.ends) == ('{"a', [finish])


def test_what_waits_to_be_checked_is_bounded() -> None:
    listener = Listener()
    answer = CheckedAnswer(JsonFormat(), listener, never)
    assert answer.deliver([Reasoning("a", "x" * MAX_CHARACTERS)])
    assert not answer.deliver([Text("a", "x")])
    (error,) = listener.ends
    assert isinstance(error, SiteFailed)
