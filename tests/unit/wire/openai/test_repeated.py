"""An answer is known again by whatever its client makes of it when it repeats it."""

import pytest

from arenabridge.wire.openai.json_format import JsonFormat
from arenabridge.wire.openai.repeated import MAX_CHARACTERS, Repeated
from arenabridge.wire.openai.shape import THINK, THOUGHT
from arenabridge.wire.profile import ClientProfile
from arenabridge.wire.reply import Citation, Citations, Image, Reasoning, ReplyEvent, Text

SOURCE = Citations("a", (Citation("1", "https://x.example", "X"),))
ANSWER: tuple[ReplyEvent, ...] = Reasoning("a", "Hm."), Text("a", "Hel"), SOURCE, Text("a", "lo")
TAGGED = f"{THINK}Hm.{THOUGHT}Hello"
LISTED = "\n\nSources:\n\n1. [X](https://x.example)"
PICTURE = Image("a", "https://x.example/1.png", "image/png")


def forms(client: ClientProfile, *events: ReplyEvent, json: JsonFormat | None = None) -> tuple[str, ...]:
    repeated = Repeated(client, json)
    for event in events:
        repeated.note([event])
    return repeated.forms()


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        (ClientProfile(), ("Hello",)),
        (ClientProfile(reasoning="off", citations="off"), ("Hello",)),
        (ClientProfile(reasoning="think"), (TAGGED, "Hello")),
        (ClientProfile(citations="footnotes"), (f"Hello{LISTED}", "Hello")),
        (ClientProfile(reasoning="think", citations="footnotes"), (TAGGED + LISTED, f"Hello{LISTED}", "Hello")),
    ],
)
def test_a_client_may_leave_out_what_it_was_given_beside_the_answer(
    client: ClientProfile, expected: tuple[str, ...]
) -> None:
    assert forms(client, *ANSWER) == expected


def test_json_is_repeated_without_the_fence_that_it_lost() -> None:
    fenced = Text("a", '```json\n{"age": 7}\n```')
    assert forms(ClientProfile(), fenced, json=JsonFormat()) == ('{"age": 7}',)
    assert forms(ClientProfile(), Text("a", "no"), json=JsonFormat()) == ("no",)


def test_pictures_stand_under_the_sites_own_addresses_or_nothing_is_known_again() -> None:
    assert forms(ClientProfile(), PICTURE) == ("![image](https://x.example/1.png)",)
    assert forms(ClientProfile(pictures="images"), Text("a", "Here:"), PICTURE) == ()


def test_an_answer_that_is_too_long_to_be_kept_is_not_known_again() -> None:
    assert forms(ClientProfile(), Text("a", "x" * MAX_CHARACTERS)) != ()
    assert forms(ClientProfile(), Text("a", "x" * MAX_CHARACTERS), Text("a", "x")) == ()
