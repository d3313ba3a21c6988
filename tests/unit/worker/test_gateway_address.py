"""A gateway's address, however it is written."""

import pytest

from arenabridge.worker.relay.gateway_address import AddressError, gateway_address


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("https://bridge.example.org", "https://bridge.example.org"),
        ("https://bridge.example.org/", "https://bridge.example.org"),
        ("wss://bridge.example.org/ws/worker", "https://bridge.example.org"),
        ("wss://bridge.example.org:8443/arena/ws/worker/", "https://bridge.example.org:8443/arena"),
        ("ws://192.168.1.20:5102/ws", "http://192.168.1.20:5102"),
        ("https://bridge.example.org/v1", "https://bridge.example.org"),
        ("bridge.example.org", "https://bridge.example.org"),
        ("localhost:5102", "http://localhost:5102"),
        (" http://[::1]:5102 ", "http://[::1]:5102"),
        ("HTTPS://Bridge.Example.org", "https://bridge.example.org"),
    ],
)
def test_all_ways_to_write_it_lead_to_the_same(written: str, base: str) -> None:
    assert gateway_address(written).base == base
    assert gateway_address(written).link == base.replace("http", "ws", 1) + "/ws/worker"


@pytest.mark.parametrize(
    "written",
    [
        "wss://your-app.onrender.com/ws/worker",
        "YOUR_GATEWAY",
        "https://<host>",
        "ftp://x.example",
        "https://",
        "a b",
        "https://me:secret@x.org",
        "",
    ],
)
def test_what_leads_nowhere_is_refused_with_an_example_of_what_does(written: str) -> None:
    with pytest.raises(AddressError, match=r"https://bridge\.example\.org"):
        gateway_address(written)


@pytest.mark.parametrize(
    ("written", "readable"),
    [("http://192.168.1.20", True), ("http://bridge.example.org", True), ("http://127.0.0.1", False), ("x.org", False)],
)
def test_what_others_can_read_on_the_way_is_known(written: str, *, readable: bool) -> None:
    assert gateway_address(written).is_readable_on_the_way is readable
