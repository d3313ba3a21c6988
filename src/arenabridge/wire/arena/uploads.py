"""
The site's own way to take a file: ask for an upload address, `PUT` the file there, ask for the address to read it from.

The first and the last are server actions of the page. Shapes of captures of 2025-11 and 2025-12::

    call    ["picture.png","image/png"]
    answer  0:{"a":"$@1","f":"","b":"<build>"}
            1:{"success":true,"data":{"uploadUrl":"https://…","key":"<user>/1764568271000-picture.png"}}
    call    ["<user>/1764568271000-picture.png"]
    answer  0:{…}
            1:{"success":true,"data":{"url":"https://…/<key>?X-Amz-Date=20251201T055111Z&X-Amz-Expires=3600&…"}}

`a` of row 0 names the row of the result. Where the call changes a cookie, the site answers with the whole page made
again (about 120 kB), the result somewhere among its rows. React moves a long string into a text row of its own and
leaves `$<id>` in its place (from 1024 characters on); a text that begins with a dollar has two.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec
import orjson

from arenabridge.errors import SiteChanged, UploadFailed
from arenabridge.wire.arena import bodies
from arenabridge.wire.arena.flight import Row, flight_rows
from arenabridge.wire.arena.js_json import loads
from arenabridge.wire.arena.wording import shown, words_of
from arenabridge.wire.step import CallAction, PutFile

MAX_ANSWER_CHARACTERS: Final = 8 * 1024 * 1024
"""The longest answer of a server action; a page made again had 120 kB (2025-12)."""

_STALE = "Server action not found."
"""The site's whole answer to an action's id of an older build."""


class UploadTarget(msgspec.Struct, frozen=True):
    """Where the file is to be put, and the name under which the site will know it."""

    url: str
    key: str


class SignedAddress(msgspec.Struct, frozen=True):
    """Where the file can be read, and until when (Unix seconds; 0 if the address does not say)."""

    url: str
    expires_unix: float


class SiteAttachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the site has, under the key `name`, and where it can be read for now."""

    name: str
    content_type: str
    url: str
    expires_unix: float

    def as_attachment(self) -> bodies.SiteAttachment:
        """The name by which a message refers to it."""
        return bodies.SiteAttachment(name=self.name, content_type=self.content_type, url=self.url)


def ask_for_upload(name: str, media_type: str) -> CallAction:
    return _call("generateUploadUrl", name, media_type)


def put_file(target: UploadTarget, media_type: str, size: int) -> PutFile:
    """`size` in bytes."""
    return PutFile(url=target.url, media_type=media_type, size=size)


def ask_for_address(key: str) -> CallAction:
    return _call("getSignedUrl", key)


def read_upload(text: str) -> UploadTarget:
    """Raises `UploadFailed` for the site's refusal and `SiteChanged` for an answer of another form."""
    data = _result(text)
    return UploadTarget(_address(data.get("uploadUrl")), _text(data.get("key"), "key"))


def read_address(text: str) -> SignedAddress:
    """Raises `UploadFailed` for the site's refusal and `SiteChanged` for an answer of another form."""
    url = _address(_result(text).get("url"))
    return SignedAddress(url, _expiry(url))


def _call(name: str, *arguments: str) -> CallAction:
    return CallAction(name=name, arguments=orjson.dumps(arguments).decode())


def _result(text: str) -> dict[str, Any]:
    """The `data` of a call that succeeded."""
    if text.strip() == _STALE:
        raise SiteChanged("The site's page no longer knows the call that takes files.")
    if len(text) > MAX_ANSWER_CHARACTERS:
        raise SiteChanged(f"The site's answer about a file is longer than {MAX_ANSWER_CHARACTERS} characters.")
    rows = flight_rows(text)
    answer = _follow(_object(_value(rows, 0)).get("a"), rows)
    if not isinstance(answer, dict) or not isinstance(answer.get("success"), bool):
        raise SiteChanged("The site's answer about a file has no result.")
    if not answer["success"]:
        raise _refusal(_follow(answer.get("error"), rows))
    return {key: _follow(value, rows) for key, value in _object(_follow(answer.get("data"), rows)).items()}


def _follow(value: Any, rows: dict[int, Row]) -> Any:
    """The value, or what the row holds that it stands for."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    if value.startswith("$$"):
        return value[1:]
    try:
        return _value(rows, int(value[1:].removeprefix("@"), 16))
    except ValueError:
        return None  # `$undefined` and its kin


def _value(rows: dict[int, Row], row_id: int) -> Any:
    """What the row holds, None if there is no such row or it is not readable."""
    row = rows.get(row_id)
    if row is None:
        return None
    text = row.payload.decode("utf-8", "replace")
    if row.tag == "T":
        return text
    if row.tag == "E":
        raise UploadFailed("The site failed when it was asked to take a file.")
    try:
        return loads(text)
    except ValueError:
        return None


def _refusal(error: Any) -> UploadFailed:
    words = shown(words_of({"error": error}))
    return UploadFailed(f"The site refused to take a file: {words or 'it gave no reason'}")


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise SiteChanged(f"The site's answer about a file has no {name}.")
    return value


def _address(value: Any) -> str:
    url = _text(value, "address")
    if not url.startswith(("https://", "http://")):
        raise SiteChanged("The site's answer about a file has an address of an unknown form.")
    return url


def _expiry(url: str) -> float:
    """From the signature, which is valid `X-Amz-Expires` seconds from `X-Amz-Date` on."""
    try:
        signed = parse_qs(urlsplit(url).query)
        date = datetime.strptime(signed["X-Amz-Date"][0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return (date + timedelta(seconds=int(signed["X-Amz-Expires"][0]))).timestamp()
    except (ValueError, KeyError, OverflowError):
        return 0.0
