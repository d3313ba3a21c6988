"""
Models as `models.json` names them, where the earlier bridges were told the site's ids by hand.

An example::

    {"gpt": "0199…", "painter": "0199…:image", "nameless": "null:image", "other": null}

`null` leaves the model to the site session that is used. Other kinds than `image` were taken for text.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

MAX_MODELS = 2000
"""Several times what the site has ever offered."""

MAX_NAME_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class GivenModel:
    """A name, and what it stands for."""

    name: str
    id: str | None
    """The site's; None where the session decides."""
    kind: Literal["text", "image"] = "text"


@dataclass(frozen=True, slots=True)
class GivenModels:
    """`broken` says what is wrong with the entries that were left out."""

    models: tuple[GivenModel, ...] = ()
    broken: tuple[str, ...] = ()


def read_models(content: Any) -> GivenModels:
    """From the file's parsed content."""
    if _is_the_sites(content):
        return GivenModels()
    if not isinstance(content, Mapping):
        return GivenModels(broken=("It must hold one object, with ids by the model's name.",))
    models, broken = [], []
    for name, value in list(content.items())[:MAX_MODELS]:
        if not 0 < len(name.strip()) <= MAX_NAME_CHARACTERS:
            broken.append(f"{name[:40]!r} is no name")
        elif value is not None and not isinstance(value, str):
            broken.append(f"{name}: expected a text like id or id:image, got {str(value)[:40]!r}")
        else:
            models.append(_model(name.strip(), value or ""))
    if len(content) > MAX_MODELS:
        broken.append(f"only the first {MAX_MODELS} models are used")
    return GivenModels(tuple(models), tuple(broken))


def _is_the_sites(content: Any) -> bool:
    """The bridges with session tokens kept the list of the site's models under the same name."""
    models = content if isinstance(content, list) else []
    return bool(models) and all(isinstance(each, Mapping) and "publicName" in each for each in models)


def _model(name: str, value: str) -> GivenModel:
    id_, _, kind = (part.strip() for part in value.partition(":"))
    return GivenModel(name, None if id_.lower() in {"", "null"} else id_, "image" if kind == "image" else "text")
