"""What is wrong between a relay and its gateway, in words that say what to do. Pure but for the exceptions it reads."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import httpx
import msgspec
from websockets.exceptions import InvalidStatus

from arenabridge.worker.relay.gateway_address import GatewayAddress

TroubleKind = Literal[
    "unknown_host", "refused", "unreachable", "no_answer", "tls", "credential", "not_a_gateway", "no_upgrade", "name",
    "stopping", "throttled", "failing", "broken",
]  # fmt: skip

MAX_QUOTED_CHARACTERS = 300
"""Characters shown of what another server says."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """`words` are a sentence or two for the person at this computer."""

    kind: TroubleKind
    words: str


class GatewayTrouble(Exception):
    """The gateway could not be asked, or refused."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


class _Error(msgspec.Struct, frozen=True):
    message: str = ""
    code: str | None = None


class _ErrorBody(msgspec.Struct, frozen=True):
    error: _Error


def trouble_of(error: BaseException, address: GatewayAddress) -> Trouble:
    """The trouble with a connection that could not be made, or broke before it was of use."""
    if isinstance(error, InvalidStatus):
        return _not_opened(error.response.status_code, bytes(error.response.body or b""), address)
    causes = list(_causes(error))
    for cause in causes:
        if (trouble := _by_cause(cause, address)) is not None:
            return trouble
    if any(isinstance(cause, TimeoutError | httpx.TimeoutException) for cause in causes):
        return Trouble("no_answer", f"{address.base} does not answer. Is it running, and is the network fine?")
    reason = next((str(cause) for cause in reversed(causes) if str(cause)), type(error).__name__)
    return Trouble("broken", f"The connection to {address.base} broke: {reason[:MAX_QUOTED_CHARACTERS]}")


def _by_cause(cause: BaseException, address: GatewayAddress) -> Trouble | None:
    match cause:
        case ssl.SSLCertVerificationError():
            reason = cause.verify_message or cause.reason
            return Trouble("tls", f"The certificate of {address.base} is not valid: {reason}.")
        case ssl.SSLError():
            return Trouble("tls", _tls_words(cause, address))
        case socket.gaierror():
            return Trouble("unknown_host", f"There is no computer of the name in {address.base} (or no network here).")
        case ConnectionRefusedError():
            return Trouble("refused", f"Nothing listens at {address.base}. Is the gateway running, and the port right?")
        case OSError() if cause.errno is not None and not isinstance(cause, TimeoutError | ConnectionError):
            return Trouble("unreachable", f"{address.base} can't be reached: {cause.strerror or cause}.")
        case _:
            return None


def _tls_words(error: ssl.SSLError, address: GatewayAddress) -> str:
    if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return f"{address.base} does not speak TLS there. Is it http:// or another port?"
    return f"No secure connection to {address.base}: {error.reason or error}."


def _not_opened(status: int, body: bytes, address: GatewayAddress) -> Trouble:
    """A proxy that does not know WebSockets passes the handshake on as a request, or answers it itself."""
    trouble = trouble_in(status, body, address)
    if trouble.kind != "not_a_gateway":
        return trouble
    return Trouble(
        "no_upgrade",
        f"No WebSocket could be opened at {address.link} (HTTP {status}). If a proxy stands in front of the gateway, "
        "does it pass WebSockets on?",
    )


def trouble_in(status: int, body: bytes, address: GatewayAddress) -> Trouble:
    """In an HTTP answer that is not what was asked for."""
    said = _said(body)
    if said is not None and (refused := _refused(said, address)) is not None:
        return refused
    if status >= 500:
        return Trouble("failing", f"{address.base} fails (HTTP {status}): the gateway, or the proxy in front of it.")
    if said is not None and status != 404:
        return Trouble("failing", f"{address.base} refuses (HTTP {status}): {_quoted(said.message)}")
    return Trouble(
        "not_a_gateway",
        f"At {address.base} is no Arena Bridge that takes relays (HTTP {status}). Is the address right, and the "
        "gateway new enough?",
    )


def _refused(said: _Error, address: GatewayAddress) -> Trouble | None:
    """What only a gateway of ours says."""
    match said.code:
        case "invalid_worker_credential":
            return Trouble(
                "credential",
                f"{address.base} does not accept this relay's credential: {_quoted(said.message)} "
                "Make a code on the dashboard's page of workers, and start with --enrol CODE.",
            )
        case "host_not_allowed":
            words = f"The gateway does not answer under the name in {address.base}: {_quoted(said.message)}"
            return Trouble("name", words)
        case "shutting_down":
            return Trouble("stopping", f"The gateway at {address.base} is being stopped.")
        case "rate_limit_exceeded":
            return Trouble("throttled", f"{address.base} refuses for now: {_quoted(said.message)}")
        case _:
            return None


def redirected(to: str, address: GatewayAddress) -> Trouble:
    """A credential is not sent to an address that somebody else names."""
    return Trouble(
        "not_a_gateway", f"{address.base} leads on to {_quoted(to)}: if that is right, give the relay that address."
    )


def _said(body: bytes) -> _Error | None:
    """Our error object, or OpenAI's; None for anything else."""
    try:
        return msgspec.json.decode(body, type=_ErrorBody).error
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _quoted(text: str) -> str:
    printable = "".join(each if each.isprintable() else " " for each in text)
    return printable[:MAX_QUOTED_CHARACTERS]


def _causes(error: BaseException) -> Iterator[BaseException]:
    """It, and what it came from."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
