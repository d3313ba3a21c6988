"""Carries out the beats of a stream in time, and keeps the site's own copy of the messages up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from arenabridge.simulator.beats import Beat, End, Head, Line, Pause, Refused
from arenabridge.simulator.refusals import of_status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from arenabridge.simulator.conversations import Message, Position
    from arenabridge.simulator.pacing import Outlet
    from arenabridge.simulator.settings import SiteSettings


async def perform(
    beats: Iterable[Beat], outlet: Outlet, messages: Mapping[Position, Message], settings: SiteSettings
) -> bool:
    """
    Writes the stream to its end; False when that end was abortive.

    Raises `Refusal` before the head, and waits for ever at a `hang`: the caller cancels it when the client goes.
    """
    outlet.cut_into(settings.bytes_per_write, merge=settings.merge_writes)
    await _pause(settings.first_byte_seconds)
    for beat in beats:
        match beat:
            case Line():
                await _write(beat, outlet, settings)
                _note(beat, messages[beat.position])
            case Pause(seconds):
                await outlet.settle()
                await _pause(seconds)
            case Head():
                await outlet.begin()
            case Refused(status) if not outlet.begun:
                raise of_status(status)
            case End("clean"):
                break
            case End("reset"):
                await outlet.reset()
                return False
            case End("hang"):
                await _hang(outlet)
    await outlet.end()
    return True


async def _write(line: Line, outlet: Outlet, settings: SiteSettings) -> None:
    if settings.record_delay_seconds and outlet.begun:
        await outlet.settle()
        await _pause(settings.record_delay_seconds)
    await outlet.write(line.text.encode())


async def _hang(outlet: Outlet) -> None:
    if outlet.begun:
        await outlet.show()
    await asyncio.Event().wait()


async def _pause(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


def _note(line: Line, message: Message) -> None:
    """What the conversation keeps of a record, so that a later turn and a reloaded page find it there."""
    message.content += line.says
    message.reasoning += line.reasons
    if line.attaches is not None:
        message.attachments = (*message.attachments, line.attaches)
    if line.becomes is not None:
        message.status = line.becomes
