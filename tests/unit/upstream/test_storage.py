"""A file goes to the site itself, or to the public internet."""

import ssl

import httpx
import pytest

from arenabridge.errors import FileUrlRefused
from arenabridge.media.fetching import PublicFetcher
from arenabridge.upstream.storage import Storage
from unit.media.scripted_network import ScriptedNetwork, ok

SITE = "http://127.0.0.1:9"


def storage(network: ScriptedNetwork) -> Storage:
    async def resolve(host: str, _port: int) -> list[str]:
        return ["10.0.0.1" if host == "inner.example" else "93.184.215.14"]

    fetcher = PublicFetcher(network=network, resolve=resolve, tls=ssl.create_default_context())
    own = httpx.MockTransport(lambda request: httpx.Response(201, text=request.method))
    return Storage(fetcher, lambda url: url.startswith(f"{SITE}/"), own)


@pytest.mark.parametrize(
    "host", ["127.1", "2130706433", "127.0.0.1:9", "inner.example", "x@127.0.0.1", "public.example:22"]
)
async def test_an_address_that_leads_inside_however_it_is_written_gets_no_file(host: str) -> None:
    network = ScriptedNetwork(ok())
    with pytest.raises(FileUrlRefused):
        await storage(network).put(f"https://{host}/x", "image/png", b"pixels")
    assert network.connected == []


async def test_the_sites_own_address_and_a_public_one_get_it() -> None:
    network = ScriptedNetwork(ok())
    assert (await storage(network).put(f"{SITE}/x", "image/png", b"pixels"))[0] == 201
    assert network.connected == []
    assert (await storage(network).put("https://public.example/x", "image/png", b"pixels"))[0] == 200
    assert network.connected == [("93.184.215.14", 443)]
