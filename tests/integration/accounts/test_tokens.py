"""API keys over the API: whose they are, and what becomes of them."""

from dataclasses import replace
from typing import Any

import pytest

from arenabridge.accounts.keys import UNKNOWN, KeyForm
from integration.accounts.conftest import Browser, Staffed, Start, staffed_gateway

NO_LIMITS: dict[str, Any] = {
    "requests_per_minute": None,
    "tokens_per_minute": None,
    "parallel_requests": None,
    "requests_per_day": None,
    "requests_per_month": None,
    "tokens_per_day": None,
    "tokens_per_month": None,
    "allowed_models": [],
    "denied_models": [],
    "networks": [],
}


async def test_a_key_is_told_once_and_listed_without_itself(staffed: Staffed) -> None:
    made = await staffed.key(staffed.ben, name="<i>laptop</i>", notes="of Ben", limits={"requests_per_day": 5})
    listed = await staffed.ben.get("/api/tokens")
    (row,) = listed.json()["tokens"]
    assert made.pop("key").startswith(row["prefix"])
    assert row == made
    assert (row["name"], row["state"], row["owner"]["name"], row["scopes"]) == ("<i>laptop</i>", "valid", "Ben", [])
    assert row["limits"] == {**NO_LIMITS, "requests_per_day": 5}
    assert row["use"] == {"day_requests": 0, "day_tokens": 0, "month_requests": 0, "month_tokens": 0, "running": 0}
    assert row["profile"]["reasoning"] == "reasoning_content"


async def test_others_see_only_their_own_and_administrators_all(staffed: Staffed) -> None:
    adas, bens = await staffed.key(name="Ada's"), await staffed.key(staffed.ben, name="Ben's")
    first = "first key"
    names = [row["name"] for row in (await staffed.ada.get("/api/tokens")).json()["tokens"]]
    assert names == ["Ben's", "Ada's", first]
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"name": "mine"}),
        ("POST", "/rotate", {}),
        ("DELETE", "", None),
    ):
        refused = await staffed.ben.request(method, f"/api/tokens/{adas['id']}{path}", json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
    assert (await staffed.ada.patch(f"/api/tokens/{bens['id']}", json={"name": "x"})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "scopes": ["admin"]},
        {"name": "x", "owner_id": None},
        {"name": "x", "owner_id": "somebody"},
        {"name": "x", "profile": {"priority": "high"}},
    ],
)
async def test_what_only_administrators_may_give_nobody_takes(staffed: Staffed, body: dict[str, Any]) -> None:
    assert (await staffed.ben.post("/api/tokens", json=body)).status_code == 403
    made = await staffed.key(staffed.ben)
    if "owner_id" not in body:
        assert (await staffed.ben.patch(f"/api/tokens/{made['id']}", json=body)).status_code == 403


async def test_it_can_be_left_to_administrators_to_make_keys(start: Start) -> None:
    async with start(users_make_keys=False) as running, staffed_gateway(running) as staffed:
        assert (await staffed.ben.post("/api/tokens", json={"name": "x"})).status_code == 403
        ben = (await staffed.ben.get("/api/session")).json()["user"]["id"]
        given = await staffed.key(owner_id=ben, limits={"requests_per_day": 1})
        address = f"/api/tokens/{given['id']}"
        assert (await staffed.ben.patch(address, json={"limits": {}})).status_code == 403
        assert (await staffed.ben.patch(address, json={"name": "mine"})).json()["limits"]["requests_per_day"] == 1
        assert (await staffed.ben.post(f"{address}/rotate", json={})).status_code == 200
        told = [(await each.get("/api/session")).json()["may_make_keys"] for each in (staffed.ada, staffed.ben)]
        assert told == [True, False]


async def test_what_an_administrator_put_to_rest_only_an_administrator_wakes(staffed: Staffed) -> None:
    key = await staffed.key(staffed.ben)
    address = f"/api/tokens/{key['id']}"

    async def switch(browser: Browser, *, disabled: bool) -> tuple[int, object, object]:
        answer = await browser.patch(address, json={"disabled": disabled})
        row = answer.json()
        return answer.status_code, row.get("state"), row.get("locked")

    assert await switch(staffed.ben, disabled=True) == (200, "disabled", False)
    assert await switch(staffed.ben, disabled=False) == (200, "valid", False)
    assert await switch(staffed.ada, disabled=True) == (200, "disabled", True)
    assert await switch(staffed.ben, disabled=True) == (200, "disabled", True)
    assert (await switch(staffed.ben, disabled=False))[0] == 403
    assert await switch(staffed.ada, disabled=False) == (200, "valid", False)


