"""What a participant does in answer to a prompt: acts that follow from the prompt and the conversation alone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from arenabridge.simulator import prose
from arenabridge.simulator.marks import MarkName, last_marks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from arenabridge.simulator.attachments import SeenFile
    from arenabridge.simulator.conversations import Message

REPEATS_ALLOWED = 1_000_000
"""`REPEAT` with a larger number is carried out this many times."""
CITATIONS_ALLOWED = 1_000
ATTACHMENT_URL_CHARACTERS = 200
"""`ATTACHMENTS` shortens longer URLs (`data:` URIs) to this many."""
GENERIC_ERROR = "An error occurred"
"""The failure text seen most often."""


@dataclass(frozen=True)
class Say:
    """Text of the answer."""

    pieces: tuple[str, ...] | str
    """A text to be cut into records by the settings, or records as given."""
    delay_seconds: float = 0.0
    """Silence before each of its records, besides that of the settings."""


@dataclass(frozen=True)
class Think:
    """Reasoning before or between the text."""

    text: str


@dataclass(frozen=True)
class Cite:
    """Citations of so many sources: each growing, then all of them at once."""

    count: int


@dataclass(frozen=True)
class Show:
    """A made file: a picture or a film."""

    kind: Literal["image", "video"]
    prompt: str
    inputs: tuple[str, ...] = ()
    """Digests of the pictures it is made from."""
    number: int = 1
    """Which of an answer's pictures it is, when one prompt makes several."""


@dataclass(frozen=True)
class Wait:
    """Silence."""

    seconds: float


@dataclass(frozen=True)
class Finish:
    """The record that ends a participant's answer, with its reason."""

    reason: str


@dataclass(frozen=True)
class Fail:
    """The error record."""

    message: str


@dataclass(frozen=True)
class Stop:
    """The end of everything: a clean end of the body, an abortive one, or silence until the client goes."""

    how: Literal["cut", "reset", "hang", "hang_before_head"]


@dataclass(frozen=True)
class Refuse:
    """The call as a whole is refused with that status."""

    status: int


Act = Say | Think | Cite | Show | Wait | Finish | Fail | Stop | Refuse


@dataclass(frozen=True)
class Stage:
    """What an answer may depend on besides the marks."""

    seen: Sequence[Message]
    """The conversation as this participant is given it, the current user turn included."""
    modality: str = "chat"
    voice: str = ""
    """Who answers, so that two participants do not say the same to an unmarked prompt."""
    look: Callable[[], tuple[SeenFile, ...]] = tuple
    """The attachments of the conversation, looked at only by acts that depend on them."""

    @property
    def prompt(self) -> str:
        """The last user turn."""
        return next((message.content for message in reversed(self.seen) if message.role == "user"), "")

    @property
    def new_files(self) -> list[SeenFile]:
        """Those of the last user turn."""
        last = max((at for at, message in enumerate(self.seen) if message.role == "user"), default=-1)
        return [file for file in self.look() if file.message == last]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The digests of the last user turn's pictures."""
        return tuple(file.sha256 or "" for file in self.new_files if file.is_picture)


def acts_for(stage: Stage, pictures: int = 1) -> tuple[Act, ...]:
    """
    The acts in order. The last one is a `Finish`, a `Fail` or a `Stop`, unless a `Refuse` comes first.

    A picture model answers an unmarked prompt with that many `pictures`.
    """
    marks = last_marks(stage.prompt)
    acts = (
        [act for mark in marks for act in _ACTS[mark.name](mark.text, stage)] if marks else _unmarked(stage, pictures)
    )
    if not any(isinstance(act, Finish | Fail | Stop) for act in acts):
        # Search models end with `unknown` in captures, everybody else with `stop`.
        acts.append(Finish("unknown" if any(isinstance(act, Cite) for act in acts) else "stop"))
    return tuple(acts)


def _unmarked(stage: Stage, pictures: int) -> list[Act]:
    if stage.modality == "image":
        return [Show("image", stage.prompt, stage.inputs, number) for number in range(1, pictures + 1)]
    if stage.modality == "video":
        return [Show("video", stage.prompt, stage.inputs)]
    seen = "".join(f"I can see {file.in_words()}.\n\n" for file in stage.new_files)
    text = Say(seen + prose.answer_to(stage.prompt, stage.voice))
    return [text, Cite(3)] if stage.modality == "search" else [text]


def _counted(text: str) -> tuple[float, str]:
    number, _, rest = text.partition("|")
    return _number(number, 1.0), rest


def _number(text: str, otherwise: float) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return otherwise


def _attachments(stage: Stage) -> list[dict[str, Any]]:
    """Every attachment of the conversation with the message (counted from 0) that brought it."""
    return [
        {"message": at, **attachment, "url": attachment["url"][:ATTACHMENT_URL_CHARACTERS]}
        for at, message in enumerate(stage.seen)
        for attachment in message.attachments
    ]


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _repeated(text: str, _: Stage) -> list[Act]:
    count, piece = _counted(text)
    return [Say((piece,) * min(int(count), REPEATS_ALLOWED))]


def _slowly(text: str, _: Stage) -> list[Act]:
    seconds, said = _counted(text)
    return [Say(said, seconds)]


def _history(_: str, stage: Stage) -> list[Act]:
    return [Say(_as_json([{"role": each.role, "content": each.content} for each in stage.seen]))]


_ACTS: Mapping[MarkName, Callable[[str, Stage], list[Act]]] = {
    "SAY": lambda text, _: [Say(text)],
    "HISTORY": _history,
    "ROLES": lambda _, stage: [Say(_as_json([each.role for each in stage.seen]))],
    "ATTACHMENTS": lambda _, stage: [Say(_as_json(_attachments(stage)))],
    "SEE": lambda _, stage: [Say(_as_json([file.as_json() for file in stage.look()]))],
    "WAIT": lambda text, _: [Wait(_number(text, 1.0))],
    "THINK": lambda text, _: [Think(text)],
    "CITE": lambda text, _: [Cite(min(int(_number(text, 1)), CITATIONS_ALLOWED))],
    "DRAW": lambda text, stage: [Show("image", text, stage.inputs)],
    "FILM": lambda text, stage: [Show("video", text, stage.inputs)],
    "FAIL": lambda text, _: [Fail(text or GENERIC_ERROR)],
    "FAILAFTER": lambda text, _: [Say(text), Fail(GENERIC_ERROR)],
    "CUT": lambda text, _: [Say(text), Stop("cut")],
    "RESET": lambda text, _: [Say(text), Stop("reset")],
    "HANG": lambda text, _: [Say(text), Stop("hang")],
    "HANGHEAD": lambda _, __: [Stop("hang_before_head")],
    "STATUS": lambda text, _: [Refuse(int(_number(text, 500)))],
    "EMPTY": lambda _, __: [Finish("stop")],
    "FINISH": lambda text, _: [Finish(text)],
    "REPEAT": _repeated,
    "SLOW": _slowly,
}
"""What each mark stands for."""
