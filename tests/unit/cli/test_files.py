"""`arenabridge files` never takes the place of a gateway that runs beside it."""

from pathlib import Path

from arenabridge.cli.files import _own
from arenabridge.settings import Settings


def test_the_file_host_has_a_folder_a_port_and_an_address_of_its_own() -> None:
    gateways = Settings(data_dir=Path("data"), port=5102, public_url="https://bridge.example", max_file_bytes=7)
    own = _own(gateways, 5180, None)
    assert (own.data_dir, own.port, own.public_url) == (Path("data/file-host"), 5180, None)
    assert own.max_file_bytes == 7
    assert _own(gateways, 0, "https://files.example").public_url == "https://files.example"
