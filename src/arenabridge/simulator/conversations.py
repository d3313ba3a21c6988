"""The conversations that the site keeps: sessions, their messages, and every id that was ever used."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SESSIONS_KEPT = 5_000
"""The oldest session is forgotten when one more than these begins; its ids stay used."""
IDS_KEPT = 1_000_000
"""The oldest used id may be chosen again when one more than these was used."""
TITLE_CHARACTERS = 100
"""The history shows the first 100 characters of the first prompt."""

Position = Literal["a", "b"]
Status = Literal["pending", "success", "failed", "flagged"]


@dataclass
class Message:
    """One message, as the site keeps it."""

    id: str
    role: str
    content: str
    position: Position = "a"
    model_id: str | None = None
    parents: tuple[str, ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    status: Status = "pending"
    reasoning: str = ""
    created_at: float = field(default_factory=time.time)

    def page_object(self, session_id: str) -> dict[str, Any]:
        """The message as the conversation page carries it."""
        moment = _iso(self.created_at)
        return {
            "id": self.id,
            "role": self.role,
            "content": self.content,
            **({"reasoning": self.reasoning} if self.role == "assistant" else {}),
            "experimental_attachments": list(self.attachments),
            "parentMessageIds": list(self.parents),
            "participantPosition": self.position,
            "modelId": self.model_id,
            "evaluationSessionId": session_id,
            "status": self.status,
            "failureReason": None,
            "createdAt": moment,
            "updatedAt": moment,
        }


@dataclass
class Session:
    """One conversation (the site calls it an evaluation session)."""

    id: str
    owner: str
    mode: str
    modality: str
    models: dict[Position, str]
    """The models that answer, by position."""
    messages: list[Message] = field(default_factory=list)
    created_at: float = field(default_factory=time.time)
    updated_at: float = field(default_factory=time.time)

    @property
    def title(self) -> str:
        if self.modality == "webdev":
            return "New Chat"
        return next((message.content for message in self.messages if message.role == "user"), "")[:TITLE_CHARACTERS]

    def message(self, message_id: str) -> Message | None:
        return next((message for message in self.messages if message.id == message_id), None)

    def seen_by(self, position: Position, before: str | None = None) -> list[Message]:
        """What the participant at a position is given: all but the other one's answers, up to a message."""
        seen: list[Message] = []
        for message in self.messages:
            if message.id == before:
                break
            if message.role != "assistant" or message.position == position:
                seen.append(message)
        return seen

    def last_answer_ids(self) -> tuple[str, ...]:
        """The ids that the next user message has as its parents."""
        ids: list[str] = []
        for message in reversed(self.messages):
            if message.role != "assistant":
                break
            ids.append(message.id)
        return tuple(reversed(ids))

    def page_object(self) -> dict[str, Any]:
        """The conversation as `initialState` of its page holds it."""
        return {
            "id": self.id,
            "userId": self.owner,
            "title": self.title,
            "mode": self.mode,
            "visibility": "public",
            "lastMessageIds": list(self.last_answer_ids()),
            "createdAt": _iso(self.created_at),
            "updatedAt": _iso(self.updated_at),
            "messages": [message.page_object(self.id) | self._masked() for message in self.messages],
            "pairwiseFeedbacks": [],
            "pointwiseFeedbacks": [],
            "maskedEvaluations": [{"id": self.id, "modality": self.modality, "arenaId": None}],
        }

    def _masked(self) -> dict[str, None]:
        """In a battle nobody is told who answers."""
        return {"modelId": None} if self.mode == "battle" else {}

    def history_object(self) -> dict[str, Any]:
        """The conversation as the history list shows it; battles do not tell who answered."""
        told = {} if self.mode == "battle" else self.models
        return {
            "id": self.id,
            "createdAt": _postgres(self.created_at),
            "updatedAt": _postgres(self.updated_at),
            "title": self.title,
            "mode": self.mode,
            "modality": self.modality,
            "modelAId": told.get("a"),
            "modelBId": told.get("b"),
        }


class Conversations:
    """All sessions, oldest first, and the ids that no later call may choose again."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._used: dict[str, None] = {}

    def __iter__(self) -> Iterator[Session]:
        return iter(tuple(self._sessions.values()))

    def __len__(self) -> int:
        return len(self._sessions)

    def get(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id.lower())

    def owned(self, session_id: str, owner: str) -> Session | None:
        session = self.get(session_id)
        return session if session and session.owner == owner else None

    def of_owner(self, owner: str) -> list[Session]:
        """The newest first, as the history list shows them."""
        return [session for session in reversed(self._sessions.values()) if session.owner == owner]

    def used(self, ids: Iterable[str]) -> str | None:
        """The first of the ids that is taken."""
        return next((each for each in ids if each.lower() in self._used), None)

    def take(self, ids: Iterable[str]) -> None:
        self._used.update((each.lower(), None) for each in ids)
        while len(self._used) > IDS_KEPT:
            del self._used[next(iter(self._used))]

    def add(self, session: Session) -> None:
        self._sessions[session.id.lower()] = session
        if len(self._sessions) > SESSIONS_KEPT:
            del self._sessions[next(iter(self._sessions))]

    def clear(self) -> None:
        self._sessions.clear()
        self._used.clear()


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _postgres(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f") + "+00"
