"""
Write models as `GET /v1/models` gives them: OpenAI's four keys, and what else clients were seen to look for.

`architecture` is in OpenRouter's form. `context_length` is ours: the site does not tell the models', and takes no
message beyond a length (`max_prompt_characters`), so that a client that keeps to it never meets that. A client that
speaks Anthropic's API (it sends `anthropic-version`) expects other keys.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

from arenabridge.errors import InvalidRequest
from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.offered_model import OfferedModel

TYPES: tuple[str, ...] = get_args(Modality)
"""What `?type=` may be."""


def of_type(offered: Iterable[OfferedModel], type: str | None) -> list[OfferedModel]:
    """Those whose answers are of this type, or all; raises `InvalidRequest` for a type there is none of."""
    if not type:
        return list(offered)
    if type not in TYPES:
        raise InvalidRequest(f"There is no type {type[:40]!r}: it may be {', '.join(TYPES)}.", param="type")
    return [each for each in offered if each.known.model.modality == type]


CHARACTERS_PER_TOKEN = 4
"""Characters of English text per token; others have fewer, so that a client's count for them stays below the length."""


def model_object(offered: OfferedModel, max_prompt: int) -> dict[str, Any]:
    """`max_prompt`: how many characters of a conversation the site takes at once."""
    known, model = offered.known, offered.known.model
    ranks = {"rank": model.rank, "rank_by_modality": model.rank_by_modality or None}
    return {
        "id": offered.name,
        "object": "model",
        "created": int(known.first_seen),
        "owned_by": model.organization or "unknown",
        "name": offered.name,
        "type": model.modality,
        "architecture": _architecture(model),
        "capabilities": _capabilities(model),
        "context_length": max_prompt // CHARACTERS_PER_TOKEN,
        **{key: value for key, value in ranks.items() if value is not None},
        "first_seen": int(known.first_seen),
        "last_seen": int(known.last_seen),
        "available": known.available,
        **({"alias_of": list(offered.alias_of)} if offered.alias_of else {}),
    }


def model_list(offered: Iterable[OfferedModel], max_prompt: int) -> dict[str, Any]:
    return {"object": "list", "data": [model_object(each, max_prompt) for each in offered]}


def anthropic_model_object(offered: OfferedModel) -> dict[str, Any]:
    created = datetime.fromtimestamp(int(offered.known.first_seen), UTC)
    return {
        "type": "model",
        "id": offered.name,
        "display_name": offered.name,
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def anthropic_model_list(offered: Sequence[OfferedModel]) -> dict[str, Any]:
    """All on one page."""
    return {
        "data": [anthropic_model_object(each) for each in offered],
        "has_more": False,
        "first_id": offered[0].name if offered else None,
        "last_id": offered[-1].name if offered else None,
    }


def _architecture(model: SiteModel) -> dict[str, Any]:
    takes = ["text", *(["image"] if model.inputs.image else [])]
    gives = _output_modalities(model)
    return {
        "modality": f"{'+'.join(takes)}->{'+'.join(gives)}",
        "input_modalities": takes,
        "output_modalities": gives,
    }


def _output_modalities(model: SiteModel) -> list[str]:
    """Clients don't know web pages as a kind of output: it is named, so that nobody takes it for text."""
    outputs = model.outputs
    named = {"text": outputs.text or outputs.search, "image": outputs.image, "video": outputs.video, "web": outputs.web}
    return [name for name, given in named.items() if given] or ["text"]


def _capabilities(model: SiteModel) -> dict[str, Any]:
    inputs, outputs = model.inputs, model.outputs
    return {
        "vision": inputs.image,
        "image_generation": outputs.image,
        "search": outputs.search,
        "web": outputs.web,
        "video": outputs.video,
        "requires_upload": inputs.requires_upload,
        "multiple_images": inputs.multiple_images,
        "aspect_ratios": list(outputs.aspect_ratios),
    }
