"""`/help/{code}`: what an error means and what to do, for people: a row of `docs/errors.md` as a page."""

import re
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

import arenabridge
from arenabridge.errors import UnknownRoute
from arenabridge.http.door.help_address import help_path
from arenabridge.http.pages.home import PAGE_HEADERS

_PAGE = Template(files("arenabridge.web").joinpath("help.html").read_text(encoding="utf-8"))
_ROW = re.compile(r"^\| (\d{3}) \| `(\w+)` \| (\w+) \| (.+?) \|$", re.MULTILINE)


class Topic(msgspec.Struct, frozen=True):
    """One error code: a row of the table. `advice` is in Markdown, of which only `code` occurs."""

    status: str
    code: str
    repeated: str
    advice: str


@cache
def topics() -> dict[str, Topic]:
    return {topic.code: topic for row in _ROW.findall(_document()) if (topic := Topic(*row))}


async def index(_request: Request) -> Response:
    links = (f'<li><a class="mono" href="{help_path(code)}">{code}</a></li>' for code in topics())
    return _page("Errors", "", f"<ul>{''.join(links)}</ul>")


async def topic(request: Request) -> Response:
    found = topics().get(request.path_params["code"])
    if found is None:
        raise UnknownRoute("There is no such error. /help lists all.")
    repeated = "Clients' libraries repeat such a request by themselves." if found.repeated == "yes" else ""
    advice = re.sub(r"`([^`]+)`", r'<span class="mono">\1</span>', escape(found.advice))
    return _page(found.code, f"HTTP {found.status}", f'<p>{advice}</p><p class="quiet">{repeated}</p>')


def _page(title: str, badge: str, body: str) -> Response:
    """`body` is markup of ours, title and badge are words."""
    mark = f'<span class="badge idle">{escape(badge)}</span>' if badge else ""
    return HTMLResponse(_PAGE.substitute(title=escape(title), badge=mark, body=body), headers=PAGE_HEADERS)


def _document() -> str:
    """Packages carry it beside the other pages; in a checkout it is where people read it."""
    shipped = files("arenabridge.web").joinpath("errors.md")
    if shipped.is_file():
        return shipped.read_text(encoding="utf-8")
    return (Path(arenabridge.__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
