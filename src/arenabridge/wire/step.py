"""
One HTTP request that a worker carries out in the person's own session, as the gateway hands it over.

Those that read and generate go to the site itself. The others serve files: the site's own upload is two server actions
around a `PUT` to its storage host. A worker accepts an address outside the site only if the site itself has just told
it, and sends no credentials there.
"""

from typing import Literal

import msgspec


class Step(msgspec.Struct, frozen=True, tag="fetch", tag_field="how", kw_only=True):
    """
    A same-origin request.

    `path` begins with one slash and may hold a query. `body` is sent as it is (the site reads JSON text under
    `text/plain`, as its own page sends it). `generates` marks the step that spends the person's quota: it is carried
    out at most once per grant.
    """

    method: Literal["GET", "POST", "PUT"]
    path: str
    headers: dict[str, str] = {}
    body: str | None = None
    generates: bool = False


class CallAction(msgspec.Struct, frozen=True, tag="action", tag_field="how", kw_only=True):
    """
    Call one of the site's server actions by its `name`, which the worker finds in the page's own scripts.

    `arguments` is the JSON array of the call. Only `generateUploadUrl` and `getSignedUrl` are permitted.
    """

    name: str
    arguments: str


class PutFile(msgspec.Struct, frozen=True, tag="put", tag_field="how", kw_only=True):
    """
    `PUT` a file of `size` bytes, which follows in file frames, to an address that a server action has just answered.

    Sent without credentials, with `media_type` as its content type.
    """

    url: str
    media_type: str
    size: int


class GetFile(msgspec.Struct, frozen=True, tag="get", tag_field="how", kw_only=True):
    """
    `GET` a file that one of the tab's own answers has just named, without credentials.

    The pieces of its body are reported as base64, each piece for itself; more than `limit` bytes fail.
    """

    url: str
    limit: int


class HoldFile(msgspec.Struct, frozen=True, tag="hold", tag_field="how", kw_only=True):
    """
    Keep a file of `size` bytes, which follows in file frames, for a composition that attaches it.

    It is kept under the errand's id until the job `job` is over, or the connection.
    """

    job: str
    name: str
    media_type: str
    size: int


Errand = Step | CallAction | PutFile | GetFile | HoldFile
"""What may be asked of a worker beside its jobs: none of it generates anything."""
