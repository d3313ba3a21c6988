"""Others reach us at the address that was set, else at one that a trusted proxy names, else at our own."""

from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from arenabridge.http.door.public_address import PublicAddress, unreachable_words
from arenabridge.settings import Settings

OWN = "http://127.0.0.1:5102"
PROXIED = {"x-forwarded-proto": "https", "x-forwarded-host": "bridge.example"}


def connection(peer: str, headers: dict[str, str]) -> HTTPConnection:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "client": (peer, 1), "headers": encoded})


@pytest.mark.parametrize(
    ("peer", "headers", "seen"),
    [
        ("172.16.0.9", PROXIED, "https://bridge.example"),
        ("172.16.0.9", {"x-forwarded-proto": "https", "host": "bridge.example:8443"}, "https://bridge.example:8443"),
        ("172.16.0.9", {**PROXIED, "x-forwarded-host": "bridge.example, inner"}, "https://bridge.example"),
        ("10.0.0.1", PROXIED, OWN),
        ("nonsense", PROXIED, OWN),
        ("172.16.0.9", {}, OWN),
        ("172.16.0.9", {**PROXIED, "x-forwarded-host": "evil.example"}, OWN),
        ("172.16.0.9", {**PROXIED, "x-forwarded-host": "bridge.example@evil.example"}, OWN),
        ("172.16.0.9", {**PROXIED, "x-forwarded-proto": "javascript"}, OWN),
    ],
)
def test_only_a_trusted_proxy_is_believed_and_only_about_our_names(
    peer: str, headers: dict[str, str], seen: str
) -> None:
    settings = Settings(data_dir=Path(), trusted_proxies=("172.16.0.0/12",), allowed_hosts=("bridge.example",))
    assert PublicAddress(settings, OWN).seen_by(connection(peer, headers)) == seen


def test_the_address_that_was_set_wins() -> None:
    settings = Settings(data_dir=Path(), public_url="https://models.example/", trusted_proxies=("0.0.0.0/0",))
    assert PublicAddress(settings, OWN).seen_by(connection("1.1.1.1", PROXIED)) == "https://models.example"
    assert PublicAddress(settings, OWN).seen_by(None) == "https://models.example"


@pytest.mark.parametrize(
    ("host", "public_url", "asked", "seen"),
    [
        ("0.0.0.0", None, "192.168.1.20:5102", "http://192.168.1.20:5102"),  # noqa: S104 - a network's gateway
        ("0.0.0.0", None, "[fe80::1]:5102", "http://[fe80::1]:5102"),  # noqa: S104 - likewise
        ("0.0.0.0", None, "evil.example:5102", OWN),  # noqa: S104 - likewise
        ("0.0.0.0", "https://models.example", "192.168.1.20:5102", "https://models.example"),  # noqa: S104 - likewise
        ("127.0.0.1", None, "192.168.1.20:5102", OWN),
    ],
)
def test_who_asks_by_an_address_in_the_network_is_answered_with_it(
    host: str, public_url: str | None, asked: str, seen: str
) -> None:
    settings = Settings(data_dir=Path(), host=host, public_url=public_url)
    assert PublicAddress(settings, OWN).seen_by(connection("192.168.1.9", {"host": asked})) == seen


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("https://files.example.org", True),
        ("http://93.184.215.14:5180/upload", True),
        ("http://127.0.0.1:5180/upload", False),
        ("http://[::1]:5180", False),
        ("http://192.168.1.20:5180", False),
        ("http://localhost:5180", False),
        ("http://nas:5180", False),
        ("http://nas.local", False),
    ],
)
def test_an_address_that_the_site_can_t_reach_is_told(address: str, reachable: bool) -> None:  # noqa: FBT001 - a parameter
    assert (unreachable_words(address) is None) is reachable
