"""What a relay says of its gateway, before any tab is there."""

import socket
import ssl
from pathlib import Path

import httpx
import pytest
import trustme

from arenabridge.app import StartError
from arenabridge.worker.relay.memory import FILE_NAME
from arenabridge.worker.relay.trouble import GatewayTrouble
from integration.gateway.worker_double import until
from integration.relay.conftest import StartRelay
from integration.relay.gateway_double import CREDENTIAL, GatewayDouble, gateway_double

QUICKLY = {"reconnect_delay_seconds": 0.02, "heartbeat_interval_seconds": 1.0}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def test_it_says_once_that_it_is_connected_as_whom_and_for_whom(relay: StartRelay, double: GatewayDouble) -> None:
    async with relay(double.base) as watched:
        await until(lambda: watched.told)
        assert watched.told == [
            f"Connected to {double.base} (version 1.0) as 'study', a worker of ann. It serves ann alone."
        ]


async def test_a_code_becomes_a_credential_that_the_next_start_knows(
    relay: StartRelay, double: GatewayDouble, tmp_path: Path
) -> None:
    async with relay(double.base, token="", code="GOOD", name="study") as watched:
        await until(lambda: watched.said("Connected"))
    kept = tmp_path / "relay" / FILE_NAME
    assert kept.stat().st_mode & 0o777 == 0o600
    assert CREDENTIAL in kept.read_text()
    async with relay("", token="") as watched:
        await until(lambda: watched.said("Connected", double.base))
    async with relay(double.base, token="", code="USED") as watched:
        await until(lambda: watched.said("The code was not taken") and watched.said("Connected"))


async def test_a_code_goes_before_a_token_that_was_left_where_it_is_set(
    relay: StartRelay, double: GatewayDouble
) -> None:
    """At later starts too, until another token is set."""
    for code in ("GOOD", ""):
        async with relay(double.base, token="old", token_from="worker_config.jsonc", code=code) as watched:
            await until(lambda: watched.said("Connected"))
            assert "worker_config.jsonc sets is no longer used" in watched.running.notes[0]
    async with relay(double.base, token="new", **QUICKLY) as watched:
        await until(lambda: watched.said("does not accept"))


async def test_a_code_that_is_not_good_is_refused_in_the_gateways_words(
    relay: StartRelay, double: GatewayDouble
) -> None:
    with pytest.raises(GatewayTrouble, match="unknown, used or too old"):
        async with relay(double.base, token="", code="BAD"):
            pass


async def test_a_credential_is_shown_to_no_other_gateway(relay: StartRelay, double: GatewayDouble) -> None:
    async with relay(double.base, token="", code="GOOD"):
        pass
    async with gateway_double() as other:
        async with relay(other.base, token="") as watched:
            await until(lambda: watched.said("--enrol"))
        assert other.asked == [None]
        double.redirect = f"{other.base}/api/workers/self"
        async with relay(double.base) as watched:
            await until(lambda: watched.said("leads on to", other.base))
        assert other.asked == [None]


async def test_a_gateway_that_is_not_there_is_told_once(relay: StartRelay) -> None:
    for address, words in (
        ("https://bridge.nowhere.invalid", "There is no computer of the name"),
        (f"http://127.0.0.1:{free_port()}", "Nothing listens at"),
    ):
        async with relay(address, max_reconnect_attempts=3, **QUICKLY) as watched:
            await watched.running.heartbeat.gave_up.wait()
            assert len(watched.told) == 1
            assert watched.said(words)


async def test_without_reconnecting_the_first_failure_is_the_last(relay: StartRelay) -> None:
    async with relay(f"http://127.0.0.1:{free_port()}", auto_reconnect=False) as watched:
        await watched.running.heartbeat.gave_up.wait()


async def test_what_is_not_a_bridge_is_told_apart_from_a_credential_that_is_not_taken(
    relay: StartRelay, double: GatewayDouble
) -> None:
    async with relay(double.base, token="another", **QUICKLY) as watched:
        await until(lambda: watched.said("does not accept this relay's credential", "--enrol"))
        double.refusal = (429, "rate_limit_exceeded")
        told = list(watched.told)
        for _ in range(2):  # it is not asked again before its answer was heard
            double.asked.clear()
            watched.running.heartbeat.suspect(works=True)
            await until(lambda: double.asked)
        assert watched.told == told, "asked too often, the gateway tells nothing new"
        double.refusal = None
    async with relay(f"{double.base}/elsewhere", **QUICKLY) as watched:
        await until(lambda: watched.said("no Arena Bridge", "HTTP 404"))


