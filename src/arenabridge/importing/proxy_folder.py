"""Steps for a folder of the proxy with a monitor, which kept nothing that is of use elsewhere."""

from collections.abc import Iterator

from arenabridge.importing.folder import Folder
from arenabridge.importing.our_settings import OurSettings
from arenabridge.importing.step import Step
from arenabridge.importing.target import Target


def proxy_steps(_folder: Folder, target: Target) -> Iterator[Step]:
    """It had neither keys nor people, and its models came from the page, as ours do."""
    settings = OurSettings(target)
    yield settings.let_everybody_in("It asked nobody for a key")
    yield from settings.steps()
    yield Step("note", "Port", "its programs use 9080: set also_listen_on to [9080].")
    yield Step("declined", "Cookies", "are never cleared to get around a limit of the site.")
    yield Step("declined", "Logs", "of its requests hold whole conversations, and have no keys to belong to.")
