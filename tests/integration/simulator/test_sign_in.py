"""Session cookies: given by the page, asked for by its script, or behind a wall; expired, renewed, cut in two."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from integration.simulator.caller import PAGE_TYPE

if TYPE_CHECKING:
    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller

COOKIE = "arena-auth-prod-v1"
SIGN_UP = "/nextjs-api/sign-up"
SIGN_IN = "/nextjs-api/sign-in/email"


def session_in(cookie: str) -> dict[str, Any]:
    assert cookie.startswith("base64-")
    assert not cookie.endswith("=")
    encoded = cookie.removeprefix("base64-")
    session: dict[str, Any] = json.loads(base64.b64decode(encoded + "=" * (-len(encoded) % 4)))
    return session


async def sign_up(caller: Caller, **body: str) -> tuple[int, dict[str, Any]]:
    answer = await caller.http.post(SIGN_UP, content=json.dumps(body), headers=PAGE_TYPE)
    return answer.status_code, answer.json()


async def test_a_page_gives_its_visitor_an_anonymous_session(caller: Caller) -> None:
    session = session_in(caller.http.cookies[COOKIE])
    assert session["access_token"].count(".") == 2
    assert session["user"]["is_anonymous"] is True
    assert session["expires_at"] - session["expires_in"] <= session["expires_at"]
    assert COOKIE not in (await caller.http.get("/")).cookies


async def test_an_expired_session_is_refused_by_the_api_and_renewed_by_the_page(caller: Caller, site: Site) -> None:
    old = session_in(caller.http.cookies[COOKIE])
    site.settings.session_seconds = 0
    caller.http.cookies.clear()
    await caller.http.get("/")
    before = session_in(caller.http.cookies[COOKIE])
    assert (await caller.say("SAY<<x>>")).status == 401
    site.settings.session_seconds = 3600
    await caller.http.get("/")
    renewed = session_in(caller.http.cookies[COOKIE])
    assert (await caller.say("SAY<<x>>")).status == 200
    assert renewed["user"]["id"] == before["user"]["id"] != old["user"]["id"]
    assert renewed["access_token"] != before["access_token"]


async def test_a_long_cookie_may_come_in_chunks(caller: Caller) -> None:
    whole = caller.http.cookies[COOKIE]
    caller.http.cookies.clear()
    caller.http.cookies.update({f"{COOKIE}.0": whole[:500], f"{COOKIE}.1": whole[500:]})
    assert (await caller.say("SAY<<x>>")).status == 200


@pytest.mark.parametrize("cookie", ["", "base64-", "base64-!!", "base64-bm8", "made up"])
async def test_a_cookie_that_the_site_never_gave_is_nobodys(caller: Caller, cookie: str) -> None:
    caller.http.cookies.clear()
    caller.http.cookies.set(COOKIE, cookie)
    assert (await caller.say("SAY<<x>>")).status == 401


async def test_sign_up_makes_a_visitor_a_user_once(caller: Caller, site: Site) -> None:
    site.settings.sign_in = "sign_up"
    caller.http.cookies.clear()
    await caller.http.get("/")
    assert COOKIE not in caller.http.cookies
    provisional = caller.http.cookies["provisional_user_id"]
    assert (await caller.say("SAY<<x>>")).status == 401
    status, session = await sign_up(caller, turnstileToken="x", recaptchaToken="x", provisionalUserId=provisional)
    assert (status, session["token_type"]) == (200, "bearer")
    assert "provisional_user_id" not in caller.http.cookies
    assert (await caller.say("SAY<<x>>")).status == 200
    status, refused = await sign_up(caller, turnstileToken="x")
    assert (status, refused) == (400, {"error": "User already exists"})


@pytest.mark.parametrize("body", [{}, {"turnstileToken": ""}, {"turnstile_token": "x"}, {"turnstileToken": "x"}])
async def test_sign_up_wants_a_token_and_the_right_visitor(caller: Caller, site: Site, body: dict[str, str]) -> None:
    site.settings.sign_in = "sign_up"
    caller.http.cookies.clear()
    await caller.http.get("/")
    status, _ = await sign_up(caller, **body)
    assert status == 400


async def test_before_2026_sign_up_spoke_snake_case(caller: Caller, site: Site) -> None:
    site.settings.site_version = "2025-11"
    caller.http.cookies.clear()
    assert (await sign_up(caller, turnstile_token="x"))[0] == 200


async def test_behind_a_wall_the_api_answers_nobody_until_they_sign_in(caller: Caller, site: Site) -> None:
    site.settings.sign_in = "wall"
    assert 'data-demands="sign_in"' in (await caller.http.get("/")).text
    assert (await caller.say("SAY<<x>>")).status == 401
    empty = await caller.http.post(SIGN_IN, json={"email": "", "password": "x"})
    assert (empty.status_code, empty.json()["success"]) == (400, False)
    signed_in = await caller.http.post(SIGN_IN, json={"email": "a@example.org", "password": "x"})
    assert signed_in.json() == {"success": True, "user": {"emailConfirmed": True}}
    assert (await caller.say("SAY<<x>>")).status == 200
    assert 'data-demands=""' in (await caller.http.get("/")).text


async def test_who_signs_in_anew_stays_who_they_are(caller: Caller, site: Site) -> None:
    await caller.say("SAY<<x>>")
    site.demands.make("sign_in")
    await caller.http.post(SIGN_IN, json={"email": "a@example.org", "password": "x"})
    assert (await caller.go_on("SAY<<y>>")).status == 200
