"""Plausible answers to prompts without a mark: the same prompt always gets the same few sentences."""

from __future__ import annotations

import hashlib

OPENINGS = (
    "That is a good question.",
    "Let me walk through this step by step.",
    "Short answer: it depends, but here is how I would think about it.",
    "Happy to help! 😊",
    "Sure, here is a compact summary.",
)
MIDDLES = (
    "The first thing to look at is what you already have, since most of the work is in the parts that seem obvious.",
    "In practice, small and frequent steps beat one large effort, because each of them can be checked on its own.",
    "A simple model explains most of what you observe; the rest is noise until it repeats.",
    "There are two usual approaches: one is quick and rough, the other takes longer and keeps its promises.",
    "If the numbers disagree with the story, trust the numbers and rewrite the story.",
    "A useful rule of thumb (経験則) is to change one thing at a time and to write down what happened.",
    "Here is a tiny example:\n\n```python\ndef double(x: int) -> int:\n    return 2 * x\n```\n\n",
    "Think of it like a harbour: ships of every size come and go, and the pilot only has to know the channel.",
    "Three points matter most:\n\n1. say what you want,\n2. measure where you are,\n3. move the two closer.\n\n",
)
CLOSINGS = (
    "Let me know if you would like more detail on any of this.",
    "I hope that helps! 🚀",
    "Tell me a little more and I can be more precise.",
    "That should be enough to get you started.",
    "このくらいで十分でしょう。",
)


def answer_to(prompt: str, voice: str = "") -> str:
    """A few sentences that depend on nothing but the prompt and the voice (who answers)."""
    dice = hashlib.sha256(f"{voice}\0{prompt}".encode(errors="surrogatepass")).digest()
    count = 2 + dice[1] % 3
    middles = [MIDDLES[(dice[2] + step * (1 + dice[3] % 4)) % len(MIDDLES)] for step in range(count)]
    sentences = [OPENINGS[dice[0] % len(OPENINGS)], *dict.fromkeys(middles), CLOSINGS[dice[4] % len(CLOSINGS)]]
    return "".join(each if each.endswith("\n") else each + " " for each in sentences).rstrip()
