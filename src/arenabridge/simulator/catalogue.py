"""The models on offer: made-up objects of every kind that the site's page has been seen to list."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from arenabridge.simulator.identifiers import constant_uuid

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from arenabridge.simulator.settings import PageVariant

UNRANKED = 9_007_199_254_740_991
"""JavaScript's largest safe integer: the site's word for "no rank"."""

TEXT: Mapping[str, Any] = {"text": True}
VISION: Mapping[str, Any] = {"text": True, "image": True}
TEXT_AND_WEB: Mapping[str, Any] = {"text": True, "web": True}
PICTURE: Mapping[str, Any] = {"image": {"aspectRatios": ["1:1"]}}
WIDE_PICTURE: Mapping[str, Any] = {"image": {"aspectRatios": ["1:1", "16:9", "9:16", "4:3", "3:4"]}}
ONE_PICTURE: Mapping[str, Any] = {"text": True, "image": {"requiresUpload": False, "multipleImages": False}}


@dataclass(frozen=True)
class SiteModel:
    """One object of `initialModels`; None means that the page leaves the key out."""

    public_name: str
    inputs: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    outputs: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    organization: str | None = None
    provider: str | None = None
    name: str | None = None
    rank: int | None = None
    ranks: Mapping[str, int] = field(default_factory=dict)
    seed: str = ""
    """Tells models of one public name apart."""
    id_version: int = 7
    """The site mixes UUIDs of version 4 (old) and 7."""

    @property
    def id(self) -> str:
        return constant_uuid(f"model {self.public_name} {self.seed}", self.id_version)

    @property
    def modality(self) -> str:
        """The `modality` under which the site's own page would call this model."""
        for output, modality in (("image", "image"), ("video", "video"), ("search", "search")):
            if output in self.outputs:
                return modality
        return "chat" if "text" in self.outputs else "webdev"

    @property
    def needs_picture(self) -> bool:
        image = self.inputs.get("image")
        return isinstance(image, dict) and bool(image.get("requiresUpload"))

    @property
    def sees_pictures(self) -> bool:
        return bool(self.inputs.get("image"))

    @property
    def sees_several(self) -> bool:
        """Plain `true`, as vision models have it, knows no limit; an object has to say so."""
        image = self.inputs.get("image")
        return image is True or (isinstance(image, dict) and bool(image.get("multipleImages")))

    def page_object(self, *, id_first: bool = True) -> dict[str, Any]:
        """The object in the key order of the page, `id` first or (as one variant has it) last."""
        keys: list[tuple[str, Any]] = [
            ("id", self.id),
            ("organization", self.organization),
            ("provider", self.provider),
            ("publicName", self.public_name),
            ("name", self.name),
            ("capabilities", {"inputCapabilities": self.inputs, "outputCapabilities": self.outputs}),
            ("rank", self.rank),
            ("rankByModality", self.ranks),
        ]
        if not id_first:
            keys = keys[1:] + keys[:1]
        return {key: value for key, value in keys if value is not None}


class Catalogue:
    """The models in page order. Public names may repeat, ids do not."""

    def __init__(self, models: Iterable[SiteModel]) -> None:
        self._models = tuple(models)
        self._by_id = {model.id: model for model in self._models}
        if len(self._by_id) != len(self._models):
            raise ValueError("two models of a catalogue have the same id")

    def __iter__(self) -> Iterator[SiteModel]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def by_id(self, model_id: str) -> SiteModel | None:
        return self._by_id.get(model_id)

    def named(self, public_name: str) -> SiteModel:
        """The first model of that public name; `KeyError` when there is none."""
        for model in self._models:
            if model.public_name == public_name:
                return model
        raise KeyError(public_name)

    def for_battle(self, seed: str, modality: str, *, sees: bool = False) -> tuple[SiteModel, SiteModel]:
        """Two different models of one modality, the same for the same seed; any two when there are too few."""
        able = [model for model in self._models if model.modality == modality and not model.needs_picture]
        able = [model for model in able if model.sees_several or not sees]
        able = able if len(able) > 1 else list(self._models)
        first = int(constant_uuid(seed, 7)[:8], 16) % len(able)
        return able[first], able[(first + 1) % len(able)]


def _listed(organization: str, public_name: str, rank: int, **given: Any) -> SiteModel:
    made = SiteModel(public_name, organization=organization, provider=f"{organization}Direct", rank=rank, **given)
    return replace(made, name=made.name or public_name, ranks=made.ranks or {made.modality: rank})


