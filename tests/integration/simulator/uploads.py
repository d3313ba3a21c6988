"""Uploads as the page of the site makes them, from the captures, and the message that they are sent with."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import httpx

    from integration.simulator.caller import Caller

PNG = "image/png"


async def action_ids(caller: Caller) -> dict[str, str]:
    """As a reader of the page's scripts finds them."""
    html = (await caller.http.get("/")).text
    found: dict[str, str] = {}
    for source in re.findall(r'<script src="([^"]+)"', html):
        script = (await caller.http.get(source)).text
        pattern = r'createServerReference\)\("([0-9a-f]{42})",\w+\.callServer,void 0,\w+\.findSourceMapURL,"(\w+)"\)'
        found |= {name: action for action, name in re.findall(pattern, script)}
    return found


async def act(
    caller: Caller, name: Literal["generateUploadUrl", "getSignedUrl"], *arguments: object, action_id: str = ""
) -> httpx.Response:
    headers = {
        "next-action": action_id or (await action_ids(caller))[name],
        "accept": "text/x-component",
        "content-type": "text/plain;charset=UTF-8",
    }
    return await caller.http.post("/?mode=direct", content=json.dumps(arguments), headers=headers)


def result(answer: httpx.Response) -> dict[str, Any]:
    """Of a short answer: the row to which row 0 points."""
    rows = dict(line.split(":", 1) for line in answer.text.splitlines())
    told: dict[str, Any] = json.loads(rows[json.loads(rows["0"])["a"].removeprefix("$@")])
    return told


async def upload(caller: Caller, name: str, content_type: str, content: bytes) -> dict[str, str]:
    """The three steps; what a message then says of the file."""
    room = result(await act(caller, "generateUploadUrl", name, content_type))["data"]
    put = await caller.http.put(room["uploadUrl"], content=content, headers={"content-type": content_type})
    assert put.status_code == 200
    url = result(await act(caller, "getSignedUrl", room["key"]))["data"]["url"]
    return {"name": room["key"], "contentType": content_type, "url": url}


def said(content: str, *attachments: dict[str, str]) -> dict[str, Any]:
    return {"content": content, "experimental_attachments": list(attachments)}
