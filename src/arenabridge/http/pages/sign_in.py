"""
`/sign-in`, `/sign-out`, `/setup`, `/join`, `/reset`: the ways in and out as pages that need no JavaScript.

While nobody is there and the gateway can be reached from elsewhere, every page for people is the set-up page: nobody
shall look around in a gateway that has no owner yet.
"""

import asyncio
from collections.abc import Awaitable, Callable
from html import escape
from importlib.resources import files
from string import Template
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from arenabridge.accounts.passwords import MIN_CHARACTERS
from arenabridge.errors import GatewayError, InvalidRequest
from arenabridge.http.door.body import read_body
from arenabridge.http.door.cookies import forget, keep_signed_in
from arenabridge.http.gateway import gateway_of
from arenabridge.http.pages import entrance
from arenabridge.http.pages.home import PAGE_HEADERS

Endpoint = Callable[[Request], Awaitable[Response]]

HOME = "/dashboard"
"""Where people go once they have come in, unless they were on their way to somewhere else."""

MAX_FORM_BYTES = 16 * 1024
MAX_FIELDS = 10

_WEB = files("arenabridge.web")
_SIGN_IN = Template(_WEB.joinpath("sign_in.html").read_text(encoding="utf-8"))
_SET_UP = Template(_WEB.joinpath("setup.html").read_text(encoding="utf-8"))
_FORM = Template(_WEB.joinpath("sign_up_form.html").read_text(encoding="utf-8"))
_RESET_FORM = Template(_WEB.joinpath("reset_form.html").read_text(encoding="utf-8"))
_STYLE = _WEB.joinpath("sign_in.css").read_text(encoding="utf-8")

_HEADERS = {
    **PAGE_HEADERS,
    "content-security-policy": f"{PAGE_HEADERS['content-security-policy']}; form-action 'self'",
    "referrer-policy": "same-origin",  # the address may hold a code; without any referrer the form would have no origin
}

_SEE_OTHER = 303


async def style(_request: Request) -> Response:
    return Response(_STYLE, media_type="text/css")


def once_set_up(page: Endpoint) -> Endpoint:
    """The page, or the way to the set-up page where there has to be an owner first."""

    async def guarded(request: Request) -> Response:
        gateway = gateway_of(request)
        is_open = not gateway.settings.is_loopback or gateway.settings.public_url is not None
        if is_open and await asyncio.to_thread(lambda: gateway.accounts.people.setup_needed):
            return RedirectResponse("/setup", _SEE_OTHER, headers=_HEADERS)
        return await page(request)

    return guarded


# -- signing in and out


async def show_sign_in(request: Request) -> Response:
    if await asyncio.to_thread(lambda: gateway_of(request).accounts.people.setup_needed):
        return RedirectResponse("/setup", _SEE_OTHER, headers=_HEADERS)
    return _sign_in_page(request.query_params.get("next", HOME))


async def sign_in(request: Request) -> Response:
    form = await _form(request)
    name, next_ = form.get("name", ""), form.get("next", HOME)
    try:
        _person, token = await entrance.sign_in(request, name, form.get("password", ""))
    except GatewayError as error:
        return _sign_in_page(next_, name=name, error=error)
    response = RedirectResponse(_own_path(next_), _SEE_OTHER, headers=_HEADERS)
    keep_signed_in(request, response, token)
    return response


async def sign_out(request: Request) -> Response:
    await entrance.sign_out(request)
    response = RedirectResponse("/sign-in", _SEE_OTHER, headers=_HEADERS)
    forget(request, response)
    return response


def _sign_in_page(next_: str, *, name: str = "", error: GatewayError | None = None) -> Response:
    page = _SIGN_IN.substitute(next=escape(_own_path(next_)), name=escape(name), notice=_notice(error))
    return HTMLResponse(page, _status(error), headers=_headers(error))


# -- setting up, joining, and choosing a new password


async def show_set_up(request: Request) -> Response:
    accounts = gateway_of(request).accounts
    if not await asyncio.to_thread(lambda: accounts.people.setup_needed):
        return RedirectResponse("/sign-in", _SEE_OTHER, headers=_HEADERS)
    code = request.query_params.get("code", "")
    if not code:
        return _page("Set up Arena Bridge", "Open the link that the gateway printed where it was started.", "")
    try:
        accounts.set_up_code.check(code)
    except GatewayError as error:
        return _page("Set up Arena Bridge", "", "", error=error)
    return _set_up_page({"code": code})


