"""A file, and the site's answers to what uploads it."""

import hashlib
import json

from arenabridge.hub.workers.errands import ErrandAnswer
from arenabridge.wire.chat import Attachment
from arenabridge.wire.step import CallAction, Errand

CAT = Attachment("cat.png", "image/png", b"\x89PNG cat", hashlib.sha256(b"cat").hexdigest())
SIGNED = "https://storage.example/u/1-cat.png?X-Amz-Date=20231114T221320Z&X-Amz-Expires=3600"
NOW = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC


def flight(data: object) -> ErrandAnswer:
    rows = '0:{"a":"$@1","f":"","b":"x"}\n1:' + json.dumps({"success": True, "data": data}) + "\n"
    return ErrandAnswer(200, {}, (rows,))


def as_the_site(step: Errand) -> ErrandAnswer:
    match step:
        case CallAction(name="generateUploadUrl"):
            return flight({"uploadUrl": "https://storage.example/put", "key": "u/1-cat.png"})
        case CallAction(name="getSignedUrl"):
            return flight({"url": SIGNED})
        case _:
            return ErrandAnswer(200, {}, ())