async def test_a_key_that_nobody_known_put_to_rest_is_an_administrators_to_wake(staffed: Staffed) -> None:
    """As after an update, of what was put to rest before it was noted by whom."""
    key = await staffed.key(staffed.ben)
    address = f"/api/tokens/{key['id']}"
    keys = staffed.running.gateway.accounts.keys
    assert keys.change(key["id"], lambda now: replace(KeyForm.of(now), disabled_by=UNKNOWN)) is not None
    refused = await staffed.ben.patch(address, json={"disabled": False})
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        403,
        "It is not known who switched this key off: ask an administrator to switch it on again.",
    )
    assert (await staffed.ben.get(address)).json()["locked"]
    assert (await staffed.ada.patch(address, json={"disabled": False})).json()["state"] == "valid"


async def test_a_form_that_was_loaded_before_somebody_elses_change_is_not_saved(staffed: Staffed) -> None:
    key = await staffed.key(name="mine")
    address = f"/api/tokens/{key['id']}"
    changed = await staffed.ada.patch(address, json={"notes": "first", "version": key["version"]})
    assert changed.json()["version"] == key["version"] + 1
    late = await staffed.ada.patch(address, json={"notes": "late", "version": key["version"]})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "changed_meanwhile")
    assert (await staffed.ada.get(address)).json()["notes"] == "first"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x", "unknown": 1},
        {"name": "x", "limits": {"requests_per_day": 0}},
        {"name": "x", "limits": {"networks": ["here"]}},
        {"name": "x", "profile": {"reasoning": "sung"}},
        {"name": "x", "profile": {"later": True}},
        {"name": "x", "expires_at": -1},
    ],
)
async def test_what_makes_no_sense_is_named(staffed: Staffed, body: dict[str, Any]) -> None:
    refused = await staffed.ada.post("/api/tokens", json=body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")


async def test_a_change_holds_at_once_and_leaves_the_rest_alone(staffed: Staffed) -> None:
    made = await staffed.key(notes="kept", limits={"denied_models": ["*-mini"]}, profile={"strict": True})
    address = f"/api/tokens/{made['id']}"
    async with staffed.program(made["key"]) as program:
        assert (await program.get("/v1/models")).status_code == 200
        changed = (await staffed.ada.patch(address, json={"name": "new", "disabled": True})).json()
        assert (await program.get("/v1/models")).status_code == 401
        assert (changed["name"], changed["notes"], changed["state"]) == ("new", "kept", "disabled")
        assert (changed["limits"], changed["profile"]) == (made["limits"], made["profile"])
        changed = (await staffed.ada.patch(address, json={"disabled": False, "limits": {}, "expires_at": 9e9})).json()
        assert (changed["state"], changed["limits"], changed["expires_at"]) == ("valid", NO_LIMITS, 9e9)
        assert (await program.get("/v1/models")).status_code == 200
        changed = (await staffed.ada.patch(address, json={"expires_at": 1})).json()
        assert changed["state"] == "expired"
        assert "has expired" in (await program.get("/v1/models")).json()["error"]["message"]
        await staffed.ada.patch(address, json={"expires_at": None, "limits": {"networks": ["10.0.0.0/8"]}})
        refused = await program.get("/v1/models")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "address_not_allowed")
        assert (await staffed.ada.delete(address)).status_code == 204
        assert (await program.get("/v1/models")).status_code == 401
    assert (await staffed.ada.patch(address, json={"disabled": False})).status_code == 404
    assert (await staffed.ada.get(address)).json()["state"] == "revoked"


async def test_a_rotated_key_opens_with_both_secrets_for_a_while(staffed: Staffed) -> None:
    made = await staffed.key()
    rotated = (await staffed.ada.post(f"/api/tokens/{made['id']}/rotate", json={})).json()
    assert (rotated["id"], rotated["previous_until"] > 0) == (made["id"], True)
    async with staffed.program(made["key"]) as old, staffed.program(rotated["key"]) as new:
        assert [(await each.get("/v1/models")).status_code for each in (old, new)] == [200, 200]
        again = await staffed.ada.post(f"/api/tokens/{made['id']}/rotate", json={})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already_there")
        assert (await old.get("/v1/models")).status_code == 200
        await staffed.ada.post(f"/api/tokens/{made['id']}/rotate", json={"overlap": 0})
        assert [(await each.get("/v1/models")).status_code for each in (old, new)] == [401, 401]


async def test_when_a_key_was_last_used_is_known_before_it_is_written_down(staffed: Staffed) -> None:
    made = await staffed.key()
    assert made["last_used_at"] is None
    async with staffed.program(made["key"]) as program:
        await program.get("/v1/models")
    row = (await staffed.ada.get(f"/api/tokens/{made['id']}")).json()
    assert row["last_used_at"] >= made["created_at"]
