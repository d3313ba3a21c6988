"""`/api/settings`: what is set, where from, and changes to the file, for administrators."""

import asyncio
from typing import Any

from fastapi import Request
from pydantic import BaseModel

from arenabridge.http.api.access import Administrator, api_router
from arenabridge.http.api.audited import record
from arenabridge.http.api.body import Body
from arenabridge.http.api.settings_in_use import Setting
from arenabridge.http.gateway import gateway_of
from arenabridge.settings import Source

router = api_router()


class SettingRow(BaseModel):
    """
    One setting. `value` is in use; `in_file` and `saved` are what file and database say now (null if nothing).

    Values of secrets are never given; `is_set` tells whether there is one. `waits_for_restart`: the file has changed
    since the start, and the setting does not work at once.
    """

    name: str
    about: str
    kind: str
    choices: list[str]
    value: Any
    default: Any
    source: Source
    in_file: Any
    saved: Any
    is_fixed: bool
    is_secret: bool
    is_set: bool
    works_at_once: bool
    waits_for_restart: bool


class NoteRow(BaseModel):
    """Something about a setting in the file that is an earlier bridge's: `changed`, `declined` or `unknown`; why."""

    name: str
    kind: str
    words: str


class SettingsAnswer(BaseModel):
    """
    All settings, in their order, and the file that they can be written in.

    `is_shared`: changes are kept in the database instead, for all gateways on it.
    """

    file: str
    is_shared: bool
    settings: list[SettingRow]
    notes: list[NoteRow]


class SettingsChange(Body):
    """New values by name; null takes a setting out, so that what is weaker holds: the file, or the default."""

    changes: dict[str, Any]


@router.get("/api/settings")
def list_settings(request: Request) -> SettingsAnswer:
    return _answer(request)


@router.patch("/api/settings")
async def change_settings(request: Request, person: Administrator, body: SettingsChange) -> SettingsAnswer:
    in_use = gateway_of(request).settings_in_use
    await asyncio.to_thread(in_use.change, body.changes)
    await asyncio.to_thread(record, request, person, "settings.changed", ", ".join(body.changes))
    return await asyncio.to_thread(_answer, request)


def _answer(request: Request) -> SettingsAnswer:
    in_use = gateway_of(request).settings_in_use
    notes = [NoteRow(name=note.name, kind=note.kind, words=note.words) for note in in_use.notes]
    settings = [_row(setting) for setting in in_use.all()]
    return SettingsAnswer(file=str(in_use.path), is_shared=in_use.is_shared, settings=settings, notes=notes)


def _row(setting: Setting) -> SettingRow:
    values = {name: getattr(setting, name) for name in SettingRow.model_fields}
    return SettingRow(**{**values, "choices": list(setting.choices)})
