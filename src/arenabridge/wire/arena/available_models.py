"""
`available_models.json`: the site's models as the earlier bridges wrote them down.

They copied the objects of the page. We write what we read of them, in the page's own form and order of keys
(captures of 2025-11 to 2026-01), so that reading it again gives the same models.
"""

import json
from collections.abc import Iterable
from typing import Any

from arenabridge.wire.arena.site_model import SiteModel


def available_models(models: Iterable[SiteModel]) -> str:
    """The text of the file: indented by four, scripts other than Latin as they are."""
    return json.dumps([as_on_page(model) for model in models], indent=4, ensure_ascii=False) + "\n"


def as_on_page(model: SiteModel) -> dict[str, Any]:
    """What the model is not known to have is left out, as it was in theirs."""
    found = {
        "id": model.id,
        "organization": model.organization,
        "provider": model.provider,
        "publicName": model.public_name,
        "name": model.name,
        "capabilities": {"inputCapabilities": _inputs(model), "outputCapabilities": _outputs(model)},
        "rank": model.rank,
        "rankByModality": model.rank_by_modality,
    }
    return {key: value for key, value in found.items() if value is not None}


def _inputs(model: SiteModel) -> dict[str, Any]:
    takes = model.inputs
    more = {"requiresUpload": takes.requires_upload, "multipleImages": takes.multiple_images}
    found: dict[str, Any] = {"text": True} if takes.text else {}
    return found | ({"image": more if any(more.values()) else True} if takes.image else {})


def _outputs(model: SiteModel) -> dict[str, Any]:
    gives = model.outputs
    found: dict[str, Any] = {"text": True} if gives.text else {}
    if gives.image:
        found["image"] = {"aspectRatios": list(gives.aspect_ratios)} if gives.aspect_ratios else True
    return found | {name: True for name in ("search", "web", "video") if getattr(gives, name)}
