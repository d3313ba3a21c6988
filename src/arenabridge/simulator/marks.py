"""
Marks: what a prompt may contain to choose its answer, e.g. `THINK<<hm>>SAY<<42>>`.

A mark is a name in capitals and its text between `<<` and `>>`. The text may contain anything, new lines too, under
these rules:

* inner `<<` and `>>` are counted, and the mark ends with the `>>` that balances its own;
* in an unbroken row of `>` the mark ends as late as it can: the text of `SAY<<a>>>` is `a>`;
* a text with unbalanced double brackets goes between guards, as many as needed: `SAY#<<x >> y>>#`.

Marks that touch, or have nothing but blanks between them, are one group and are carried out in order. The last group of
a text counts, so that a history which a client has rendered into one message answers to its newest turn.

=============== ========================================================================================
`SAY`           exactly this text
`REPEAT`        `n|text`: n records of that text
`SLOW`          `seconds|text`: that text, with a silence before each record
`THINK`         reasoning, which begins with an empty record
`CITE`          n sources: growing citation records, then all in one; finishes with `unknown`
`DRAW` `FILM`   a made file of that prompt and the turn's attachments, under a signed URL; several marks, several files
`HISTORY`       the conversation as the site holds it: JSON `[{role, content}, …]`, the current turn included
`ROLES`         its roles: JSON `["user", …]`
`ATTACHMENTS`   its attachments: JSON `[{message, name, contentType, url}, …]`
`SEE`           every attachment as the model sees it: JSON `[{message, name, contentType, size, sha256, prompt}, …]`
`WAIT`          so many seconds of silence; before the first record the head waits as well
`EMPTY`         the finish without a text
`FINISH`        the finish with this reason
`FAIL`          the error record with this message and nothing before
`FAILAFTER`     this text, then an error record
`CUT`           this text, then a clean end of the body without a finish
`RESET`         this text, then an abortive end: RST_STREAM, or a TCP reset under HTTP/1.1
`HANG`          the head, this text, then silence until the client goes
`HANGHEAD`      silence instead of a response head
`STATUS`        the site's refusal with this status (401, 403, 404, 413, 422, 429, 500, …)
=============== ========================================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

MarkName = Literal[
    "SAY",
    "HISTORY",
    "ROLES",
    "ATTACHMENTS",
    "SEE",
    "WAIT",
    "THINK",
    "CITE",
    "DRAW",
    "FILM",
    "FAIL",
    "FAILAFTER",
    "CUT",
    "RESET",
    "HANG",
    "HANGHEAD",
    "STATUS",
    "EMPTY",
    "FINISH",
    "REPEAT",
    "SLOW",
]
NAMES: tuple[MarkName, ...] = get_args(MarkName)

_OPENING = re.compile(rf"(?<![A-Z])({'|'.join(sorted(NAMES, key=len, reverse=True))})(#*)<<")
_BRACKETS = re.compile(r"<{2,}|>{2,}")


@dataclass(frozen=True)
class Mark:
    """One mark of a prompt."""

    name: MarkName
    text: str


def last_marks(prompt: str) -> tuple[Mark, ...]:
    """The last group of marks of a prompt; empty when there is none."""
    group: list[Mark] = []
    at = 0
    while opening := _OPENING.search(prompt, at):
        end = _end_of(prompt, opening)
        if end is None:
            at = opening.end()
            continue
        if prompt[at : opening.start()].strip(" \t") or "\n" in prompt[at : opening.start()]:
            group = []
        text, at = end
        group.append(Mark(next(name for name in NAMES if name == opening[1]), text))
    return tuple(group)


def _end_of(prompt: str, opening: re.Match[str]) -> tuple[str, int] | None:
    """The text of the mark that opens there and the place after it; None when it is never closed."""
    start = opening.end()
    guards = opening[2]
    if guards:
        close = prompt.find(">>" + guards, start)
        return None if close < 0 else (prompt[start:close], close + 2 + len(guards))
    depth = 1
    for run in _BRACKETS.finditer(prompt, start):
        pairs = len(run[0]) // 2
        if run[0][0] == "<":
            depth += pairs
        elif pairs < depth:
            depth -= pairs
        else:
            return prompt[start : run.end() - 2], run.end()
    return None
