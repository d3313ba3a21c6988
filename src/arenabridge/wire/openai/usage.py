"""Token counts: the site's own where it gives them, an estimate elsewhere, and which of the two they are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from arenabridge.wire.reply import Notice, Participant, Reasoning, ReplyEvent, Text, Usage

BYTES_PER_TOKEN = 4
"""English text averages 4.1 UTF-8 bytes a token in o200k; code is 15 % above, Chinese 39 % below."""

MAX_KEPT_CHARACTERS = 2**20
"""Characters of one answer kept for counting when it has ended; of what comes after them only the length counts."""

_SUPERSEDED = "superseded"


def estimate_tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


class Spoken:
    """What a model has said in one answer, for counting: its words alone, no tags, pictures or footnotes of ours."""

    __slots__ = ("_kept", "_texts", "_thoughts", "site", "tokens_beyond")

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._kept = 0
        self.tokens_beyond = 0
        """An estimate for what was not kept."""
        self.site: Usage | None = None
        """What the site counted."""

    def note(self, event: ReplyEvent) -> None:
        if isinstance(event, Text):
            self._keep(self._texts, event.text)
        elif isinstance(event, Reasoning):
            self._keep(self._thoughts, event.text)
        elif isinstance(event, Notice) and event.kind == _SUPERSEDED:
            text, thoughts = event.value
            self._keep(self._texts, text)
            self._keep(self._thoughts, thoughts)

    def _keep(self, where: list[str], text: str) -> None:
        if self._kept + len(text) > MAX_KEPT_CHARACTERS:
            self.tokens_beyond += estimate_tokens(text)
            return
        self._kept += len(text)
        where.append(text)

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def thoughts(self) -> str:
        return "".join(self._thoughts)

    @property
    def completion_tokens(self) -> int | None:
        return self.site.completion_tokens if self.site else None


def superseded(participant: Participant, text: str, thoughts: str) -> Notice:
    """Tells a `Spoken` about an answer that was asked for and paid for, but is not shown."""
    return Notice(participant, _SUPERSEDED, (text, thoughts))


def summed(one: Usage | None, other: Usage | None) -> Usage | None:
    """The site's figures of two answers to one prompt, together; what it did not count for both has to be counted."""
    if one is None or other is None:
        return None
    completions = one.completion_tokens, other.completion_tokens
    told = [each for each in completions if each is not None]
    return Usage(one.prompt_tokens, sum(told) if len(told) == len(completions) else None)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The usage of a whole request: its prompt once, all its answers together."""

    prompt: int
    completion: int
    """Thoughts included."""
    thoughts: int
    is_estimated: bool
    """At least one of the first two is not the site's own figure."""

    @property
    def source(self) -> Literal["estimated", "site"]:
        return "estimated" if self.is_estimated else "site"

    def as_usage(self) -> dict[str, Any]:
        """OpenAI's `usage`, and beside its fields whether it is an estimate: the three figures always add up."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "completion_tokens_details": {"reasoning_tokens": self.thoughts},
            "estimated": self.is_estimated,
        }


def uncounted(prompt: str, answers: Sequence[Spoken]) -> list[str]:
    """The texts that have to be counted, in the order in which `total` takes their counts."""
    return list(_uncounted(prompt, answers))


def total(answers: Sequence[Spoken], counts: Sequence[int]) -> Tokens:
    """Put the site's figures and the counts of `uncounted` together."""
    counted = iter(counts)
    prompt = _site_prompt(answers)
    is_estimated = prompt is None or any(answer.completion_tokens is None for answer in answers)
    prompt = next(counted) if prompt is None else prompt
    completion = thoughts = 0
    for answer in answers:
        thought = next(counted)
        told = answer.completion_tokens
        whole = next(counted) + thought + answer.tokens_beyond if told is None else told
        completion += whole
        thoughts += min(thought, whole)
    return Tokens(prompt, completion, thoughts, is_estimated)


def _uncounted(prompt: str, answers: Sequence[Spoken]) -> Iterator[str]:
    if _site_prompt(answers) is None:
        yield prompt
    for answer in answers:
        yield answer.thoughts
        if answer.completion_tokens is None:
            yield answer.text


def _site_prompt(answers: Sequence[Spoken]) -> int | None:
    """The site may count the prompt for each answer, but it is only one prompt."""
    told = (answer.site.prompt_tokens for answer in answers if answer.site)
    return next((tokens for tokens in told if tokens is not None), None)
