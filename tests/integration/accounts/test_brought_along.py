"""What was brought along from an earlier bridge is good at a real gateway: tokens, passwords, the shared key."""

from pathlib import Path

import httpx

from arenabridge.app import open_import
from arenabridge.importing import make_plan
from arenabridge.settings import Settings
from integration.accounts.conftest import OTHER_PASSWORD, Browser, Start
from unit.importing.folders import OLD_PASSWORD, TOKEN, userscript_folder


async def test_tokens_and_passwords_go_on_and_people_are_asked_for_new_passwords(start: Start, tmp_path: Path) -> None:
    target = open_import(Settings(data_dir=tmp_path), tmp_path, {})
    make_plan(userscript_folder(tmp_path / "theirs"), target).carry_out(target)
    async with start() as running, Browser(running) as ana, Browser(running) as eve:
        assert (running.first_key, running.set_up_address) == (None, None)
        async with httpx.AsyncClient(
            base_url=running.base_url, headers={"authorization": f"Bearer {TOKEN}"}
        ) as program:
            assert (await program.get("/v1/models")).status_code == 200
            program.headers["authorization"] = "Bearer sk-lmarena-revoked"
            assert (await program.get("/v1/models")).status_code == 401
        for _ in range(2):  # by the hash of before, then by ours
            signed_in = await ana.post("/api/session", json={"name": "ana", "password": OLD_PASSWORD})
            assert signed_in.json()["user"]["role"] == "admin"
            assert (await ana.get("/api/session")).json()["wants_new_password"]
        user = target.people.find("ana")
        assert user is not None
        assert "$argon2id$" in user.password_hash
        wrong = await eve.post("/api/session", json={"name": "ana@example.org", "password": "shorter"})
        assert wrong.status_code == 401
        new = {"current": OLD_PASSWORD, "new": OTHER_PASSWORD}
        assert (await ana.post("/api/password", json=new)).status_code == 200
        assert not (await ana.get("/api/session")).json()["wants_new_password"]
        theirs = [each for each in (await ana.get("/api/tokens")).json()["tokens"] if each["name"] == "laptop"]
        assert [each["owner"]["name"] for each in theirs] == ["ana"]


async def test_the_key_that_all_share_is_accepted_and_served_as_usual_here(start: Start) -> None:
    async with start(api_key="our own", role_mode="merge_system") as running:
        verified = await running.gateway.keys.verify("our own")
        assert (verified.profile.role_mode, verified.administers) == ("merge_system", False)
        first = await running.gateway.keys.verify(running.first_key)
        assert first.profile.role_mode == "merge_system"
        async with httpx.AsyncClient(base_url=running.base_url) as program:
            for key, status in (("our own", 200), ("our ow", 401)):
                headers = {"authorization": f"Bearer {key}"}
                assert (await program.get("/v1/models", headers=headers)).status_code == status
