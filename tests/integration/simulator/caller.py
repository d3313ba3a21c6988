"""A client of the simulated site, written from the captures: what a page of the site would send."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arenabridge.simulator.identifiers import uuid7

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from arenabridge.simulator import RunningSite

PAGE_TYPE = {"content-type": "text/plain;charset=UTF-8"}
CREATE = "/nextjs-api/stream/create-evaluation"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: httpx.Headers
    body: str

    @property
    def lines(self) -> list[str]:
        return self.body.split("\n")[:-1] if self.body.endswith("\n") else self.body.split("\n")

    def values(self, prefix: str) -> list[Any]:
        return [json.loads(line[3:]) for line in self.lines if line.startswith(prefix)]

    @property
    def text(self) -> str:
        return "".join(self.values("a0:"))


@dataclass
class Caller:
    http: httpx.AsyncClient
    running: RunningSite
    model: str = ""
    session: str = field(default_factory=uuid7)

    async def open_page(self) -> Caller:
        (await self.http.get("/")).raise_for_status()
        self.model = self.running.site.catalogue.named("keel-2-large").id
        return self

    def create_body(self, prompt: str, **changes: Any) -> dict[str, Any]:
        self.session = uuid7()
        return self._turn(prompt) | {"mode": "direct"} | changes

    def post_body(self, prompt: str, **changes: Any) -> dict[str, Any]:
        return self._turn(prompt) | changes

    def battle_body(self, prompt: str, **changes: Any) -> dict[str, Any]:
        body = self.create_body(prompt, mode="battle", modelBMessageId=uuid7(), **changes)
        del body["modelAId"]
        return body

    def old_body(self, prompt: str, *before: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The shape until 2025-11-06: `messages` with placeholders."""
        body = self._turn(prompt) | {"mode": "direct"}
        del body["userMessage"]
        user, answer = body["userMessageId"], body["modelAMessageId"]
        said = self.listed("user", prompt, id=user, parentMessageIds=[before[-1]["id"]] if before else [])
        room = self.listed("assistant", "", id=answer, parentMessageIds=[user], modelId=self.model)
        return body | {"messages": [*before, said, room]} | changes

    def listed(self, role: str, content: str, **changes: Any) -> dict[str, Any]:
        return {
            "id": uuid7(),
            "role": role,
            "content": content,
            "experimental_attachments": [],
            "parentMessageIds": [],
            "participantPosition": "a",
            "modelId": None,
            "evaluationSessionId": self.session,
            "status": "pending",
            "failureReason": None,
        } | changes

    def _turn(self, prompt: str) -> dict[str, Any]:
        return {
            "id": self.session,
            "modelAId": self.model,
            "userMessageId": uuid7(),
            "modelAMessageId": uuid7(),
            "userMessage": {"content": prompt, "experimental_attachments": []},
            "modality": "chat",
        }

    async def send(self, body: dict[str, Any], path: str = CREATE, method: str = "POST") -> Reply:
        answer = await self.http.request(method, path, content=json.dumps(body), headers=PAGE_TYPE)
        return Reply(answer.status_code, answer.headers, answer.content.decode())

    async def say(self, prompt: str, **changes: Any) -> Reply:
        """The first message of a new conversation."""
        return await self.send(self.create_body(prompt, **changes))

    async def go_on(self, prompt: str, **changes: Any) -> Reply:
        """One more message of the same conversation."""
        return await self.send(self.post_body(prompt, **changes), self.post_path)

    @property
    def post_path(self) -> str:
        return f"/nextjs-api/stream/post-to-evaluation/{self.session}"

    def retry_path(self, message: str) -> str:
        return f"/nextjs-api/stream/retry-evaluation-session-message/{self.session}/messages/{message}"

    @contextlib.asynccontextmanager
    async def streaming(self, prompt: str) -> AsyncIterator[httpx.Response]:
        body = json.dumps(self.create_body(prompt))
        async with self.http.stream("POST", CREATE, content=body, headers=PAGE_TYPE) as answer:
            yield answer
