"""
What the relay does for a tab: greet it as a gateway would, connect to the gateway in its name, and get out of the way.

The tab proves itself to the relay by the relay's own pairing secret, the relay to the gateway by its credential: so the
tab's secret is taken out of its hello, and goes no further. Whatever else it says is for the gateway to judge.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from arenabridge.hub.links.link import HELLO_SECONDS, POLICY_VIOLATION, LinkPolicy, Socket, SocketClosed
from arenabridge.wire.link import messages as m
from arenabridge.worker.relay.pipe import pipe
from arenabridge.worker.relay.remote_gateway import RemoteGateway
from arenabridge.worker.relay.standing import Standing, Tab
from arenabridge.worker.relay.trouble import GatewayTrouble

_log = logging.getLogger(__name__)

MAX_TABS = 64
"""Connected at once; each may have a frame of `MAX_FRAME_BYTES` on its way."""

WELCOME_SECONDS = 15.0
"""How long the gateway may take to answer a hello."""


class _Greeting(msgspec.Struct, frozen=True):
    """The part of a hello that a relay looks at."""

    type: str
    token: str = ""
    origin: str = ""
    profile: str = ""
    page: str = ""
    transport: str = "ws"


class _Answer(msgspec.Struct, frozen=True):
    """The part of a welcome or a refusal that a relay looks at."""

    type: str
    worker: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class _Introduction:
    greeting: _Greeting
    frame: str
    """The hello as it is passed on."""


class _Refused(Exception):
    def __init__(self, code: str, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.frame = m.RefusedLink(code, message, permanent)


class Relay:
    """For any number of tabs up to `MAX_TABS`. `suspect` hears whether the gateway could be reached for one."""

    def __init__(
        self, gateway: RemoteGateway, policy: LinkPolicy, standing: Standing, suspect: Callable[[bool], None]
    ) -> None:
        self._gateway = gateway
        self.policy = policy
        self._standing = standing
        self._suspect = suspect

    async def serve(self, near: Socket) -> None:
        """A tab, until either side ends; then both are closed."""
        try:
            introduction = await self._greet(near)
            greeting = introduction.greeting
            with self._standing.tab(greeting.origin, greeting.profile, greeting.page, greeting.transport) as tab:
                await self._connect(near, introduction, tab)
        except _Refused as refused:
            await _refuse(near, refused.frame)
        except (SocketClosed, TimeoutError):
            await near.close(POLICY_VIOLATION, "no hello")

    async def _greet(self, near: Socket) -> _Introduction:
        async with asyncio.timeout(HELLO_SECONDS):
            frame = await near.receive()
        try:
            greeting = msgspec.json.decode(frame, type=_Greeting)
            fields = msgspec.json.decode(frame, type=dict[str, msgspec.Raw])
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            raise _Refused("not_a_worker", "The first message must be hello.", permanent=True) from error
        if greeting.type == "bye":  # a tab may also say at once that it leaves
            raise SocketClosed
        self._check(greeting)
        return _Introduction(greeting, msgspec.json.encode({**fields, "token": ""}).decode())

    def _check(self, greeting: _Greeting) -> None:
        if greeting.type != "hello":
            raise _Refused("not_a_worker", "The first message must be hello.", permanent=True)
        if not hmac.compare_digest(greeting.token.encode(), self.policy.pairing_secret.encode()):
            _log.warning("a tab was refused: it does not have this relay's secret")
            words = "The userscript belongs to another gateway or relay: install it from this one."
            raise _Refused("wrong_secret", words, permanent=True)
        if greeting.origin not in self.policy.origins:
            words = f"{greeting.origin} is not one of the site's addresses."
            raise _Refused("wrong_origin", words, permanent=True)
        if len(self._standing.tabs) >= MAX_TABS:
            raise _Refused("too_many_tabs", f"{MAX_TABS} tabs are connected to this relay already.", permanent=False)

    async def _connect(self, near: Socket, introduction: _Introduction, tab: Tab) -> None:
        try:
            far = await self._gateway.dial()
        except GatewayTrouble as error:
            self._suspect(False)
            self._standing.refused(tab, str(error))
            raise _Refused("gateway_unreachable", str(error)[:1000], permanent=False) from error
        self._suspect(True)
        try:
            await far.send(introduction.frame)
            async with asyncio.timeout(WELCOME_SECONDS):
                answer = await far.receive()
            self._note(tab, answer)
            await near.send(answer)
            await pipe(near, far, tab.title)
        finally:
            await far.close(POLICY_VIOLATION, "")
            await near.close(POLICY_VIOLATION, "")

    def _note(self, tab: Tab, frame: str | bytes) -> None:
        """What the gateway said to the hello, for people to see; whatever it is, it goes on to the tab."""
        try:
            answer = msgspec.json.decode(frame, type=_Answer)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return
        if answer.type == "welcome":
            self._standing.welcomed(tab, answer.worker)
        elif answer.type == "refused":
            self._standing.refused(tab, answer.message)


async def _refuse(near: Socket, frame: m.RefusedLink) -> None:
    try:
        await near.send(m.encode(frame))
    except SocketClosed:
        return
    await near.close(POLICY_VIOLATION, frame.code)