STANDARD = (
    _listed("northwind", "aurora-3-pro", 1, inputs=VISION, outputs=TEXT_AND_WEB, ranks={"chat": 1, "webdev": 4}),
    _listed("meridian", "sonnetta-4.5-thinking", 2, outputs=TEXT_AND_WEB, ranks={"chat": 2, "webdev": 26}),
    _listed("harbour", "keel-2-large", 3, outputs=TEXT),
    _listed("northwind", "aurora-3-flash", 4, inputs=VISION, outputs=TEXT, id_version=4),
    _listed("tundra", "lichen-70b-instruct", 5, outputs=TEXT, id_version=4),
    _listed("tundra", "lichen-8b-instruct", 31, outputs=TEXT, id_version=4),
    _listed("grove", "acorn-mini", 12, outputs=TEXT),
    _listed("grove", "acorn-mini-vision", 14, inputs=VISION, outputs=TEXT),
    _listed(
        "northwind",
        "aurora-3-image (paper-lantern)",
        1,
        inputs={"text": True, "image": {"requiresUpload": False, "multipleImages": True}},
        outputs=PICTURE,
        name="aurora-3-image",
    ),
    _listed("harbour", "easel-1", 2, outputs=PICTURE),
    _listed("grove", "thicket-image", 4, inputs=ONE_PICTURE, outputs=WIDE_PICTURE),
    _listed(
        "harbour",
        "easel-1-edit",
        3,
        inputs={"text": True, "image": {"requiresUpload": True, "multipleImages": False}},
        outputs=PICTURE,
    ),
    _listed("meridian", "sonnetta-4.5-search", 1, outputs={"search": True}),
    _listed("grove", "acorn-search", 2, outputs={"search": True}),
    _listed("lumen", "reel-2", 1, outputs={"video": True}),
    _listed("lumen", "reel-2", 2, inputs=VISION, outputs={"video": True}, seed="from a picture"),
    _listed("meridian", "builder-1", 1, outputs={"web": True}),
    _listed("harbour", "keel-2", 6, outputs=TEXT),
    _listed("harbour", "keel-2", 2, outputs={"web": True}, name="keel-2-code", seed="web"),
    SiteModel("anonymous-1111", VISION, TEXT, ranks={"chat": UNRANKED}),
    SiteModel("paper-tiger", VISION, PICTURE, ranks={"image": UNRANKED}),
    SiteModel("aurora-2-grounding-exp", TEXT, TEXT, rank=7, ranks={"chat": 7}, id_version=4),
    SiteModel("unranked-newcomer", TEXT, TEXT, organization="grove", provider="grove", name="unranked-newcomer"),
    _listed("jiangnan", "文心-测试-大模型", 20, outputs=TEXT),
    _listed("atelier", "émile-1 — préversion ✨", 21, outputs=TEXT),
    _listed("atelier", 'quoted "nickname" {v2} [beta]', 22, outputs=TEXT),
)

ODD_NAMES = (
    'ends],"initialModelAId":null',
    "brackets ]]]}}} unbalanced {[",
    "back\\slash \\u0041 \\n",
    "line\u2028and\u2029paragraph\u0085next",
    "</script><b>bold</b>",
    "emoji 😀🏳️\u200d🌈",
    '"id":"00000000-0000-0000-0000-000000000000"',
    "العربية עברית",
)


ORGANIZATIONS = ("northwind", "meridian", "harbour", "tundra", "grove")
TWIN_EVERY = 16
"""Every so many models one has the name of the one before: by turns another maker's, or in everything but its id."""


def many(count: int) -> tuple[SiteModel, ...]:
    """That many text models that the picker lists: `model-0001` and on, spread over organizations, with twins."""
    return tuple(_numbered(number) for number in range(1, count + 1))


def _numbered(number: int) -> SiteModel:
    if number % TWIN_EVERY:
        return _listed(ORGANIZATIONS[number % len(ORGANIZATIONS)], f"model-{number:04}", number)
    maker = number - number // TWIN_EVERY % 2
    return _listed(ORGANIZATIONS[maker % len(ORGANIZATIONS)], f"model-{number - 1:04}", number, seed="twin")


def models_of(variant: PageVariant, size: int) -> Catalogue:
    """The catalogue behind a variant of the page; `size` 0 means the standard one."""
    models = many(size) if size else STANDARD
    if variant == "odd_names":
        models = models + tuple(_listed("odd", name, 100 + at) for at, name in enumerate(ODD_NAMES))
    elif variant == "duplicates":
        models = models + tuple(replace(model, seed=f"{model.seed} again", outputs=TEXT) for model in models)
    elif variant == "stealth":
        models = tuple(model for model in models if model.organization is None)
    return Catalogue(models)
