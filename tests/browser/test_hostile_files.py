"""Files made to attack whoever opens them, uploaded and opened in a real browser: nothing in them runs."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Dialog, Download, Error, Page, Request

from arenabridge.app import Running, running_gateway
from arenabridge.settings import Settings
from arenabridge.worker.browser import launched

SCRIPT = "document.title='ran';alert('ran');fetch('/health?ran');new Image().src='/livez?ran';top.location='/help?ran'"
SVG = f"""<svg xmlns="http://www.w3.org/2000/svg" onload="{SCRIPT}"><script>{SCRIPT}</script>
<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="/health?ran"/></foreignObject>
<image href="/livez?ran"/></svg>"""
HTML = f"""<!doctype html><title>innocent</title><meta http-equiv="refresh" content="0;url=/help?ran">
<script>{SCRIPT}</script><img src="/livez?ran" onerror="{SCRIPT}">
<link rel="stylesheet" href="/assets/home.css?ran"><iframe src="/health?ran"></iframe>"""
XHTML = f"""<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script>{SCRIPT}</script></html>"""
XSLT = f"""<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?><a><script xmlns="http://www.w3.org/1999/xhtml">{SCRIPT}
</script></a>"""
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R/OpenAction
<</S/JavaScript/JS(app.alert\\('ran'\\);app.launchURL\\('/help?ran'\\))>>>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj
trailer<</Root 1 0 R>>
"""

GOOD = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A point."""

FILES: dict[str, tuple[bytes, str]] = {
    "page.html": (HTML.encode(), "text/html"),
    "page.png": (HTML.encode(), "image/png"),
    "page.txt": (HTML.encode(), "text/plain"),
    "page": (b"\xff\xfe" + HTML.encode("utf-16-le"), ""),
    "page.csv": (b"a,b\n" + HTML.encode(), "text/csv"),
    "page.json": (b"[1]" + HTML.encode(), "application/json"),
    "page.mhtml": (b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + HTML.encode(), "multipart/related"),
    "page.xhtml": (XHTML.encode(), "application/xhtml+xml"),
    "page.xml": (XSLT.encode(), "text/xml"),
    "drawing.svg": (SVG.encode(), "image/svg+xml"),
    "drawing.png": (SVG.encode(), "image/png"),
    "paper.pdf": (PDF, "application/pdf"),
    "script.js": (SCRIPT.encode(), "text/javascript"),
    "gif.gif": (b"GIF89a/*" + b"\0" * 8 + b"*/=1;" + SCRIPT.encode(), "image/gif"),
    "bytes.html": (b"\x00\x01" + HTML.encode(), "text/html"),
}


@dataclass
class Watched:
    """A page, and what happened in it that nobody asked for."""

    page: Page
    title: str = ""
    dialogs: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("dialog", self._dialog)
        self.page.on("request", self._request)
        self.page.on("download", self._download)

    async def _dialog(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _download(self, download: Download) -> None:
        self.saved.append(download.suggested_filename)

    async def open(self, url: str) -> None:
        try:
            await self.page.goto(url, wait_until="load")
        except Error as error:
            assert "Download is starting" in str(error), error  # noqa: PT017 - how a browser answers an attachment

    async def nothing_ran(self, name: str) -> None:
        """What runs would have run by the time that another page is there."""
        later = await self.page.context.new_page()
        await later.goto("data:text/html,<title>later</title>")
        await later.close()
        ran = [url for url in self.asked if "ran" in url.partition("?")[2]]
        assert (name, self.dialogs, ran, await self.page.title()) == (name, [], [], self.title)


@dataclass(frozen=True)
class Host:
    """A gateway with hostile files on it."""

    running: Running
    urls: dict[str, str]
    context: BrowserContext


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def host(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Host]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("hostile"), port=0)
    async with running_gateway(settings, environment={}) as running, launched() as browser:
        headers = {"x-api-key": running.first_key or ""}
        async with httpx.AsyncClient(base_url=running.base_url, headers=headers) as http:
            urls = {name: await _uploaded(http, name, *file) for name, file in FILES.items()}
            urls["good.png"] = await _uploaded(http, "good.png", GOOD, "image/png")
        yield Host(running, urls, await browser.new_context())


async def _uploaded(http: httpx.AsyncClient, name: str, content: bytes, claimed: str) -> str:
    kept: dict[str, Any] = (await http.post("/upload", files={"file": (name, content, claimed)})).json()
    return str(kept["url"])


@pytest_asyncio.fixture(loop_scope="session")
async def watched(host: Host) -> AsyncIterator[Watched]:
    page = await host.context.new_page()
    watched = Watched(page)
    watched.watch()
    yield watched
    await page.close()


@pytest.mark.parametrize("name", FILES)
async def test_a_hostile_file_that_is_opened_runs_nothing(host: Host, watched: Watched, name: str) -> None:
    await watched.open(host.urls[name])
    watched.title = await watched.page.title()
    assert watched.title != "ran"
    assert "innocent" not in watched.title
    await watched.nothing_ran(name)


async def test_a_page_that_embeds_hostile_files_gets_no_script_from_them(
    host: Host, watched: Watched, tmp_path: Path
) -> None:
    """As frame, object, script, style, module, worker and picture, from a page of another origin."""
    page = tmp_path / "embedding.html"
    tags = [
        f"<iframe src='{url}'></iframe><object data='{url}'></object><embed src='{url}'><script src='{url}'></script>"
        f"<link rel=stylesheet href='{url}'><script type=module src='{url}'></script><img src='{url}'>"
        for url in host.urls.values()
    ]
    page.write_text("<!doctype html><title>mine</title>" + "".join(tags), encoding="utf-8")
    watched.title = "mine"
    await watched.page.goto(page.as_uri(), wait_until="load")
    await watched.nothing_ran("embedded")
    shown = await watched.page.evaluate(
        "url => Array.from(document.images).filter(each => each.src === url).map(each => each.naturalWidth)[0]",
        host.urls["good.png"],
    )
    assert shown > 0, "a plain picture must be shown, else this test shows nothing"


async def test_a_plain_picture_that_is_opened_is_shown(host: Host, watched: Watched) -> None:
    await watched.page.goto(host.urls["good.png"])
    assert await watched.page.evaluate("() => document.images[0].naturalWidth") == 1


async def test_our_own_pages_can_t_be_made_to_load_an_upload_as_script(host: Host, watched: Watched) -> None:
    """A policy that trusts our own origin must not thereby trust what strangers put there."""
    await watched.page.goto(f"{host.running.base_url}/help")
    watched.title = await watched.page.title()
    for name in ("script.js", "gif.gif"):
        loaded = await watched.page.evaluate(
            """url => new Promise(done => {
                const script = document.createElement('script');
                script.onload = () => done('loaded');
                script.onerror = () => done('refused');
                script.src = url;
                document.head.append(script);
            })""",
            host.urls[name],
        )
        assert loaded == "refused"
    await watched.nothing_ran("same origin")


async def test_such_a_file_would_run_if_it_were_served_as_it_claims(host: Host, watched: Watched) -> None:
    """The tests above can fail: the same words, as a page, do run."""

    async def as_page(route: Any) -> None:
        await route.fulfill(status=200, content_type="text/html", body=HTML)

    await watched.page.route("**/attack", as_page)
    await watched.page.goto(f"{host.running.base_url}/attack", wait_until="commit")
    await watched.page.wait_for_url("**/help?ran")
    assert watched.dialogs == ["ran"]