async def set_up(request: Request) -> Response:
    form = await _form(request)
    try:
        _check_repeated(form)
        _person, token = await entrance.set_up(
            request, form.get("code", ""), form.get("name", ""), form.get("email"), form.get("password", "")
        )
    except GatewayError as error:
        return _set_up_page(form, error=error)
    return _came_in(request, token)


async def show_join(request: Request) -> Response:
    form = {"code": request.query_params.get("code", "")}
    try:
        invited = await asyncio.to_thread(gateway_of(request).accounts.invitations.find, form["code"])
    except GatewayError as error:
        return _page("Join Arena Bridge", "", "", error=error)
    return _join_page(form, f"{invited.created_by} invites you.")


async def join(request: Request) -> Response:
    form = await _form(request)
    try:
        _check_repeated(form)
        _person, token = await entrance.join(
            request, form.get("code", ""), form.get("name", ""), form.get("email"), form.get("password", "")
        )
    except GatewayError as error:
        return _join_page(form, "", error=error)
    return _came_in(request, token)


async def show_reset(request: Request) -> Response:
    code = request.query_params.get("code", "")
    try:
        user = await asyncio.to_thread(gateway_of(request).accounts.password_resets.find, code)
    except GatewayError as error:
        return _page("Choose a new password", "", "", error=error)
    return _reset_page(code, user.name)


async def reset(request: Request) -> Response:
    form = await _form(request)
    code = form.get("code", "")
    try:
        _check_repeated(form)
        _person, token = await entrance.reset_password(request, code, form.get("password", ""))
    except GatewayError as error:
        return _reset_page(code, form.get("username", ""), error=error)
    return _came_in(request, token)


def _came_in(request: Request, token: str) -> Response:
    response = RedirectResponse(HOME, _SEE_OTHER, headers=_HEADERS)
    keep_signed_in(request, response, token)
    return response


def _check_repeated(form: dict[str, str]) -> None:
    if form.get("password") != form.get("again"):
        raise InvalidRequest("The two passwords are not the same.", param="again")


def _set_up_page(form: dict[str, str], *, error: GatewayError | None = None) -> Response:
    words = "Nobody has an account yet. Yours will be the administrator's: it may see and change everything."
    return _page("Set up Arena Bridge", words, _sign_up_form("/setup", "Set up", form), error=error)


def _join_page(form: dict[str, str], words: str, *, error: GatewayError | None = None) -> Response:
    return _page("Join Arena Bridge", words, _sign_up_form("/join", "Join", form), error=error)


def _reset_page(code: str, name: str, *, error: GatewayError | None = None) -> Response:
    words = f"For {name}. It signs you out of all other browsers."
    form = _RESET_FORM.substitute(code=escape(code), name=escape(name), shortest=MIN_CHARACTERS)
    return _page("Choose a new password", words, form, error=error)


def _sign_up_form(action: str, button: str, form: dict[str, str]) -> str:
    """Markup. What was entered stays, but for the passwords."""
    entered = {name: escape(form.get(name, "")) for name in ("code", "name", "email")}
    return _FORM.substitute(entered, action=action, button=button, shortest=MIN_CHARACTERS)


def _page(title: str, words: str, form: str, *, error: GatewayError | None = None) -> Response:
    """`form` is markup of ours, the rest are words."""
    page = _SET_UP.substitute(title=escape(title), words=escape(words), notice=_notice(error), form=form)
    return HTMLResponse(page, _status(error), headers=_headers(error))


# -- what they have in common


async def _form(request: Request) -> dict[str, str]:
    """Raises `InvalidRequest` or `BodyTooLarge`."""
    body = await read_body(request, MAX_FORM_BYTES)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise InvalidRequest("This is no form of ours.") from None


def _own_path(path: str) -> str:
    """Where to go afterwards: nowhere else than here, whatever a link says."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_own else HOME


def _notice(error: GatewayError | None) -> str:
    return f'<p class="notice" role="alert">{escape(str(error))}</p>' if error else ""


def _status(error: GatewayError | None) -> int:
    return error.status if error else 200


def _headers(error: GatewayError | None) -> dict[str, str]:
    wait = error.retry_after_seconds if error else None
    return {**_HEADERS, "retry-after": str(int(wait) + 1)} if wait else _HEADERS
