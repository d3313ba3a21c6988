"""One spelling for every address of the API."""

import pytest
from hypothesis import given, strategies as st

from arenabridge.http.door.paths import Paths, api_path, is_api, nothing_at
from unit.http.asgi import Behind, ask

CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/v1/chat/completions", CHAT),
        ("/api/v1/chat/completions", CHAT),
        ("/chat/completions", CHAT),
        ("/completions", "/v1/completions"),
        ("/v1/v1/chat/completions", CHAT),
        ("/api/v1/v1/chat/completions", CHAT),
        ("/v1/api/v1/chat/completions", CHAT),
        ("//v1//chat///completions//", CHAT),
        ("/v1/chat/completions/", CHAT),
        ("/v1/chat/completions/chat/completions", CHAT),
        ("/v1/chat/completions/v1/chat/completions", CHAT),
        ("/chat/completions/chat/completions/chat/completions", CHAT),
        ("/v1/completions/chat/completions", CHAT),
        ("/v1/images/generations/chat/completions", CHAT),
        ("/v1/chat/completions/models", "/v1/models"),
        ("/v1/chat/completions/models/a/b", "/v1/models/a/b"),
        ("/v1/chat/completions/v1/models", "/v1/models"),
        ("/models", "/v1/models"),
        ("/models/", "/v1/models"),
        ("/v1/models/", "/v1/models"),
        ("/models/a/b (c)", "/v1/models/a/b (c)"),
        ("/v1/models/models/x", "/v1/models/models/x"),
        ("/v1/models/chat/completions", "/v1/models/chat/completions"),
        ("/v1/models/v1", "/v1/models/v1"),
        ("/v1/embeddings", "/v1/embeddings"),
        ("/v1/nothing", "/v1/nothing"),
        ("/v1/chat/completions/nothing", "/v1/chat/completions/nothing"),
        ("/v1", "/v1"),
        ("/v1/", "/v1"),
        ("/api/v1", "/v1"),
        ("/api/v1/health", "/health"),
    ],
)
def test_the_api_has_one_spelling(path: str, plain: str) -> None:
    assert api_path(path, "GET") == plain


@pytest.mark.parametrize(
    ("method", "path", "plain"),
    [
        ("POST", "/v1/models/chat/completions", CHAT),
        ("POST", "/v1/models/v1/chat/completions", CHAT),
        ("POST", "/v1/models/gpt", "/v1/models/gpt"),
        ("GET", "/v1/models/models", "/v1/models"),
        ("GET", "/v1/models/v1/models", "/v1/models"),
    ],
)
def test_the_lists_address_may_be_the_base_too_where_no_model_is_meant(method: str, path: str, plain: str) -> None:
    assert api_path(path, method) == plain


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v1/responses", "/v1/responses is not offered here. Use /v1/chat/completions."),
        ("/v1/messages/count_tokens", "/v1/messages/count_tokens is not offered here. Use /v1/chat/completions."),
        ("/v1/embeddings", "/v1/embeddings is not offered here."),
        ("/v1/nothing", "There is nothing at /v1/nothing. The API is below /v1."),
        ("/responses", "There is nothing at /responses. The API is below /v1."),
    ],
)
def test_who_looks_for_what_is_not_offered_is_told_what_is(path: str, words: str) -> None:
    assert nothing_at(path) == words


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "//",
        "/ws",
        "/ws/",
        "//ws",
        "/userscript/token/arenabridge.user.js",
        "/userscript//token",
        "/assets/home.css",
        "/health",
        "/health/",
        "/help/v1",
        "/help/models",
        "/api",
        "/api/models",
        "/v2/models",
        "/modelsx",
        "/V1/models",
        "/chat",
        "/x/v1/models",
    ],
)
def test_every_other_path_is_left_as_it_is(path: str) -> None:
    assert api_path(path, "GET") == path
    assert not is_api(path)


SEGMENTS = st.sampled_from(["v1", "api", "chat", "completions", "models", "ws", "", "images", "generations", "é", ".."])


@given(st.lists(SEGMENTS, max_size=12))
def test_a_spelling_that_was_found_is_final(segments: list[str]) -> None:
    path = api_path("/" + "/".join(segments), "GET")
    assert api_path(path, "GET") == path


@given(st.lists(SEGMENTS, max_size=5))
def test_nothing_but_the_api_can_be_reached_by_a_detour(segments: list[str]) -> None:
    path = "/" + "/".join(segments)
    assert api_path(path, "GET") == path or is_api(api_path(path, "GET"))


async def test_requests_are_rewritten_and_sockets_are_not() -> None:
    behind = Behind()
    await ask(Paths(behind), "/api/v1//models/")
    await ask(Paths(behind), "/models/é")
    await ask(Paths(behind), "/v1/v1/models", type="websocket")
    assert behind.paths == ["/v1/models", "/v1/models/é", "/v1/v1/models"]
