"""Write the list of models as `GET /v1/models` gives it."""

from collections.abc import Iterable
from typing import Any

from arenabridge.wire.arena.catalogue import Entry

_CREATED = 1_700_000_000
"""Clients require a time and the site tells none: the same for all, so that none looks new."""


def model_object(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.name,
        "object": "model",
        "created": _CREATED,
        "owned_by": entry.model.organization or "unknown",
        "type": entry.model.modality,
    }


def model_list(entries: Iterable[Entry]) -> dict[str, Any]:
    """The models that the site shows in its own selector; the hidden ones can be used by name."""
    return {"object": "list", "data": [model_object(entry) for entry in entries if entry.model.is_listed]}
