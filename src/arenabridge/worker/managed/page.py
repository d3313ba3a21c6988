"""
A tab of a managed browser: the script is in its pages of the site, and each of their links is a socket here.

A page gets the binding by which it can say something only once the browser has said that its origin is one of the
site's, in that one context, and only if the script waits for it there. What comes through it is frames of that page's
own link, and nothing goes back through it.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from arenabridge.hub.tasks import Tasks
from arenabridge.worker.managed.devtools import DevTools, DevToolsError, Event
from arenabridge.worker.managed.injection import Injection
from arenabridge.worker.managed.needs import Needs
from arenabridge.worker.managed.socket import PageSocket

_log = logging.getLogger(__name__)

Serve = Callable[[PageSocket], Coroutine[Any, Any, None]]
"""Serves one link until it ends."""

_SAID = re.compile(r"(\d{1,9}) (open|part|frame|close) (.*)", re.DOTALL)
_TAKE = "function(connection, kind, text) { this.take(connection, kind, text); }"

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""Pauses before a page that crashed is reloaded, doubled each time."""


@dataclass(slots=True)
class _Document:
    """A page of the site. `hook` is DevTools' name for what the script left, or None where no script is."""

    hook: "asyncio.Future[str | None]"
    number: int = 0
    socket: PageSocket | None = None


@dataclass(slots=True)
class Page:
    """One tab, through all pages that it shows."""

    devtools: DevTools
    session: str
    target: str
    injection: Injection
    serve: Serve
    needs: Needs
    tasks: Tasks
    _documents: dict[int, _Document] = field(default_factory=dict)
    _crashes: int = 0

    async def prepare(self) -> None:
        """The script is there before the first page; raises `DevToolsError`."""
        commands: list[tuple[str, dict[str, str]]] = [
            ("Page.enable", {}),
            ("Page.addScriptToEvaluateOnNewDocument", {"source": self.injection.source}),
            ("Runtime.enable", {}),
            ("Runtime.runIfWaitingForDebugger", {}),
        ]
        for answer in [self._start(method, **parameters) for method, parameters in commands]:
            await answer

    async def open(self, url: str) -> None:
        """Show this; raises `DevToolsError`."""
        await self.devtools.call("Page.navigate", session=self.session, url=url)

    def heard(self, event: Event) -> None:
        match event.method:
            case "Runtime.executionContextCreated":
                self._created(event.parameters["context"])
            case "Runtime.executionContextDestroyed":
                self._left(event.parameters["executionContextId"])
            case "Runtime.executionContextsCleared":
                self.end()
            case "Runtime.bindingCalled":
                self._said(event.parameters)
            case "Inspector.targetCrashed":
                self.end()
                self.tasks.start(self._revive(), "loading a crashed page anew")

    def end(self) -> None:
        """No page is there any more."""
        for context in list(self._documents):
            self._left(context)

    def _created(self, context: dict[str, Any]) -> None:
        if context["origin"] not in self.injection.origins or not context.get("auxData", {}).get("isDefault"):
            return
        self._documents[context["id"]] = _Document(self._find_hook(context["id"]))

    def _find_hook(self, context: int) -> "asyncio.Future[str | None]":
        # sent at once, one behind the other: nothing of the page's runs in between
        self._start("Runtime.addBinding", name=self.injection.binding, executionContextId=context)
        answer = self._start("Runtime.evaluate", contextId=context, expression=self.injection.attach, silent=True)
        hook: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(lambda answer: _settle(hook, _object_in(answer)))
        return hook

    def _left(self, context: int) -> None:
        document = self._documents.pop(context, None)
        if document is None:
            return
        _settle(document.hook, None)
        if document.socket is not None:
            document.socket.end()

    def _said(self, call: dict[str, Any]) -> None:
        context = call["executionContextId"]
        document = self._documents.get(context)
        said = _SAID.fullmatch(call["payload"])
        if document is None or said is None or call["name"] != self.injection.binding:
            return
        number, kind, text = int(said[1]), said[2], said[3]
        if kind == "open":
            if document.hook.done() and document.hook.result() is None:
                document.hook = self._find_hook(context)  # a page that the browser had kept aside, and shows again
            self._opened(document, number)
        elif document.socket is not None and number == document.number:
            document.socket.heard(kind, text)
            if kind == "frame":
                self.needs.heard(self, text)

    def _opened(self, document: _Document, number: int) -> None:
        if number <= document.number:
            return
        if document.socket is not None:
            document.socket.end()

        def start(kind: str, text: str) -> "asyncio.Future[dict[str, Any]]":
            return self._take(document, number, kind, text)

        async def take(kind: str, text: str) -> None:
            await asyncio.shield(document.hook)
            await self.devtools.writer.drain()
            await start(kind, text)

        document.number, document.socket = number, PageSocket(take, start)
        self.tasks.start(self._serve(document.socket), f"link {number} of tab {self.target[:8]}")

    async def _serve(self, socket: PageSocket) -> None:
        try:
            await self.serve(socket)
        finally:
            await socket.close(0, "")

    def _take(self, document: _Document, number: int, kind: str, text: str) -> "asyncio.Future[dict[str, Any]]":
        hook = document.hook.result() if document.hook.done() else None
        return self._start(
            "Runtime.callFunctionOn",
            objectId=hook or "",
            functionDeclaration=_TAKE,
            arguments=[{"value": number}, {"value": kind}, {"value": text}],
            silent=True,
        )

    async def _revive(self) -> None:
        pause = min(FIRST_PAUSE_SECONDS * 2**self._crashes, LONGEST_PAUSE_SECONDS)
        self._crashes += 1
        _log.warning("a page crashed and is loaded anew in %.0f s", pause)
        await asyncio.sleep(pause)
        try:
            await self.devtools.call("Page.reload", session=self.session)
        except DevToolsError as error:
            _log.warning("the page could not be loaded anew: %s", error)

    def _start(self, method: str, **parameters: Any) -> "asyncio.Future[dict[str, Any]]":
        return self.devtools.start(method, session=self.session, **parameters)


def _settle(hook: "asyncio.Future[str | None]", name: str | None) -> None:
    if not hook.done():
        hook.set_result(name)


def _object_in(answer: "asyncio.Future[dict[str, Any]]") -> str | None:
    if answer.cancelled() or answer.exception() is not None:
        return None
    name = answer.result().get("result", {}).get("objectId")
    return name if isinstance(name, str) else None
