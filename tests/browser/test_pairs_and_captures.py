"""From an OpenAI client through the tab to the site: two participants, and a session that the person has captured."""

import asyncio
from pathlib import Path

import orjson
from openai import BadRequestError

from arenabridge.hub.capture.captures import READ_AGAIN_SECONDS
from arenabridge.simulator.settings import SiteSettings
from arenabridge.storage.captured_sessions import CapturedSessionStore
from arenabridge.storage.database import FILE_NAME, open_database
from browser.bridge import Bridge, bridge


async def test_a_battle_by_the_sites_own_page(tmp_path: Path) -> None:
    async with bridge(tmp_path, site=SiteSettings()) as whole:
        answer = await whole.openai.chat.completions.create(
            model="battle", messages=[{"role": "user", "content": "SAY<<one two>>"}]
        )
        assert [choice.message.content for choice in answer.choices] == ["one two", "one two"]
        *_, call = whole.site.audit.calls()
        assert (call.json["mode"], call.verdict) == ("battle", "accepted")


async def test_a_captured_answer_is_made_again_from_the_clients_history(tmp_path: Path) -> None:
    old = SiteSettings(check="ignore", site_version="2025-10")
    async with bridge(tmp_path, site=old, site_version="2025-10", session_strategies={"*-*": "captured"}) as whole:
        models = [each.name for each in whole.running.gateway.models.catalogue if each.model.modality == "chat"]
        captured = next(name for name in models if "-" in name)
        battle = await whole.openai.chat.completions.create(
            model="battle", messages=[{"role": "user", "content": "SAY<<begun>>"}]
        )
        assert len(battle.choices) == 2
        begun = orjson.loads(whole.site.audit.calls()[-1].body)
        store = CapturedSessionStore(open_database(tmp_path / FILE_NAME))
        store.add(begun["id"], begun["modelBMessageId"], mode="battle", target="b", model=captured)
        assert await once_noticed(whole, "SAY<<from the client>>", captured) == "from the client"
        call = whole.site.audit.calls()[-1]
        assert (call.method, call.json["messages"][0]["participantPosition"]) == ("PUT", "b")


async def once_noticed(whole: Bridge, prompt: str, model: str) -> str:
    """The gateway reads what other processes have captured every few seconds."""
    async with asyncio.timeout(READ_AGAIN_SECONDS + 5):
        while True:
            try:
                return await whole.say(prompt, model=model)
            except BadRequestError as error:
                if error.code != "no_captured_session":
                    raise
            await asyncio.sleep(0.2)
