"""What is posted to the API is recorded, under the name of the endpoint that it reaches."""

import pytest

from arenabridge.http.door.tracing import endpoint_of
from arenabridge.usage.record import MAX_NAME_CHARACTERS


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("POST", "/v1/chat/completions", "chat/completions"),
        ("POST", "/chat/completions", "chat/completions"),
        ("POST", "/v1/models/chat/completions", "chat/completions"),
        ("POST", "/api/playground/chat", "playground"),
        ("POST", "/v1/" + "x" * 1000, "x" * MAX_NAME_CHARACTERS),
        ("POST", "/sign-in", None),
        ("GET", "/v1/models", None),
    ],
)
def test_an_endpoint_has_one_name_at_whichever_address(method: str, path: str, endpoint: str | None) -> None:
    assert endpoint_of(method, path) == endpoint
