"""What stands in a turn's text for a file of it."""

from urllib.parse import unquote, urlsplit

from arenabridge.wire.chat import Attachment, RemoteFile
from arenabridge.wire.file_names import safe_name
from arenabridge.wire.file_types import is_picture


def placeholder(file: Attachment | RemoteFile) -> str:
    """Such as `[image: cat.png]`, or `[file: notes.zip]` for what is none or not known."""
    if isinstance(file, Attachment):
        return f"[{'image' if is_picture(file.media_type) else 'file'}: {file.name}]"
    name = file.name or unquote(urlsplit(file.url).path.rpartition("/")[2])
    return f"[file: {safe_name(name)}]"
