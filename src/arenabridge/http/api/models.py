"""`/api/models`: everything known of the site's models, for the dashboard."""

import asyncio
from functools import partial

import msgspec
from fastapi import Request, Response
from pydantic import BaseModel

from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.gateway import gateway_of
from arenabridge.hub.models.names import ModelNames, hiding, showing
from arenabridge.wire.arena.available_models import available_models
from arenabridge.wire.arena.known_model import KnownModel

router = api_router()


class ModelRow(BaseModel):
    """
    A model under the name by which clients ask for it.

    `hidden_by` is the pattern that keeps it out of lists, `is_hidden_alone` whether that is its own name; `listed`
    whether the site's own selector shows it, and `available` whether the site offered it when its page was read last.
    Times are seconds since 1970, UTC.
    """

    name: str
    id: str
    organization: str | None
    provider: str | None
    type: str
    inputs: list[str]
    outputs: list[str]
    aspect_ratios: list[str]
    rank: int | None
    ranks: dict[str, int]
    listed: bool
    available: bool
    hidden_by: str | None
    is_hidden_alone: bool
    aliases: list[str]
    first_seen: float
    last_seen: float


class ModelsAnswer(BaseModel):
    """All models, and the aliases with what each stands for, in its order."""

    models: list[ModelRow]
    aliases: dict[str, list[str]]


class ModelChange(Body):
    """Whether lists are to leave out the model of this name; its own name is put into `hidden_models`, or taken out."""

    name: str
    hidden: bool


class RenamedModel(BaseModel):
    """A model that is asked for by another name now."""

    before: str
    after: str


class UpdateAnswer(BaseModel):
    """What has changed since the site's models were read before: names, in the order of lists. `count` is of now."""

    count: int
    new: list[str]
    gone: list[str]
    renamed: list[RenamedModel]


@router.post("/api/models/update")
async def update_models(request: Request) -> UpdateAnswer:
    """A tab reads the site's page anew, which costs no quota; 503 if none has one that shows models."""
    return UpdateAnswer(**msgspec.to_builtins(await gateway_of(request).model_update.run()))


@router.get("/api/models/available", response_class=Response)
async def available(request: Request) -> Response:
    """The models as the site's page describes them: the `available_models.json` of the earlier bridges."""
    text = available_models(entry.model for entry in gateway_of(request).models.catalogue)
    return Response(text, media_type="application/json")


@router.get("/api/models")
async def list_models(request: Request) -> ModelsAnswer:
    models = gateway_of(request).models
    aliases = {name: list(targets) for name, targets in models.names.aliases.items()}
    return ModelsAnswer(
        models=[_row(name, known, models.names, aliases) for name, known in models.everything()], aliases=aliases
    )


@router.patch("/api/models")
async def change_model(request: Request, person: Administrator, body: ModelChange) -> ModelsAnswer:
    gateway = gateway_of(request)
    gateway.models.find(body.name)
    revised = partial(hiding if body.hidden else showing, name=body.name)
    await asyncio.to_thread(gateway.settings_in_use.revise, "hidden_models", revised)
    action = "model.hidden" if body.hidden else "model.shown"
    await asyncio.to_thread(record, request, person, action, body.name)
    return await list_models(request)


def _row(name: str, known: KnownModel, names: ModelNames, aliases: dict[str, list[str]]) -> ModelRow:
    model = known.model
    takes, gives = model.inputs, model.outputs
    return ModelRow(
        name=name,
        id=model.id,
        organization=model.organization,
        provider=model.provider,
        type=model.modality,
        inputs=[each for each in ("text", "image") if getattr(takes, each)],
        outputs=[each for each in ("text", "image", "search", "web", "video") if getattr(gives, each)],
        aspect_ratios=list(gives.aspect_ratios),
        rank=model.rank,
        ranks=model.rank_by_modality,
        listed=model.is_listed,
        available=known.available,
        hidden_by=names.hiding_pattern(name),
        is_hidden_alone=names.is_hidden_alone(name),
        aliases=[
            alias for alias, targets in aliases.items() if name.casefold() in {each.casefold() for each in targets}
        ],
        first_seen=known.first_seen,
        last_seen=known.last_seen,
    )
