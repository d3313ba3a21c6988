"""
The site's server actions, found as its own page has them: by name, in the page's scripts.

Their ids change with each deployment of the site; only the two of its upload are ever looked for.
"""

import asyncio
import re

import msgspec

from arenabridge.upstream.site_client import START_PAGE, SiteBroke, SiteClient

PERMITTED = ("generateUploadUrl", "getSignedUrl")
MAX_SCRIPTS = 400
"""A page of the site has some 100."""
MAX_ANSWER_BYTES = 8 * 2**20
"""The userscript's bound too. The two answers of the upload have some 2,000 bytes."""
CALL_SECONDS = 120.0
"""For a call and all that has to be looked for first; each answer of the site has its own bound besides."""

_NOT_FOUND = "Server action not found"
_REFERENCE = re.compile(
    r"createServerReference\s*+\)?\s*+\(\s*+[\"'`]([0-9a-f]{40,64})[\"'`]\s*+,(?:[^\"'`]{0,300},)?\s*+[\"'`](\w+)[\"'`]",
    re.IGNORECASE,
)
_SCRIPT = re.compile(r"(?:/_next/)?static/[\w\-./~%()\[\]@]{1,300}+(?<=\.js)(?:\?[\w\-.=%]*)?")
_DEPLOYMENT = re.compile(r"[?&]dpl=([\w\-.]+)")
_PLAIN_ROUTE = '["",{"children":["__PAGE__",{}]},null,null,true]'


class ActionUnknown(Exception):
    """The site's scripts do not name it (any more)."""


class Action(msgspec.Struct, frozen=True):
    """Its id, and the deployment of the site that it belongs to."""

    id: str
    deployment: str


class Actions:
    """The actions of one session, found when first asked for."""

    def __init__(self, client: SiteClient) -> None:
        self._client = client
        self._known: dict[str, Action] = {}

    async def call(self, name: str, arguments: str) -> tuple[int, dict[str, str], str]:
        """
        Status, headers and text of its answer; an id that has become stale is looked for again, once.

        Raises `ActionUnknown`, and as `SiteClient.ask`.
        """
        if name not in PERMITTED:
            raise ActionUnknown(name)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return await self._call_the_known(name, arguments)
        except TimeoutError:
            raise SiteBroke(f"The site's action was not found and done within {CALL_SECONDS:g} seconds.") from None

    async def _call_the_known(self, name: str, arguments: str) -> tuple[int, dict[str, str], str]:
        for _ in range(2):
            action = self._known.get(name) or (await self._found()).get(name)
            if action is None:
                raise ActionUnknown(name)
            status, headers, text = await self._call(action, arguments)
            if status != 404 and not text.startswith(_NOT_FOUND):
                return status, headers, text
            self._known = {}
        raise ActionUnknown(name)

    async def _call(self, action: Action, arguments: str) -> tuple[int, dict[str, str], str]:
        headers = {
            "accept": "text/x-component",
            "content-type": "text/plain;charset=UTF-8",
            "next-action": action.id,
            "next-router-state-tree": _PLAIN_ROUTE,
        }
        if action.deployment:
            headers["x-deployment-id"] = action.deployment
        return await self._client.whole("POST", START_PAGE, headers, arguments, limit=MAX_ANSWER_BYTES)

    async def _found(self) -> dict[str, Action]:
        _, html = await self._client.page()
        paths = (path if path.startswith("/") else f"/_next/{path}" for path in _SCRIPT.findall(html))
        for path in list(dict.fromkeys(paths))[:MAX_SCRIPTS]:
            if len(self._known) == len(PERMITTED):
                break
            self._read(path, await self._script(path))
        return self._known

    def _read(self, path: str, source: str) -> None:
        deployment = _DEPLOYMENT.search(path)
        for id_, name in _REFERENCE.findall(source):
            if name in PERMITTED:
                self._known[name] = Action(id_, deployment.group(1) if deployment else "")

    async def _script(self, path: str) -> str:
        try:
            status, text = await self._client.page(path)
        except SiteBroke:
            return ""
        return text if status == 200 else ""
