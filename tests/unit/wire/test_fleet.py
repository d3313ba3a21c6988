"""What gateways tell each other is bounded, comes back as it was, and what is not understood is left out."""

import msgspec
import pytest

from arenabridge.wire.fleet import (
    MAX_FACTS_BYTES,
    MAX_SHOWN_WORKERS,
    Account,
    Change,
    Connection,
    Counts,
    Limit,
    Malformed,
    Needs,
    News,
    Page,
    Presence,
    Refusal,
    ReplicaFacts,
    Serves,
    Topic,
    WorkerFacts,
    decode_news,
    decode_presence,
    encode_news,
    encode_presence,
)
from arenabridge.wire.link.messages import JobId, WorkerId

WORKER = WorkerFacts(
    id=WorkerId("w1"),
    browser="b1",
    site="https://arena.ai",
    script="1.0",
    slots=4,
    running=1,
    condition="needs_you",
    visible=True,
    frozen=False,
    paused=False,
    leaving=False,
    how=("fetch",),
    uses_page=False,
    link=Connection("ws"),
    resting=(),
    served={"fetch": 3},
    since=5.0,
    needs=Needs("check", "Are you human?"),
)
SERVES = Serves("", "", None, is_backup=False)


def replica(*workers: WorkerFacts, name: str = "home") -> ReplicaFacts:
    now = Counts(running=1, workers=len(workers))
    return ReplicaFacts(
        name=name, address="http://home:5102", version="1.0", since=5.0, closing=False, now=now, workers=workers
    )


def test_what_is_said_comes_back() -> None:
    said = Presence((SERVES,), replica(WORKER))
    assert decode_presence(encode_presence(said)) == said
    assert decode_presence(encode_presence(Presence())) == Presence()


def test_it_never_gets_large() -> None:
    many = [msgspec.structs.replace(WORKER, id=WorkerId(str(number))) for number in range(MAX_SHOWN_WORKERS * 2)]
    facts = decode_presence(encode_presence(Presence((), replica(*many)))).facts
    assert facts is not None
    assert (len(facts.workers), facts.now.workers) == (MAX_SHOWN_WORKERS, MAX_SHOWN_WORKERS * 2)
    large = msgspec.structs.replace(WORKER, name="x" * MAX_FACTS_BYTES)
    said = encode_presence(Presence((), replica(large)))
    assert len(said) <= MAX_FACTS_BYTES
    assert decode_presence(said) == Presence((), msgspec.structs.replace(replica(large), workers=())), "only counted"


def test_of_what_another_version_says_that_is_taken_which_is_understood() -> None:
    said = encode_presence(Presence((SERVES,), replica(WORKER, WORKER, name="later")))
    later = said.replace(b'"version"', b'"of_tomorrow":[1],"version"').replace(b'"needs_you"', b'"dreaming"', 1)
    understood = msgspec.structs.replace(replica(WORKER, WORKER, name="later"), workers=(WORKER,))
    assert decode_presence(later) == Presence((SERVES,), understood)
    assert decode_presence(said.replace(b'"address":"http://home:5102"', b'"address":7')) == Presence((SERVES,), None)
    for odd in (b"", b"null", b"[1]", b"[" * 10_000, said.replace(b'"is_backup":false', b'"is_backup":7')):
        with pytest.raises(Malformed):
            decode_presence(odd)


@pytest.mark.parametrize(
    "news",
    [
        Limit("ann", "gpt", 5.0),
        Refusal("profile", "chat"),
        Page("page", "", (JobId("r1.1"),)),
        Account("profile"),
        Change(Topic.KEYS, "k1"),
        Change(Topic.MODELS),
    ],
)
def test_news_come_back_as_they_were_told(news: News) -> None:
    assert decode_news(*encode_news(news)) == news


def test_strange_topics_are_nobodys_and_nonsense_has_a_name() -> None:
    assert decode_news("of another version", b"\xff") is None
    for topic, payload in (("limit", b"{}"), ("page", b"\xff"), ("keys", b"\xff")):
        with pytest.raises(Malformed):
            decode_news(topic, payload)
