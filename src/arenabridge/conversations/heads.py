"""
Which site session has seen exactly which conversation, so that a chat can go on there and is not sent again. Pure.

A conversation is known by a keyed digest that is chained turn by turn, over who asks (API key, model, browser profile,
role mode) and every turn's role, text and files: nothing of them is kept, and two chats that merely begin alike never
meet. What a session has seen last is its *head*. A request continues a session only if all its turns up to the last
answer are that head; an edit, a branch or a regeneration is another conversation and starts afresh. A head is taken by
the request that uses it, so of two equal requests at once the second starts afresh, and it comes back, one turn longer,
only when the site has finished its answer and all of it was delivered.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from arenabridge.wire.chat import Attachment, Message
from arenabridge.wire.profile import RoleMode

MAX_HEADS = 10_000
"""Sessions that can be continued, the oldest forgotten first: about 4 MB."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose conversation it is, and how it is written: none of it may change within a session."""

    key: str
    model: str
    profile: str
    role_mode: RoleMode = "labelled"


class Transcript:
    """A digest that grows with its conversation."""

    __slots__ = ("_digest", "_secret")

    def __init__(self, secret: bytes, asker: Asker, messages: Iterable[Message] = ()) -> None:
        self._secret = secret
        self._digest = self._mac(b"", asker.key, asker.model, asker.profile, asker.role_mode)
        for message in messages:
            said = message.text if message.said is None else message.said
            self.add(message.role, message.name or "", said, *_digests(message))

    def add(self, *turn: str) -> None:
        self._digest = self._mac(self._digest, *turn)

    @property
    def digest(self) -> bytes:
        return self._digest

    def _mac(self, before: bytes, *parts: str) -> bytes:
        """Each part with its length before it: no two sequences of parts are the same bytes."""
        mac = hmac.new(self._secret, before, hashlib.sha256)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass")
            mac.update(len(data).to_bytes(8, "big") + data)
        return mac.digest()


def _digests(message: Message) -> list[str]:
    """An answer's text says all of it: the pictures in it are the site's own, which come back by their addresses."""
    if message.role == "assistant":
        return []
    return [file.digest if isinstance(file, Attachment) else file.url for file in message.files]


def split(messages: Sequence[Message]) -> tuple[Sequence[Message], Sequence[Message]]:
    """What the site has seen if it holds this conversation (all up to the last answer), and what is new."""
    last = max((index for index, message in enumerate(messages) if message.role == "assistant"), default=-1)
    return messages[: last + 1], messages[last + 1 :]


class Heads:
    """The sessions that can be continued, by the digest of what they have seen."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._sessions: dict[bytes, str] = {}
        self._digests: dict[str, tuple[bytes, ...]] = {}

    def __len__(self) -> int:
        return len(self._digests)

    def has(self, asker: Asker, messages: Sequence[Message]) -> bool:
        """Whether there is one to be taken."""
        seen, _ = split(messages)
        return bool(seen) and Transcript(self._secret, asker, seen).digest in self._sessions

    def take(self, asker: Asker, messages: Sequence[Message]) -> str | None:
        """The session that has seen all up to the last answer; it is nobody else's until `put`."""
        seen, new = split(messages)
        if not seen or not any(message.text or message.files for message in new):
            return None
        session = self._sessions.get(Transcript(self._secret, asker, seen).digest)
        if session is not None:
            self._forget(session)
        return session

    def put(self, asker: Asker, messages: Sequence[Message], answers: Sequence[str], session: str) -> None:
        """The session has seen these messages and this answer, which its client may repeat in several forms."""
        self._keep([self._with_answer(asker, messages, answer) for answer in answers], session)

    def give_back(self, asker: Asker, messages: Sequence[Message], session: str) -> None:
        """What was taken for these messages was of no use: the session has still seen all up to the last answer."""
        self._keep([Transcript(self._secret, asker, split(messages)[0]).digest], session)

    def _with_answer(self, asker: Asker, messages: Sequence[Message], answer: str) -> bytes:
        transcript = Transcript(self._secret, asker, messages)
        transcript.add("assistant", "", answer)
        return transcript.digest

    def _keep(self, digests: Sequence[bytes], session: str) -> None:
        for known in {session, *(self._sessions.get(digest, session) for digest in digests)}:
            self._forget(known)
        if not digests:
            return
        if len(self._digests) >= MAX_HEADS:
            self._forget(next(iter(self._digests)))
        self._digests[session] = tuple(digests)
        self._sessions |= dict.fromkeys(digests, session)

    def _forget(self, session: str) -> None:
        """In all its forms, or two chats could go on in it."""
        for digest in self._digests.pop(session, ()):
            del self._sessions[digest]
