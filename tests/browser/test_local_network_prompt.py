"""
A public site's page connects to a public gateway without a question, and to one on this device with the browser's.

Over wss://, through a real Caddy with TLS that is set up by the file of `deploy/`, in a browser with a window: one
without answers such questions by itself.
"""

import base64
import contextlib
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.async_api import Page

from arenabridge.app import Running, running_gateway
from arenabridge.http.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import RunningSite, Site
from arenabridge.worker.browser import AddressSpace, launched, site_arguments
from browser.bridge import HOSTNAMES, ORIGIN, URL, clients_of
from browser.screen import Screen, unseen_screen
from integration.gateway.worker_double import until
from servers.proxies import Certificate, Proxy, make_certificate, running_caddy

GATEWAY = "bridge.example.org"
UNDER_THE_ADDRESS = (135, 100, 445, 260)
"""Where on the screen the browser asks its questions, on top of the page."""
PERMISSION = "navigator.permissions.query({name: 'loopback-network'}).then((permission) => permission.state)"


@pytest.fixture(scope="module", autouse=True)
def screen() -> Iterator[Screen]:
    with unseen_screen() as screen:
        yield screen


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), GATEWAY)


@pytest.fixture
def caddy(certificate: Certificate) -> Iterator[Proxy]:
    with running_caddy(certificate) as proxy:
        yield proxy


def spki(certificate: Certificate) -> str:
    key = x509.load_pem_x509_certificate(certificate.chain.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()


def arguments(site: RunningSite, caddy: Proxy, certificate: Certificate, space: AddressSpace) -> list[str]:
    """The site is public, and the gateway where `space` says; both are found under their names."""
    public = [f"127.0.0.1:{site.port}=public", *([f"127.0.0.1:{caddy.port}=public"] if space == "public" else [])]
    [rules] = site_arguments(HOSTNAMES, site.port)
    return [
        rules.replace("MAP * ", f"MAP {GATEWAY}:443 127.0.0.1:{caddy.port}, MAP * "),
        f"--ignore-certificate-errors-spki-list={site.spki},{spki(certificate)}",
        f"--ip-address-space-overrides={','.join(public)}",
    ]


@contextlib.asynccontextmanager
async def visit(
    folder: Path, caddy: Proxy, certificate: Certificate, space: AddressSpace
) -> AsyncIterator[tuple[Running, Page]]:
    """The site in a window, with the script of a gateway behind Caddy inside; nobody has answered any question."""
    settings = Settings(
        data_dir=folder,
        port=caddy.upstream_port,
        public_url=f"https://{GATEWAY}",
        trusted_proxies=("127.0.0.1",),
        site_origins=(ORIGIN,),
    )
    async with (
        Site(SiteSettings(check="ignore")).serving(tls=True, hostnames=HOSTNAMES) as site,
        running_gateway(settings, environment={}) as running,
        launched(arguments(site, caddy, certificate, space), headless=False) as browser,
    ):
        page = await browser.new_page()
        await page.add_init_script(script_text(running.gateway))
        await page.goto(URL)
        yield running, page


async def test_the_browser_asks_about_a_gateway_on_this_device_and_about_no_public_one(
    tmp_path: Path, screen: Screen, caddy: Proxy, certificate: Certificate
) -> None:
    async with visit(tmp_path / "1", caddy, certificate, "public") as (running, page), clients_of(running) as clients:
        await connected(running)
        assert await page.evaluate(PERMISSION) == "prompt", "nobody was asked"
        model = next(each.name for each in running.gateway.models.catalogue if each.model.modality == "chat")
        answer = await clients[0].chat.completions.create(
            model=model, messages=[{"role": "user", "content": "SAY<<hello>>"}]
        )
        assert answer.choices[0].message.content == "hello"
        plain = screen.part(*UNDER_THE_ADDRESS)
        assert not is_question(plain)
    async with visit(tmp_path / "2", caddy, certificate, "loopback") as (running, page):
        await page.locator("html[data-hydrated]").wait_for()
        await until(lambda: is_question(screen.part(*UNDER_THE_ADDRESS)))
        assert await page.evaluate(PERMISSION) == "prompt", "and nobody has answered"
        assert not running.gateway.hub.workers
        await page.context.grant_permissions(["local-network-access"])
        await page.reload()
        await connected(running)
        await until(lambda: screen.part(*UNDER_THE_ADDRESS) == plain)


def is_question(rows: list[bytes]) -> bool:
    """Its box is of one colour at all edges, which the page is not there."""
    return len({rows[0], rows[-1]}) == 1 and rows[0] == rows[0][:4] * (len(rows[0]) // 4)


async def connected(running: Running) -> None:
    await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
