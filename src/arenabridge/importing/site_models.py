"""The list of the site's models that an earlier bridge wrote down, until a tab brings the newest."""

from collections.abc import Iterator

from arenabridge.earlier.reading import Unreadable
from arenabridge.importing.folder import Folder
from arenabridge.importing.step import Step, counted
from arenabridge.importing.target import Target
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import read_model


def site_models(folder: Folder, name: str, target: Target) -> Iterator[Step]:
    """A list of objects as the site's page has them."""
    try:
        content = folder.parsed(name)
    except Unreadable as error:
        yield Step("broken", name, f"{error}. A tab brings the list anew.")
        return
    if content is None:
        return
    if not isinstance(content, list):
        yield Step("broken", name, "it must be a list of models. A tab brings the list anew.")
        return
    models = [model for each in content if (model := read_model(each)) is not None]
    if len(models) < len(content):
        yield Step("broken", name, f"{len(content) - len(models)} of {len(content)} entries are no models.")
    if target.models.load():
        yield Step("there", name, "the models are known already, as last read from the site's page.")
    elif models:
        at = folder.changed_at(name)
        known = [KnownModel(model=model, first_seen=at, last_seen=at) for model in models]
        yield Step(
            "comes",
            name,
            f"{counted(len(known), 'model')}, until a tab brings the newest.",
            lambda: target.models.replace(known),
        )
