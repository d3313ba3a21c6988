"""
Others' text is read in one pass, however it was made to be read in many.

Each of these is small enough to be sent, and took minutes to years where a pattern tried again from every place, or in
every way in which its parts can share the same characters. None is timed: what does not end is seen.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from arenabridge.conversations.echoes import Echoes
from arenabridge.conversations.rendering import render
from arenabridge.errors import GatewayError
from arenabridge.http.answers.shown_pictures import ShownPictures
from arenabridge.hub.models.offered import Models
from arenabridge.media.kinds import kept_type, served_type
from arenabridge.media.public_addresses import is_inner_name, is_plain_host
from arenabridge.upstream.actions import PERMITTED, Actions, ActionUnknown
from arenabridge.wire.arena.catalogue import read_catalogue
from arenabridge.wire.arena.conversation_page import last_answer
from arenabridge.wire.arena.rate_limit import retry_after_seconds
from arenabridge.wire.arena.refusals import Answer, in_stream, refusal
from arenabridge.wire.arena.site_session import read_session
from arenabridge.wire.arena.wording import shown
from arenabridge.wire.chat import Message
from arenabridge.wire.earlier import read
from arenabridge.wire.file_names import safe_name
from arenabridge.wire.file_types import media_type_of
from arenabridge.wire.openai.files import read_data
from arenabridge.wire.openai.image_requests import decode_picture_request
from arenabridge.wire.openai.json_format import JsonFormat, NotAsAsked
from arenabridge.wire.openai.limiting import limited
from arenabridge.wire.openai.request import decode_chat_request
from arenabridge.wire.profile import ClientProfile

MILLION = 1_000_000


def sides(name: str) -> object:
    return Models([], keep=lambda _: None, unix=lambda: 0.0).sides(name)


def unfolded(text: str) -> object:
    pictures = ShownPictures(None, Echoes(), 1)
    turn = Message("assistant", "](data:image/ " + text)
    return asyncio.run(pictures.unfold(turn, takes_ours=True, takes_data=True))


class Site:
    """Whose page and scripts are this text."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def page(self, _path: str = "/") -> tuple[int, str]:
        return 200, self._text


def looked_for(text: str) -> object:
    with suppress(ActionUnknown):
        return asyncio.run(Actions(cast("Any", Site(text))).call(next(iter(PERMITTED)), ""))
    return None


class Words:
    """A vocabulary of single characters."""

    def count(self, text: str) -> int:
        return len(text)

    def first(self, text: str, tokens: int) -> str:
        return text[:tokens]


def rendered(turn: str) -> object:
    return render([Message("user", turn)] * 20_000, ClientProfile(role_mode="strict"))


TEXTS: list[tuple[Callable[[str], object], str]] = [
    (sides, "a" + " " * MILLION + "b"),
    (sides, "a vs" * (MILLION // 4)),
    (JsonFormat().check, "```json" + "\n" * MILLION),
    (JsonFormat().check, "```\n" * (MILLION // 4)),
    (JsonFormat().check, "{" * MILLION),
    (JsonFormat().check, "```" + "a" * MILLION + "```" + " \n" * MILLION),
    (unfolded, "![](a" * (MILLION // 5)),
    (unfolded, "![" * (MILLION // 2)),
    (unfolded, "![](data:image/png;base64,AAAA" * (MILLION // 30)),
    (looked_for, "static/" * (MILLION // 7)),
    (looked_for, "static/a.js createServerReference" + " " * MILLION),
    (looked_for, f"static/a.js createServerReference('{'a' * 40}'," + "createServerReference(" + ",a" * MILLION),
    (read_catalogue, 'self.__next_f.push([1,"' + "__next_f" * (MILLION // 8)),
    (read_catalogue, "__next_f.push(" * (MILLION // 14) + " " * MILLION),
    (lambda page: last_answer(page, "s"), '"initialState"' * (MILLION // 14) + " " * MILLION),
    (read_session, "arena-auth-prod-v1" * (MILLION // 18) + "\t" * MILLION),
    (lambda value: retry_after_seconds({"ratelimit": value, "retry-after": value}, None, 0), "a" * MILLION),
    (lambda value: retry_after_seconds({"ratelimit": value, "retry-after": value}, None, 0), " " * MILLION + "1" * 9),
    (shown, "<" * MILLION),
    (in_stream, "prompt " * (MILLION // 7)),
    (lambda body: refusal(Answer(400, {}, body), now_unix=0), "prompt " * (MILLION // 7)),
    (read, '{"request_id":"1","data":"' + " " * MILLION + '"}'),
    (safe_name, "con." * (MILLION // 4)),
    (lambda name: kept_type(b"x", "text/plain", name), ".html" * (MILLION // 5)),
    (served_type, "a" * (MILLION // 2) + "/" + "xml" * (MILLION // 6)),
    (is_plain_host, "1." * (MILLION // 2) + "x"),
    (is_inner_name, "local." * (MILLION // 6) + "x"),
    (lambda uri: read_data(uri, "x"), "data:" + ";name=" * (MILLION // 6)),
    (limited(10, Words()).feed, " " * MILLION),
    (rendered, "x" * 1_500),
]

BYTES: list[tuple[Callable[[bytes], object], bytes]] = [
    (media_type_of, b"<!---->" * (MILLION // 7)),
    (media_type_of, b"<!-- -->" * 60 + b"<svg"),
    (media_type_of, b"<?xml?>" * (MILLION // 7)),
    (media_type_of, b"<!DOCTYPE>" * (MILLION // 10)),
    (media_type_of, b" " * MILLION),
    (decode_chat_request, b'{"a":"' + b"\\" * MILLION),
    (decode_chat_request, b'{"a":"' + b"\\ud83d" * (MILLION // 6)),
    (decode_chat_request, b'\\"' * MILLION),
    (decode_picture_request, b'{"prompt":"x","size":"1' + b" " * MILLION + b'"}'),
]


@pytest.mark.parametrize(
    ("reads", "text"), [*TEXTS, *BYTES], ids=lambda each: None if callable(each) else repr(each[:20])
)
def test_hostile_text_is_read_in_one_pass(reads: Callable[[Any], object], text: str | bytes) -> None:
    with suppress(GatewayError, NotAsAsked, ValueError):
        reads(text)
