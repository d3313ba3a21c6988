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
from playwright.async_api import Browser, Page

from arenabridge.app import Running, running_gateway
from arenabridge.http.links.script import script_text
from arenabridge.settings import Settings
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import RunningSite, Site
from arenabridge.worker.browser import launched, site_arguments
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


def spki(certificate: Certificate) -> str:
    key = x509.load_pem_x509_certificate(certificate.chain.read_bytes()).public_key()
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(digest).decode()


def arguments(site: RunningSite, public: Proxy, loopback: Proxy, certificate: Certificate) -> list[str]:
    """The site and one of the two proxies are public; all are found under their names, the other at port 8443."""
    [rules] = site_arguments(HOSTNAMES, site.port)
    proxies = f"MAP {GATEWAY}:443 127.0.0.1:{public.port}, MAP {GATEWAY}:8443 127.0.0.1:{loopback.port}"
    return [
        rules.replace("MAP * ", f"{proxies}, MAP * "),
        f"--ignore-certificate-errors-spki-list={site.spki},{spki(certificate)}",
        f"--ip-address-space-overrides=127.0.0.1:{site.port}=public,127.0.0.1:{public.port}=public",
    ]


@contextlib.asynccontextmanager
async def visit(browser: Browser, script: str) -> AsyncIterator[Page]:
    """The site in a window of its own, with the script inside; nobody has answered any question there."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.add_init_script(script)
    await page.goto(URL)
    yield page
    await context.close()


async def test_the_browser_asks_about_a_gateway_on_this_device_and_about_no_public_one(
    tmp_path: Path, screen: Screen, certificate: Certificate
) -> None:
    with running_caddy(certificate) as public, running_caddy(certificate, public.upstream_port) as loopback:
        settings = Settings(
            data_dir=tmp_path,
            port=public.upstream_port,
            public_url=f"https://{GATEWAY}",
            trusted_proxies=("127.0.0.1",),
            site_origins=(ORIGIN,),
        )
        async with (
            Site(SiteSettings(check="ignore")).serving(tls=True, hostnames=HOSTNAMES) as site,
            running_gateway(settings, environment={}) as running,
            launched(arguments(site, public, loopback, certificate), headless=False) as browser,
        ):
            hub, script = running.gateway.hub, script_text(running.gateway)
            async with visit(browser, script) as page:
                await until(lambda: hub.workers)
                assert await page.evaluate(PERMISSION) == "prompt", "nobody was asked"
                assert await chat(running) == "hello"
                assert not is_question(screen.part(*UNDER_THE_ADDRESS))
            await until(lambda: not hub.workers)
            async with visit(browser, script.replace(f"wss://{GATEWAY}/", f"wss://{GATEWAY}:8443/")) as page:
                await until(lambda: is_question(screen.part(*UNDER_THE_ADDRESS)))
                assert await page.evaluate(PERMISSION) == "prompt", "nobody has answered"
                assert not hub.workers
                await page.context.grant_permissions(["local-network-access"])
                await page.reload()
                await until(lambda: hub.workers)
                await until(lambda: not is_question(screen.part(*UNDER_THE_ADDRESS)))


def is_question(rows: list[bytes]) -> bool:
    """Its box is of one colour along its edges; the page has a line there, and text."""
    return rows[0] == rows[-1] == rows[0][:4] * (len(rows[0]) // 4)


async def chat(running: Running) -> str | None:
    models = running.gateway.models
    await until(lambda: len(models.catalogue))
    model = next(each.name for each in models.catalogue if each.model.modality == "chat")
    async with clients_of(running) as (openai, _):
        answer = await openai.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "SAY<<hello>>"}]
        )
    return answer.choices[0].message.content
