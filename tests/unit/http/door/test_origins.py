"""Which web pages may use the API, and that nothing else is ever opened to them."""

import pytest

from arenabridge.http.door.origins import MAX_ECHOED_CHARACTERS, Origins
from unit.http.asgi import Behind, ask

PAGE = "https://page.example"
WANTED = "authorization, content-type, x-stainless-os"


def with_keys(behind: Behind | None = None) -> Origins:
    return Origins(behind or Behind(), keys_required=True, allowed=())


def without_keys(behind: Behind | None = None, *allowed: str) -> Origins:
    return Origins(behind or Behind(), keys_required=False, allowed=allowed)


@pytest.mark.parametrize("origin", [PAGE, "null", "app://obsidian.md", "http://localhost:3000"])
async def test_while_keys_are_required_any_page_may_use_the_api(origin: str) -> None:
    answer = await ask(with_keys(), method="POST", origin=origin)
    assert (answer.status, answer.body) == (200, b"onetwo")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_page_may_read_our_headers() -> None:
    behind = Behind(headers=((b"x-arenabridge-how", b"fetch"), (b"x-other", b"1")))
    exposed = (await ask(with_keys(behind), origin=PAGE)).headers["access-control-expose-headers"].split(", ")
    assert {"x-request-id", "retry-after", "x-should-retry", "x-arenabridge-how"} == set(exposed)


async def test_a_preflight_needs_no_key_and_is_granted_what_it_asks_for() -> None:
    behind = Behind()
    asked = {"origin": PAGE, "access_control_request_method": "POST", "access_control_request_headers": WANTED}
    answer = await ask(with_keys(behind), method="OPTIONS", **asked)
    assert (answer.status, answer.body, behind.paths) == (204, b"", [])
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == WANTED
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert int(answer.headers["access-control-max-age"]) > 0


async def test_names_of_headers_without_end_are_not_repeated() -> None:
    asked = {"origin": PAGE, "access_control_request_headers": "x" * (MAX_ECHOED_CHARACTERS + 1)}
    assert "access-control-allow-headers" not in (await ask(with_keys(), method="OPTIONS", **asked)).headers


async def test_who_is_no_page_is_told_the_methods_and_nothing_of_origins() -> None:
    answer = await ask(with_keys(), method="OPTIONS")
    assert (answer.status, answer.headers) == (204, {"allow": "GET, HEAD, POST, OPTIONS"})
    assert (await ask(with_keys())).headers == {}


@pytest.mark.parametrize(
    "path", ["/", "/health", "/help", "/userscript/x", "/assets/home.css", "/api", "/v1x", "/v2/v1"]
)
@pytest.mark.parametrize("door", [with_keys, without_keys])
async def test_nothing_but_the_api_is_opened(path: str, door: object) -> None:
    application = with_keys() if door is with_keys else without_keys(None, PAGE)
    for method in ("GET", "OPTIONS"):
        assert (await ask(application, path, method=method, origin=PAGE)).headers == {}


@pytest.mark.parametrize(
    "origin", [PAGE, "null", "", "http://localhost", "http://localhost:5103", "ftp://localhost:5102", "localhost:5102"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_without_keys_other_pages_are_refused_before_anything_is_done(origin: str, method: str) -> None:
    behind = Behind()
    answer = await ask(without_keys(behind, "https://allowed.example"), method=method, origin=origin)
    assert (answer.status, answer.error["code"], behind.paths) == (403, "origin_not_allowed", [])
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("origin", [PAGE, PAGE.upper(), "http://localhost:5102", "https://localhost:5102"])
async def test_without_keys_our_own_pages_and_those_that_were_named_are_let_in(origin: str) -> None:
    application = without_keys(None, PAGE.replace("page", "Page"))
    answer = await ask(application, method="POST", origin=origin)
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (200, origin)
    assert answer.headers["vary"] == "origin"
    assert (await ask(application, method="OPTIONS", origin=origin)).status == 204


async def test_without_keys_programs_are_let_in() -> None:
    assert (await ask(without_keys(), method="POST")).status == 200


async def test_sockets_are_not_asked_here() -> None:
    assert (await ask(without_keys(), "/v1/ws", type="websocket", origin=PAGE)).status == 200
