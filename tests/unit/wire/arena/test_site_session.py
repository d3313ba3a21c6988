"""A person's session at the site, however they paste it."""

import base64
import json
from urllib.parse import quote

import pytest

from arenabridge.wire.arena.site_session import COOKIE, NotASession, decoded, of_set_cookies, read_session

BODY = {
    "access_token": "head.claims." + "x" * 4000,
    "expires_at": 1_800_000_000,
    "user": {"id": "u-1", "email": "ann@example.org", "is_anonymous": False},
}
LONG = "base64-" + base64.b64encode(json.dumps(BODY).encode()).decode().rstrip("=")
SHORT = "base64-" + base64.b64encode(json.dumps({**BODY, "access_token": "a.b.c"}).encode()).decode().rstrip("=")
HALF = (LONG[:3180], LONG[3180:])


@pytest.mark.parametrize(
    "pasted",
    [
        LONG,
        f"  {LONG}\n",
        f'"{LONG}"',
        f"{COOKIE}={LONG}; other=1",
        f"{COOKIE}.0={HALF[0]}; {COOKIE}.1={HALF[1]}",
        f"{COOKIE}.1={HALF[1]}\n{COOKIE}.0={HALF[0]}",
        f"Cookie: a=b; {COOKIE}=; {COOKIE}.0={HALF[0]}; {COOKIE}.1={HALF[1]}; c=d",
        f"{COOKIE}.0\t{HALF[0]}\n{COOKIE}.1\t{HALF[1]}",
        quote(LONG, safe=""),
        f"{COOKIE}.0={quote(HALF[0], safe='')}; {COOKIE}.1={quote(HALF[1], safe='')}",
    ],
)
def test_whole_or_in_pieces_it_is_the_same_session(pasted: str) -> None:
    session = read_session(pasted)
    assert (session.value, session.user, session.email) == (LONG, "u-1", "ann@example.org")
    assert session.expires_at == 1_800_000_000


def test_a_long_one_goes_back_in_pieces_as_the_site_keeps_it_and_a_short_one_whole() -> None:
    assert read_session(LONG).cookies() == {f"{COOKIE}.0": HALF[0], f"{COOKIE}.1": HALF[1]}
    assert read_session(SHORT).cookies() == {COOKIE: SHORT}


def test_the_end_may_stand_in_the_token_alone() -> None:
    claims = base64.urlsafe_b64encode(b'{"exp": 1700000000}').decode().rstrip("=")
    value = base64.b64encode(json.dumps({"access_token": f"h.{claims}.s"}).encode()).decode()
    assert decoded(f"base64-{value}").expires_at == 1_700_000_000


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        ("", "begins with"),
        ("eyJhbGciOi", "begins with"),
        (LONG[:-7], "cut off"),
        (LONG[:500] + "…" + LONG[500:], "no session has"),
        (f"{COOKIE}.1={HALF[1]}", "Pieces of it are missing"),
        ("base64-" + base64.b64encode(b'{"access_token": "opaque"}').decode(), "no access token"),
        ("x" * 70_000, "far longer"),
    ],
)
def test_what_is_none_is_refused_in_words_that_do_not_repeat_it(pasted: str, why: str) -> None:
    with pytest.raises(NotASession, match=why) as refused:
        read_session(pasted)
    assert len(pasted) < 5 or pasted[-5:] not in str(refused.value)


def test_a_renewed_one_is_read_from_what_the_site_sets() -> None:
    assert of_set_cookies(["theme=dark; Path=/"]) is None
    renewed = of_set_cookies(
        [f"{COOKIE}.0={HALF[0]}; Path=/; Secure", f"{COOKIE}.1={HALF[1]}; Path=/", f"{COOKIE}=; Max-Age=0"]
    )
    assert renewed == read_session(LONG)
