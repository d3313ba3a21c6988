"""
What an answer of the site means that is not a stream, or a failure told inside one.

The status decides, then content type and headers. Words decide only where they are the site's own (an error's body) and
nothing else tells two failures of one status apart. A model's words are never looked at: an answer that quotes a
challenge page is an answer.
"""

import re
from collections.abc import Mapping

import msgspec

from arenabridge.errors import (
    AttachmentTooLarge,
    ContentRefused,
    ContextTooLong,
    GatewayError,
    LoginRequired,
    SiteChanged,
    SiteFailed,
    UnknownModel,
    UpstreamRateLimited,
    VerificationRequired,
)
from arenabridge.wire.arena.rate_limit import retry_after_seconds
from arenabridge.wire.arena.wording import json_of, shown, words_of_body

_CHALLENGE_STATUSES = (403, 429, 503)
"""Statuses under which the site's protection shows its pages."""

_TOO_LONG = re.compile(
    r"\b(?:prompt|message|input|context|conversation)\b.{0,60}?\b(?:too (?:long|large)|exceeds?|exceeded)\b"
    r"|maximum context length|prompt failed",
    re.IGNORECASE,
)
"""`prompt failed` is how the site refuses very long prompts since 2026, under 429."""


_FILES = re.compile(r"\b(?:attachments?|files?|images?|uploads?|uploaded|signed url)\b", re.IGNORECASE)


class Answer(msgspec.Struct, frozen=True):
    """An answer that is not a stream. `headers` may be in any case; `body` is its text, perhaps cut."""

    status: int
    headers: Mapping[str, str]
    body: str = ""


def is_stream(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the body is to be decoded as a model's answer: any success that is not a page."""
    return 200 <= status < 300 and not _is_page(_lower(headers))


def is_challenge(status: int, headers: Mapping[str, str]) -> bool:
    """Whether the site's protection shows a check: it says so itself, or a page comes under one of its statuses."""
    lower = _lower(headers)
    return bool(lower.get("cf-mitigated")) or (status in _CHALLENGE_STATUSES and _is_page(lower))


def refusal(answer: Answer, *, now_unix: float, has_attachments: bool = False) -> GatewayError:
    """
    The failure that an answer other than a stream stands for. `now_unix` is for limits that end at a date.

    A page under 200 is not taken for a check: checks come under 403, 429 or 503 and with a header of their own. It is
    what follows when a path has moved and the browser was led to a page of the site, and no person can mend that.
    """
    words = words_of_body(answer.body)
    return (
        _person_needed(answer, words)
        or _request_at_fault(answer.status, words, has_attachments=has_attachments)
        or (_rate_limited(answer, words, now_unix) if answer.status == 429 else _failed(answer, words))
    )


def _person_needed(answer: Answer, words: str) -> GatewayError | None:
    if is_challenge(answer.status, answer.headers):
        return VerificationRequired()
    if answer.status == 403 and "captcha" in words.lower():
        return VerificationRequired(_said("The site's check refused this request", words))
    return LoginRequired() if answer.status == 401 else None


def _request_at_fault(status: int, words: str, *, has_attachments: bool) -> GatewayError | None:
    """A plain 400 is not here: it speaks of ids and forms that the gateway chose, and the client can't mend them."""
    match status:
        case 404 if "model" in words.lower():
            return UnknownModel(_said("The site does not know this model any more", words))
        case 413:
            return AttachmentTooLarge() if has_attachments else ContextTooLong()
        case 422:
            return ContentRefused(_said("The site's moderation refused this request", words))
        case 400 | 429 if _TOO_LONG.search(words):
            return ContextTooLong(_said("The conversation is longer than the site takes", words))
        case _:
            return None


def in_stream(message: str) -> GatewayError:
    """
    The failure that a `Refused` event stands for, in the site's words.

    A vendor's `Resource exhausted` stays a failure: it is not the person's limit, so nothing is to be cooled for it.
    """
    words = shown(message)
    if _TOO_LONG.search(words):
        return ContextTooLong(_said("The conversation is longer than the model takes", words))
    return SiteFailed(_said("The site reported a failure", words))


def speaks_of_files(answer: Answer) -> bool:
    """Whether the site refused a message under 400 or 404 in words about a file of it: its address is not good."""
    return answer.status in {400, 404} and _FILES.search(words_of_body(answer.body)) is not None


def _rate_limited(answer: Answer, words: str, now_unix: float) -> UpstreamRateLimited:
    wait = retry_after_seconds(_lower(answer.headers), json_of(answer.body), now_unix)
    return UpstreamRateLimited(_said("The site's own limit is reached", words), retry_after_seconds=wait)


def _failed(answer: Answer, words: str) -> SiteFailed | SiteChanged:
    """A page, a redirect or a refused method: the path is not what we know. All else is the site's own failure."""
    status = answer.status
    if status < 400 or status == 405 or (status < 500 and _is_page(_lower(answer.headers))):
        return SiteChanged(_said(f"The site answered {status}, which is no answer of a model", words))
    return SiteFailed(_said(f"The site answered {status}", words))


def _said(what: str, words: str) -> str:
    return f"{what}: {words}" if words else f"{what}."


def _is_page(lower: Mapping[str, str]) -> bool:
    return lower.get("content-type", "").partition(";")[0].strip().lower() == "text/html"


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
