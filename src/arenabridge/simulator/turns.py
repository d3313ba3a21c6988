"""
From a request of one of the three generating calls to the turn it asks for.

Every reason for a refusal is found here, in the site's order, before anything is kept: who asks, what the body says,
whether ids are free, whether session and models exist, whether these take its files, whether the token passes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from arenabridge.simulator import attachments, bodies, refusals
from arenabridge.simulator.answers import Refuse, Stage, acts_for
from arenabridge.simulator.attachments import seen_files
from arenabridge.simulator.conversations import Message, Session
from arenabridge.simulator.versions import GENERATIONS, Generation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from arenabridge.simulator.bodies import Attachment, ListedMessage, TurnBody
    from arenabridge.simulator.catalogue import Catalogue
    from arenabridge.simulator.conversations import Conversations, Position
    from arenabridge.simulator.quota import PictureQuota
    from arenabridge.simulator.settings import SiteSettings
    from arenabridge.simulator.storage import Storage

STORED_THOUGH_REFUSED = (422, 500)
"""A flagged prompt and a failed attempt are part of the conversation; other refusals come before it."""


@dataclass(frozen=True)
class Turn:
    """What is to be answered: by whom, and what each of them is given."""

    session: Session
    answers: Mapping[Position, Message]
    stages: Mapping[Position, Stage]

    @property
    def prompt(self) -> str:
        return next(iter(self.stages.values())).prompt


class Turns:
    """Reads the turn of one call; settings and catalogue are those of its moment."""

    def __init__(
        self,
        settings: SiteSettings,
        catalogue: Catalogue,
        conversations: Conversations,
        storage: Storage,
        quota: PictureQuota,
        *,
        check_passes: bool,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._conversations = conversations
        self._storage = storage
        self._quota = quota
        self._check_passes = check_passes

    @property
    def generation(self) -> Generation:
        return GENERATIONS[self._settings.site_version]

    def create(self, raw: bytes, owner: str) -> Turn:
        body = bodies.read_create(raw, self.generation, strict_ids=self._settings.strict_ids)
        own_ids = (body.id, body.user_message_id, *body.answer_ids.values())
        self._check_unused(own_ids)
        models = self._models_of(body)
        self._check_files(body.prompt.experimental_attachments, owner, models.values())
        self._check_token()
        self._check_quota(body.modality, owner)
        session = Session(body.id, owner, body.mode or "direct", body.modality, models)
        turn = self._turn(session, body)
        if self._is_kept(turn):
            self._conversations.take(own_ids)
            self._conversations.add(session)
        return turn

    def post(self, raw: bytes, owner: str, session_id: str) -> Turn:
        session = self._session(session_id, owner)
        body = bodies.read_post(raw, self.generation, session_id, strict_ids=self._settings.strict_ids)
        own_ids = (body.user_message_id, *body.answer_ids.values())
        self._check_unused(own_ids)
        if "b" in session.models and body.model_b_message_id is None:
            raise refusals.invalid("modelBMessageId: Required")
        if body.model_a_id is not None:
            self._check_model(body.model_a_id)
            session.models["a"] = body.model_a_id
        self._check_files(body.prompt.experimental_attachments, owner, session.models.values())
        self._check_token()
        self._check_quota(session.modality, owner)
        messages_before = list(session.messages)
        turn = self._turn(session, body)
        if self._is_kept(turn):
            self._conversations.take(own_ids)
            session.updated_at = time.time()
        else:
            session.messages = messages_before
        return turn

    def retry(self, raw: bytes, owner: str, session_id: str, message_id: str) -> Turn:
        session = self._session(session_id, owner)
        message = session.message(message_id)
        if message is None or message.role != "assistant":
            raise refusals.message_not_found()
        body = bodies.read_retry(raw, self.generation)
        if body.model_id is not None:
            self._check_model(body.model_id)
            message.model_id = body.model_id
        self._check_token()
        self._check_quota(session.modality, owner)
        seen = session.seen_by(message.position, before=message.id)
        if body.messages is not None:
            seen = [_kept(each) for each in body.messages]
            asked = next(each for each in reversed(body.messages) if each.role == "user")
            self._check_files(asked.experimental_attachments, owner, [message.model_id])
        stage = self._stage(session, seen, message)
        turn = Turn(session, {message.position: message}, {message.position: stage})
        if _refusal_of(turn) is None:
            message.content, message.reasoning, message.attachments, message.status = "", "", (), "pending"
        return turn

    def _session(self, session_id: str, owner: str) -> Session:
        session = self._conversations.owned(session_id, owner)
        if session is None:
            raise refusals.session_not_found()
        return session

    def _turn(self, session: Session, body: TurnBody) -> Turn:
        """Adds what the user says and room for the answers to the session."""
        if body.messages is not None and self.generation.bodies_list_messages:
            new = {body.user_message_id, *body.answer_ids.values()}
            session.messages = [_kept(each) for each in body.messages if each.id not in new]
        said = Message(
            body.user_message_id,
            "user",
            body.prompt.content,
            parents=session.last_answer_ids(),
            attachments=_attachments(body.prompt.experimental_attachments),
        )
        session.messages.append(said)
        answers = {
            position: Message(body.answer_ids[position], "assistant", "", position, model_id, (said.id,))
            for position, model_id in session.models.items()
        }
        session.messages.extend(answers.values())
        stages = {
            position: self._stage(session, session.seen_by(position, before=answer.id), answer)
            for position, answer in answers.items()
        }
        return Turn(session, answers, stages)

    def _stage(self, session: Session, seen: list[Message], answer: Message) -> Stage:
        """What a participant is given: the files only if its model can see them."""
        model = self._catalogue.by_id(answer.model_id or "")
        if model is not None and not model.sees_pictures:
            seen = [replace(each, attachments=()) for each in seen]
        voice = answer.model_id or answer.position
        return Stage(seen, session.modality, voice, partial(seen_files, seen, self._storage))

    def _check_files(self, files: Sequence[Attachment], owner: str, model_ids: Iterable[str | None]) -> None:
        attachments.check(files, owner, self._storage, takes_any_url=self.generation.takes_any_url)
        found = (self._catalogue.by_id(model_id or "") for model_id in model_ids)
        models = [model for model in found if model is not None]
        attachments.check_models(files, models, refuse_unseen=self._settings.unseen_attachments == "refuse")

    def _is_kept(self, turn: Turn) -> bool:
        """Whether the conversation gains the turn: not when its prompt asks for a refusal that comes before."""
        status = _refusal_of(turn)
        if status is None:
            return True
        for answer in turn.answers.values():
            answer.status = "flagged" if status == 422 else "failed"
        return status in STORED_THOUGH_REFUSED

    def _models_of(self, body: TurnBody) -> dict[Position, str]:
        for model_id in (body.model_a_id, body.model_b_id):
            if model_id is not None:
                self._check_model(model_id)
        if body.mode == "direct" and body.model_a_id is not None:
            return {"a": body.model_a_id}
        drawn_a, drawn_b = self._catalogue.for_battle(
            body.id, body.modality, sees=bool(body.prompt.experimental_attachments)
        )
        return {"a": body.model_a_id or drawn_a.id, "b": body.model_b_id or drawn_b.id}

    def _check_quota(self, modality: str, owner: str) -> None:
        if modality == "image":
            self._quota.check(owner)

    def _check_model(self, model_id: str) -> None:
        if self._catalogue.by_id(model_id) is None:
            raise refusals.model_not_found()

    def _check_unused(self, ids: Iterable[str]) -> None:
        taken = self._conversations.used(ids)
        if taken is not None:
            raise refusals.invalid(f"id already exists: {taken}")

    def _check_token(self) -> None:
        if not self._check_passes:
            raise refusals.token_rejected()


def _refusal_of(turn: Turn) -> int | None:
    acts = acts_for(next(iter(turn.stages.values())))
    return next((act.status for act in acts if isinstance(act, Refuse)), None)


def _kept(listed: ListedMessage) -> Message:
    return Message(
        listed.id,
        listed.role,
        listed.content,
        listed.participant_position,
        listed.model_id,
        tuple(listed.parent_message_ids),
        _attachments(listed.experimental_attachments),
        listed.status,
    )


def _attachments(given: Iterable[Attachment]) -> tuple[dict[str, str], ...]:
    return tuple({"name": each.name, "contentType": each.content_type, "url": each.url} for each in given)
