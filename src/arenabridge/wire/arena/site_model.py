"""
One model as the site's page describes it.

Example (2025-12)::

    {"id":"019a98f7-…","organization":"google","provider":"googleVertexGlobal","publicName":"gemini-3-pro",
     "name":"gemini-3-pro","capabilities":{"inputCapabilities":{"text":true,"image":true},
     "outputCapabilities":{"text":true,"web":true}},"rank":1,"rankByModality":{"chat":1,"webdev":4}}
"""

from typing import Any

import msgspec

from arenabridge.wire.arena.bodies import Modality

_UNRANKED = 2**53 - 1
"""JavaScript's `Number.MAX_SAFE_INTEGER`: the site's way to sort a model without a rank last."""


class Inputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a model takes."""

    text: bool = False
    image: bool = False
    requires_upload: bool = False
    """It works on a picture and can't do without one."""
    multiple_images: bool = False


class Outputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a model gives. `web` is a web page that it programs, `search` a text with sources."""

    text: bool = False
    image: bool = False
    aspect_ratios: tuple[str, ...] = ()
    search: bool = False
    web: bool = False
    video: bool = False


class SiteModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the site. `public_name` is not unique; `name` is the site's internal one."""

    id: str
    public_name: str
    name: str | None = None
    organization: str | None = None
    provider: str | None = None
    inputs: Inputs = Inputs()
    outputs: Outputs = Outputs()
    rank: int | None = None
    rank_by_modality: dict[str, int] = {}

    @property
    def modality(self) -> Modality:
        """What to ask it for: its most special ability, but text before a web page or a video."""
        gives = self.outputs
        if gives.image:
            return "image"
        if gives.search:
            return "search"
        if gives.text or not (gives.web or gives.video):
            return "chat"
        return "webdev" if gives.web else "video"

    @property
    def is_listed(self) -> bool:
        """The site leaves models without an organization out of its selector; by their id they can be used."""
        return self.organization is not None


def read_model(value: Any) -> SiteModel | None:
    """None for anything that is not a model, or lacks an id or a name, which matter. Odd details count as absent."""
    if not isinstance(value, dict):
        return None
    id, public_name = _text(value.get("id")), _text(value.get("publicName"))  # noqa: A001  # the field's name
    if id is None or public_name is None:
        return None
    capabilities = _object(value.get("capabilities"))
    return SiteModel(
        id=id,
        public_name=public_name,
        name=_text(value.get("name")),
        organization=_text(value.get("organization")),
        provider=_text(value.get("provider")),
        inputs=_inputs(_object(capabilities.get("inputCapabilities"))),
        outputs=_outputs(_object(capabilities.get("outputCapabilities"))),
        rank=_rank(value.get("rank")),
        rank_by_modality=_ranks(_object(value.get("rankByModality"))),
    )


def _inputs(value: dict[str, Any]) -> Inputs:
    """`image` is `true`, or an object that says more."""
    image = value.get("image")
    more = _object(image)
    return Inputs(
        text=_able(value.get("text")),
        image=_able(image),
        requires_upload=more.get("requiresUpload") is True,
        multiple_images=more.get("multipleImages") is True,
    )


def _outputs(value: dict[str, Any]) -> Outputs:
    ratios = _object(value.get("image")).get("aspectRatios")
    return Outputs(
        text=_able(value.get("text")),
        image=_able(value.get("image")),
        aspect_ratios=tuple(each for each in ratios if isinstance(each, str)) if isinstance(ratios, list) else (),
        search=_able(value.get("search")),
        web=_able(value.get("web")),
        video=_able(value.get("video")),
    )


def _able(value: Any) -> bool:
    return value is True or isinstance(value, dict)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str | None:
    """In the flight stream `$undefined` and the like are no text, and a text that begins with a dollar has two."""
    if not isinstance(value, str) or (value.startswith("$") and not value.startswith("$$")):
        return None
    return value.removeprefix("$").strip() or None


def _rank(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < _UNRANKED else None


def _ranks(value: dict[str, Any]) -> dict[str, int]:
    return {modality: rank for modality, each in value.items() if (rank := _rank(each)) is not None}
