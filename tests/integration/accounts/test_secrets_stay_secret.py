"""Canaries: no key, password, token or code is found anywhere but in the one answer that tells it."""

import logging
from pathlib import Path

import pytest

from arenabridge.app import Running
from arenabridge.http.door.cookies import NAME
from arenabridge.simulator.visitors import Visitors
from arenabridge.wire.link import messages as m
from integration.accounts.conftest import OTHER_PASSWORD, PASSWORD, Browser, Start, code_of, staffed_gateway
from integration.gateway.worker_double import ORIGIN, connected

WRONG_PASSWORD = "a wrong one with a canary"
THE_TESTS_OWN_CLIENT = ("httpx", "httpcore")
MISPLACED = "a-password-in-the-wrong-field"
NOBODYS_SITE = "http://127.0.0.1:9"
"""Where nothing listens: a direct session begins to work at once."""


async def handed_over(running: Running, session: str) -> m.SessionKept:
    """By the person at a tab."""
    async with connected(running) as tab:
        await tab.say(m.SessionGiven(f"arena-auth-prod-v1.0={session[:400]}; arena-auth-prod-v1.1={session[400:]}"))
        return await tab.next(m.SessionKept)


async def test_secrets_are_in_no_log_file_export_or_error(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = [PASSWORD, OTHER_PASSWORD, WRONG_PASSWORD, MISPLACED]
    pasted, handed, refused = (Visitors().sign_in(3600).cookie for _ in range(3))
    async with start(site_origins=(NOBODYS_SITE, ORIGIN)) as running:
        secrets += [code_of(running), running.first_key or "none"]
        async with staffed_gateway(running) as staffed:
            ada, ben = staffed.ada, staffed.ben
            made = await staffed.key(scopes=["admin"])
            rotated = (await ada.post(f"/api/tokens/{made['id']}/rotate", json={})).json()
            link = (await ada.post("/api/invitations", json={})).json()["link"]
            adas = (await ada.get("/api/session")).json()["user"]["id"]
            reset = (await ada.post(f"/api/users/{adas}/reset-link", json={})).json()["link"]
            assert (await ada.get(reset)).status_code == 200
            secrets += [made["key"], rotated["key"], link.partition("code=")[2], reset.partition("code=")[2]]
            secrets += [browser.cookies[NAME] for browser in (ada, ben)]
            made_code = (await ada.post("/api/workers/codes", json={"name": "a relay"})).json()["code"]
            script = (await ben.post("/api/workers/credentials", json={"name": "a script"})).json()
            async with staffed.program("") as relay:
                enrolled = (await relay.post("/api/workers/enrol", json={"code": made_code})).json()["credential"]
            secrets += [made_code, enrolled, running.gateway.accounts.workers.of_browser(script["id"])]
            secrets += [script["address"].split("/")[-2].partition(".")[2]]
            secrets += [pasted, handed, refused, pasted[500:560], handed[500:560], refused[500:560]]
            assert (await handed_over(running, handed)).kept
            assert not (await handed_over(running, refused[:-9])).kept
            async with Browser(running) as eve, staffed.program(made["key"]) as program:
                answers = [
                    await eve.post("/api/session", json={"name": MISPLACED, "password": WRONG_PASSWORD}),
                    await eve.post("/api/session", json={"name": 1, "password": [WRONG_PASSWORD]}),
                    await eve.post("/api/session", json={"passwort": WRONG_PASSWORD}),
                    await eve.post("/api/session", content=f'{{"password": "{WRONG_PASSWORD}'),
                    await eve.post("/sign-in", data={"name": "Ada", "password": WRONG_PASSWORD}),
                    await eve.post("/setup", data={"code": "x", "password": WRONG_PASSWORD, "again": ""}),
                    await eve.get(f"/v1/models/{made['id']}", headers={"x-api-key": made["key"] + "x"}),
                    await ada.post("/api/password", json={"current": PASSWORD, "new": OTHER_PASSWORD}),
                    await ada.post("/api/users", json={"name": "Ada", "password": OTHER_PASSWORD}),
                    await eve.post("/api/workers/enrol", json={"code": [made_code], "name": made_code}),
                    await eve.post("/api/workers/enrol", json={"code": made_code}),
                    await eve.get("/api/workers/self", headers={"authorization": f"Bearer {enrolled}x"}),
                    await eve.get("/api/workers/self", headers={"authorization": f"Bearer {enrolled}"}),
                    await eve.get(script["address"], headers={"sec-fetch-dest": "script"}),
                    await ben.post("/api/site-sessions", json={"name": "mine", "session": pasted}),
                    await ben.post("/api/site-sessions", json={"name": "mine", "session": refused[:-9]}),
                    await ben.post("/api/site-sessions", json={"name": refused, "session": [refused]}),
                    await program.get("/api/site-sessions"),
                    await program.get("/api/workers/credentials"),
                    await program.get("/api/workers/status"),
                    await program.get("/api/workers"),
                    await program.get("/api/tokens"),
                    await program.get("/api/users"),
                    await program.get("/api/sessions"),
                    await program.get("/api/invitations"),
                    await program.get("/api/audit"),
                    await program.get("/api/audit/export?format=csv"),
                    await program.get("/api/audit/export?format=json"),
                    await program.get("/health"),
                ]
    ours = [record for record in caplog.records if not record.name.startswith(THE_TESTS_OWN_CLIENT)]
    logged = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in ours)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())  # noqa: ASYNC240 - it has stopped
    assert len(secrets) == len({*secrets}) == 22
    for secret in secrets:
        assert len(secret) > 12
        assert secret not in logged
        assert secret.encode() not in kept
        assert [answer for answer in answers if secret in answer.text + str(answer.headers)] == []
    assert "POST" in logged
    assert b"user.created" in kept
    assert b"site_session.handed_over" in kept


async def test_every_administrative_act_is_in_the_log_and_leaves_as_a_file(start: Start) -> None:
    async with start() as running, staffed_gateway(running) as staffed:
        ada = staffed.ada
        ben = (await ada.get("/api/users")).json()["users"][1]["id"]
        made = await staffed.key(name="=cmd|' /C calc'!A0", scopes=["admin"])
        await ada.patch(f"/api/users/{ben}", json={"email": "ben@example.org"})
        async with staffed.program(made["key"]) as script:
            await script.post(f"/api/users/{ben}/password", json={"password": OTHER_PASSWORD})
            await script.delete(f"/api/users/{ben}")
        await ada.delete(f"/api/tokens/{made['id']}")
        page = (await ada.get("/api/audit", params={"limit": 4})).json()
        assert [act["action"] for act in page["acts"]] == [
            "key.revoked",
            "user.removed",
            "user.password_reset",
            "user.changed",
        ]
        assert {act["address"] for act in page["acts"]} == {"127.0.0.1"}
        assert made["id"] in page["acts"][1]["detail"]
        assert page["acts"][3]["detail"] == "email: none to ben@example.org"
        rest = (await ada.get("/api/audit", params={"before": page["next"]})).json()
        assert [act["action"] for act in rest["acts"]] == ["key.created", "user.created", "gateway.set_up"]
        assert rest["next"] is None
        as_csv = (await ada.get("/api/audit/export?format=csv")).text.splitlines()
        assert as_csv[0] == "id,at,actor_id,actor,action,target,detail,address"
        assert len(as_csv) == 1 + 7 + 1, "that it was exported is an act too"
        assert any("'=cmd" in line for line in as_csv), "a spreadsheet must not take a name for a formula"
        as_json = (await ada.get("/api/audit/export?format=json")).json()
        assert [act["action"] for act in as_json][-1] == "gateway.set_up"
