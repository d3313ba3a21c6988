"""Under which addresses a gateway is told to be reached."""

import re
from pathlib import Path

import pytest

from arenabridge.app import network_address, own_address
from arenabridge.settings import Settings

ALL = "0.0.0.0"  # noqa: S104 - what a person may say


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", "http://127.0.0.1:5102"),
        ("::1", "http://[::1]:5102"),
        (ALL, "http://127.0.0.1:5102"),
        ("192.168.1.20", "http://192.168.1.20:5102"),
    ],
)
def test_this_computers_programs_reach_it_where_it_listens(host: str, own: str) -> None:
    assert own_address(Settings(data_dir=Path(), host=host), 5102) == own


@pytest.mark.parametrize(
    ("host", "public_url"), [("127.0.0.1", None), ("localhost", None), (ALL, "https://bridge.example")]
)
def test_others_in_the_network_are_told_nothing_where_they_don_t_reach_it_or_have_a_better_name(
    host: str, public_url: str | None
) -> None:
    assert network_address(Settings(data_dir=Path(), host=host, public_url=public_url), 5102) is None


def test_others_in_the_network_are_told_an_address_of_this_computer() -> None:
    assert network_address(Settings(data_dir=Path(), host="192.168.1.20"), 5102) == "http://192.168.1.20:5102"
    found = network_address(Settings(data_dir=Path(), host=ALL), 5102)
    assert found is None or re.fullmatch(r"http://\d+\.\d+\.\d+\.\d+:5102", found)
