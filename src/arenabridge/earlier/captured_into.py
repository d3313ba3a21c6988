"""A session captured for all models goes where the earlier bridges' `id_updater.py` wrote it: their settings. Pure."""

from arenabridge.earlier.captured import Global
from arenabridge.settings_file import with_setting
from arenabridge.wire.arena.captured import CapturedSession


def with_captured(text: str, before: Global, captured: CapturedSession) -> str:
    """The text of `config.jsonc`, which said `before`, with this session; raises `NotEditable`."""
    text = with_setting(text, "session_id", captured.session)
    text = with_setting(text, "message_id", captured.message)
    if captured.mode != before.mode:
        text = with_setting(text, "id_updater_last_mode", "battle" if captured.mode == "battle" else "direct_chat")
    if captured.mode == "battle" and captured.target != before.target:
        text = with_setting(text, "id_updater_battle_target", captured.target.upper())
    return text
