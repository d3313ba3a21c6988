"""What stands in a turn's text for a file of it."""

from urllib.parse import unquote, urlsplit

from arenabridge.wire.chat import Attachment, RemoteFile
from arenabridge.wire.file_names import safe_name
from arenabridge.wire.file_types import is_picture


def placeholder(file: Attachment | RemoteFile) -> str:
    """Such as `[image: cat.png]`, or `[file: notes.zip]` for what is none or not known to be one."""
    is_image = is_picture(file.media_type) if isinstance(file, Attachment) else file.as_picture
    return f"[{'image' if is_image else 'file'}: {called(file)}]"


def called(file: Attachment | RemoteFile) -> str:
    """Its name; that of a file which was not fetched is told by its address."""
    if isinstance(file, Attachment):
        return file.name
    return safe_name(file.name or unquote(urlsplit(file.url).path.rpartition("/")[2]))
