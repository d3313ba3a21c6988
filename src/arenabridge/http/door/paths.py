"""
One spelling for every address of the API, whatever a client makes of the base URL it was given.

Clients append `/v1/chat/completions`, `/chat/completions` or `/models` to what people enter, and people enter the
address with `/v1`, without it, with a slash at the end, or the whole endpoint copied from somewhere. The family of
earlier bridges had the API below `/api/v1`. All of these come out as `/v1/…`; every other path is left as it is.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

ROOT = "/v1"
UPLOAD = "/upload"
"""Paths beside the API, to which the same rules apply."""

_ENDPOINTS = (
    ("chat", "completions"),
    ("completions",),
    ("responses",),
    ("messages",),
    ("embeddings",),
    ("images", "generations"),
    ("images", "edits"),
)
"""What is pasted as a base URL or appended to one. Some are not offered: the error then names what is meant."""

_LIST = ("models",)

_NOT_OFFERED = {
    "responses": "/v1/chat/completions",
    "messages": "/v1/chat/completions",
    "fim": "/v1/chat/completions",
    "assistants": "/v1/chat/completions",
    "threads": "/v1/chat/completions",
    "realtime": "/v1/chat/completions",
    "embeddings": "",
    "moderations": "",
    "audio": "",
    "videos": "",
    "images": "/v1/images/generations and /v1/images/edits",
    "files": "/upload",
    "uploads": "/upload",
}
"""What programs look for that the site does not have, or that is offered in another way, and which way that is."""

_BARE = (("chat", "completions"), ("completions",), ("models",), ("images", "generations"), ("images", "edits"))
"""Endpoints that are understood without a root."""


def api_path(path: str, method: str) -> str:
    """
    The path as routes know it.

    A model's name may be part of it, so behind `models` only what can't be a name is interpreted: a POST, and the list
    asked for twice.
    """
    rest = [segment for segment in path.split("/") if segment]
    inner = _without_roots(rest)
    if inner is rest and not any(_begins(rest, each) for each in _BARE):
        return path
    while (base := _pasted(inner)) is not None or (base := _below_the_list(inner, method)) is not None:
        inner = base
    if inner == ["health"]:  # there it was below the API, too
        return "/health"
    return "/".join((ROOT, *inner))


def nothing_at(path: str) -> str:
    """What to tell somebody who asked for this path, in that spelling, where there is nothing."""
    first = path.removeprefix(f"{ROOT}/").split("/")[0]
    if path.startswith(f"{ROOT}/") and (instead := _NOT_OFFERED.get(first)) is not None:
        return f"{path} is not offered here." + (f" Use {instead}." if instead else "")
    return f"There is nothing at {path}. The API is below {ROOT}."


def is_api(path: str) -> bool:
    """Whether a path in that spelling belongs to the API."""
    return path in {ROOT, UPLOAD} or path.startswith(f"{ROOT}/")


def _without_roots(segments: list[str]) -> list[str]:
    """The very same list if it does not begin with a root."""
    while segments[:1] == ["v1"] or segments[:2] == ["api", "v1"]:
        segments = segments[1 if segments[0] == "v1" else 2 :]
    return segments


def _pasted(segments: list[str]) -> list[str] | None:
    """What follows an endpoint that served as a base URL; None if nothing of ours does."""
    for endpoint in _ENDPOINTS:
        if not _begins(segments, endpoint):
            continue
        rest = segments[len(endpoint) :]
        inner = _without_roots(rest)
        if (inner is not rest and inner) or any(_begins(inner, each) for each in (*_ENDPOINTS, ("models",))):
            return inner
    return None


def _below_the_list(segments: list[str], method: str) -> list[str] | None:
    """What follows the address of the list, where that served as a base URL."""
    if not _begins(segments, _LIST):
        return None
    inner = _without_roots(segments[1:])
    is_endpoint = method == "POST" and any(_begins(inner, each) for each in _ENDPOINTS)
    return inner if is_endpoint or inner == list(_LIST) else None


def _begins(segments: list[str], endpoint: tuple[str, ...]) -> bool:
    return tuple(segments[: len(endpoint)]) == endpoint


class Paths:
    """ASGI middleware: gives the application the one spelling. Sockets have one address, which is never rewritten."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (path := api_path(scope["path"], scope["method"])) != scope["path"]:
            scope = {**scope, "path": path, "raw_path": path.encode("utf-8", "surrogateescape")}
        await self._app(scope, receive, send)