async def test_a_certificate_that_is_not_valid_is_told_with_its_reason(relay: StartRelay, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    both = str(tmp_path / "both.pem")
    async with gateway_double(certificate=(both, both)) as double:
        async with relay(double.base, **QUICKLY) as watched:
            await until(lambda: watched.said("certificate", "self-signed") or watched.said("certificate", "issuer"))
        async with relay(double.base, tls=trusting) as watched:
            await until(lambda: watched.said("Connected"))
        async with relay(double.base.replace("127.0.0.1", "localhost"), tls=trusting, **QUICKLY) as watched:
            await until(lambda: watched.said("certificate", "mismatch"))


async def test_tls_where_there_is_none_is_told(relay: StartRelay, double: GatewayDouble) -> None:
    async with relay(double.base.replace("http", "https"), **QUICKLY) as watched:
        await until(lambda: watched.said("does not speak TLS"))


async def test_a_gateway_that_comes_back_is_told_too(relay: StartRelay) -> None:
    port = free_port()
    async with relay(f"http://127.0.0.1:{port}", **QUICKLY) as watched:
        await until(lambda: watched.said("Nothing listens"))
        async with gateway_double(port=port) as double:
            await until(lambda: watched.said("Connected"))
            double.refusal = (503, "shutting_down")
            await until(lambda: watched.said("is being stopped"))


async def test_its_page_and_its_health_say_the_same_under_loopback_names_alone(
    relay: StartRelay, double: GatewayDouble
) -> None:
    async with relay(double.base) as watched, httpx.AsyncClient(base_url=watched.running.base_url) as browser:
        await until(lambda: watched.told)
        page, health = await browser.get("/"), await browser.get("/health")
        assert "as &#x27;study&#x27;" in page.text
        assert (health.json()["status"], health.json()["words"]) == ("no_tab", watched.told[0])
        assert (await browser.get("/health", headers={"host": "evil.example"})).status_code == 421
        assert (await browser.get("/livez")).status_code == 200


async def test_the_script_is_served_at_its_address_alone_and_says_where_the_relay_is(
    relay: StartRelay, double: GatewayDouble
) -> None:
    async with relay(double.base) as watched, httpx.AsyncClient() as browser:
        address = watched.running.install_address
        script = await browser.get(address)
        assert watched.running.base_url.replace("http", "ws") + "/ws" in script.text
        assert CREDENTIAL not in script.text
        assert (await browser.get(address, headers={"sec-fetch-dest": "script"})).status_code == 403
        token = watched.running.local.secrets.install
        assert (await browser.get(address.replace(token, "guessed"))).status_code == 404


async def test_two_relays_have_their_own_ports_secrets_and_folders(relay: StartRelay, double: GatewayDouble) -> None:
    async with relay(double.base, port=None) as first, relay(double.base, folder="other", port=None) as second:
        assert first.running.base_url != second.running.base_url
        assert first.running.local.secrets.pairing != second.running.local.secrets.pairing
        with pytest.raises(StartError, match="Another relay is running"):
            async with relay(double.base):
                pass
        port = int(first.running.base_url.rpartition(":")[2])
        with pytest.raises(StartError, match=f"{port} is taken"):
            async with relay(double.base, folder="third", port=port):
                pass


async def test_the_port_stays_since_the_script_knows_it(relay: StartRelay, double: GatewayDouble) -> None:
    async with relay(double.base) as first:
        port = int(first.running.base_url.rpartition(":")[2])
    async with relay(double.base, port=None) as again:
        assert again.running.base_url == first.running.base_url
    with socket.create_server(("127.0.0.1", port)), pytest.raises(StartError, match=f"{port} is taken"):
        async with relay(double.base, port=None):
            pass
    async with relay(double.base, port=free_port()) as other:
        assert any("install the userscript again" in note for note in other.running.notes)
