"""What the site's refusals mean: judged by status and headers, told in the site's words."""

import pytest
from hypothesis import given, strategies as st

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
from arenabridge.wire.arena.refusals import Answer, in_stream, is_challenge, is_stream, refusal
from arenabridge.wire.arena.wording import MAX_WORDING_CHARACTERS

NOW = 1_764_568_800.0  # 2025-12-01 06:00 UTC
HTML = {"Content-Type": "text/html; charset=UTF-8"}
JSON = {"content-type": "application/json"}
PLAIN = {"content-type": "text/plain"}
CHALLENGE = (
    "<!DOCTYPE html><title>Just a moment...</title><noscript>Enable JavaScript and cookies to continue</noscript>"
)


def refused(status: int, headers: dict[str, str], body: str = "", *, has_attachments: bool = False) -> GatewayError:
    return refusal(Answer(status, headers, body), now_unix=NOW, has_attachments=has_attachments)


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "message"),
    [
        (400, JSON, '{"error":"Duplicate id"}', SiteFailed, "The site answered 400: Duplicate id"),
        (400, JSON, '{"error":"Message is too long"}', ContextTooLong, None),
        (401, JSON, '{"message":"User not found"}', LoginRequired, None),
        (403, JSON, '{"error":"recaptcha validation failed"}', VerificationRequired, None),
        (403, JSON, '{"error":"Forbidden"}', SiteFailed, "The site answered 403: Forbidden"),
        (403, HTML | {"cf-mitigated": "challenge"}, CHALLENGE, VerificationRequired, None),
        (403, HTML, "<p>", VerificationRequired, None),
        (503, HTML, "<p>", VerificationRequired, None),
        (429, HTML, "<p>", VerificationRequired, None),
        (404, JSON, '{"error":"Model not found"}', UnknownModel, None),
        (404, JSON, '{"error":"Session not found"}', SiteFailed, "The site answered 404: Session not found"),
        (404, HTML, "<p>model", SiteChanged, None),
        (405, {}, "", SiteChanged, "The site answered 405, which is no answer of a model."),
        (301, {"location": "https://arena.ai/"}, "", SiteChanged, None),
        (200, HTML, "<html>", SiteChanged, None),
        (413, HTML, "<h1>413</h1>", ContextTooLong, None),
        (422, JSON, '{"error":"flagged"}', ContentRefused, "The site's moderation refused this request: flagged"),
        (429, PLAIN, "Too many requests, please try again later.", UpstreamRateLimited, None),
        (429, JSON, '{"modelId":"m"}', UpstreamRateLimited, "The site's own limit is reached."),
        (429, JSON, '{"error":"prompt failed"}', ContextTooLong, None),
        (500, JSON, '{"error":"Internal Server Error"}', SiteFailed, "The site answered 500: Internal Server Error"),
        (502, HTML, "<html>Bad gateway</html>", SiteFailed, "The site answered 502."),
        (500, {}, '{"error":{"message":"deep"}}', SiteFailed, "The site answered 500: deep"),
        (500, {}, "[1]", SiteFailed, "The site answered 500."),
        (500, {}, "", SiteFailed, "The site answered 500."),
    ],
)
def test_a_refusal(
    status: int, headers: dict[str, str], body: str, error: type[GatewayError], message: str | None
) -> None:
    found = refused(status, headers, body)
    assert type(found) is error
    assert message in (None, str(found))


def test_too_large_is_the_attachment_if_there_was_one() -> None:
    assert type(refused(413, PLAIN, has_attachments=True)) is AttachmentTooLarge


def test_the_words_of_a_challenge_do_not_make_one() -> None:
    """Only status, content type and headers do."""
    assert not is_challenge(200, HTML)
    assert not is_challenge(403, JSON)
    assert type(refused(403, JSON, '{"error":"Just a moment..."}')) is SiteFailed


def test_a_challenge_is_known_by_its_header_alone() -> None:
    assert is_challenge(200, {"CF-Mitigated": "challenge"})


@pytest.mark.parametrize(
    ("status", "headers", "stream"),
    [
        (200, {"content-type": "text/event-stream"}, True),
        (200, {}, True),
        (200, JSON, True),  # the decoder knows an error's object
        (200, HTML, False),
        (403, {"content-type": "text/event-stream"}, False),
        (301, {}, False),
    ],
)
def test_what_is_decoded_as_a_stream(status: int, headers: dict[str, str], stream: bool) -> None:  # noqa: FBT001  # a table
    assert is_stream(status, headers) is stream


PICTURES = {
    "retry-after": "0",
    "ratelimit": "limit=0, remaining=0, reset=0",
    "ratelimit-policy": "0;w=0",
    "ratelimit-modality": "image",
}


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({}, "", None),
        ({"Retry-After": "0"}, "", None),
        ({"Retry-After": "17"}, "", 17),
        ({"Retry-After": " 1.5 "}, "", 1.5),
        ({"Retry-After": "-3"}, "", None),
        ({"Retry-After": "soon"}, "", None),
        ({"Retry-After": "nan"}, "", None),
        ({"Retry-After": "99999999999"}, "", 7 * 24 * 3600),
        ({"Retry-After": "Mon, 01 Dec 2025 06:02:00 GMT"}, "", 120),
        ({"Retry-After": "Mon, 01 Dec 2025 05:00:00 GMT"}, "", None),
        (PICTURES, "", None),
        (PICTURES | {"ratelimit-remaining": "3521"}, "", 3521),
        (PICTURES | {"retry-after": "5", "ratelimit-remaining": "3521"}, "", 5),
        ({"ratelimit": "limit=1, remaining=40, reset=9"}, '{"modelId":"m"}', 40),
        ({"ratelimit": "limit=1, remaining=40, reset=9"}, "{}", None),
        ({"ratelimit": "limit=1, remaining=0, reset=86400"}, "", 86400),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(NOW) + 30)}, "", 30),
        ({"ratelimit-remaining": "8", "ratelimit-reset": str(int(NOW) + 30)}, "", None),
    ],
)
def test_how_long_a_limit_lasts(headers: dict[str, str], body: str, seconds: float | None) -> None:
    """In the ways in which the site tells it; zero is no hint, or we would loop."""
    assert refused(429, headers, body).retry_after_seconds == seconds


def test_the_site_s_words_are_shown_plain() -> None:
    message = str(refused(500, JSON, '{"error":"<b>no</b>\\n\\u0000\\u202e way\\u2028 \\ud83d"}'))
    assert message == "The site answered 500: no way \ufffd"


def test_the_site_s_words_are_bounded() -> None:
    assert len(str(refused(500, PLAIN, "x" * 1_000_000))) < MAX_WORDING_CHARACTERS + 40


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ("An error occurred", SiteFailed),
        ("Resource exhausted. Please try again later.", SiteFailed),
        ("prompt is too long: 210000 tokens > 200000 maximum", ContextTooLong),
        ("", SiteFailed),
    ],
)
def test_a_failure_in_the_stream(message: str, error: type[GatewayError]) -> None:
    found = in_stream(message)
    assert type(found) is error
    assert message in str(found)


@given(st.integers(0, 999), st.dictionaries(st.sampled_from(["retry-after", "ratelimit"]), st.text()), st.text())
def test_every_answer_means_something(status: int, headers: dict[str, str], body: str) -> None:
    found = refused(status, headers, body)
    assert isinstance(found, GatewayError)
    str(found).encode()
