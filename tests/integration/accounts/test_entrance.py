"""Coming in: the first administrator, sign-in, invitations; as pages and over the API."""

import re

import httpx
import pytest

from arenabridge.app import Running
from arenabridge.settings import SettingsError
from integration.accounts.conftest import OTHER_PASSWORD, PASSWORD, Browser, Staffed, Start, code_of, set_up


async def test_the_gateway_is_set_up_by_the_printed_code_once(running: Running) -> None:
    async with Browser(running) as eve, Browser(running) as ada:
        state = (await ada.get("/api/session")).json()
        assert (state["user"], state["setup_needed"]) == (None, True)
        guessed = {"code": "guessed", "username": "Eve", "password": PASSWORD}
        assert (await eve.post("/api/admin/init", json=guessed)).json()["error"]["code"] == "code_not_valid"
        code = code_of(running)
        made = await set_up(ada, running)
        assert made.json()["user"] | {"id": ""} == {
            "id": "",
            "name": "Ada",
            "email": "ada@example.org",
            "role": "admin",
        }
        assert running.set_up_address is None
        again = await eve.post("/api/admin/init", json={**guessed, "code": code})
        assert (again.status_code, again.json()["error"]["code"]) == (409, "already_there")
        state = (await ada.get("/api/session")).json()
        assert (state["user"]["name"], state["setup_needed"]) == ("Ada", False)


async def test_the_environment_sets_it_up_without_any_code(start: Start) -> None:
    environment = {"ADMIN_USERNAME": "ada", "ADMIN_EMAIL": "ada@example.org", "ADMIN_PASSWORD": PASSWORD}
    async with start(environment) as running, Browser(running) as ada:
        assert running.set_up_address is None
        signed_in = await ada.post("/api/session", json={"name": "ada@example.org", "password": PASSWORD})
        assert signed_in.json()["user"]["role"] == "admin"
    async with start({**environment, "ADMIN_PASSWORD": OTHER_PASSWORD}) as running, Browser(running) as ada:
        assert (await ada.post("/api/session", json={"name": "ada", "password": PASSWORD})).status_code == 200


async def test_an_administrator_that_can_t_be_is_said_at_the_start(start: Start) -> None:
    with pytest.raises(SettingsError, match=r"ADMIN_PASSWORD.*at least"):
        async with start({"ADMIN_USERNAME": "ada", "ADMIN_PASSWORD": "short"}):
            pass


@pytest.mark.parametrize(("name", "password"), [("Ada", "wrong"), ("nobody", PASSWORD), ("Ben", PASSWORD)])
async def test_who_is_not_let_in_learns_nothing_else(staffed: Staffed, name: str, password: str) -> None:
    """Ben is switched off."""
    users = {user["name"]: user["id"] for user in (await staffed.ada.get("/api/users")).json()["users"]}
    await staffed.ada.patch(f"/api/users/{users['Ben']}", json={"disabled": True})
    assert (await staffed.ben.get("/api/sessions")).status_code == 401
    async with Browser(staffed.running) as browser:
        refused = await browser.post("/api/session", json={"name": name, "password": password})
    assert refused.json()["error"]["message"] == "The name or the password is wrong."
    assert (refused.status_code, refused.cookies) == (401, httpx.Cookies())


async def test_guessing_is_slowed_down(staffed: Staffed) -> None:
    async with Browser(staffed.running) as browser:
        guessed = {"name": "Ada", "password": "guessed"}
        for _ in range(
            20
        ):  # each wait is longer than the one before; on a slow machine the first are over by themselves
            if (await browser.post("/api/session", json=guessed)).status_code == 429:
                break
        refused = await browser.post("/api/session", json={"name": "ADA", "password": PASSWORD})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert int(refused.headers["retry-after"]) >= 1


async def test_a_cookie_can_t_be_read_by_scripts_nor_sent_by_other_sites(start: Start) -> None:
    async with start(public_url="https://models.example", allowed_hosts=("models.example",)) as running:
        own = f"http://127.0.0.1:{running.listens_on}"
        sign_in = {"name": "ada", "password": PASSWORD}
        async with httpx.AsyncClient(base_url=own, headers={"sec-fetch-site": "same-origin"}) as client:
            body = {"code": code_of(running), "username": "ada", "password": PASSWORD}
            assert (await client.post("/api/admin/init", json=body)).status_code == 201
            plain = (await client.post("/api/session", json=sign_in)).headers["set-cookie"]
            public = await client.post("/api/session", json=sign_in, headers={"host": "models.example"})
    assert re.fullmatch(
        r"arenabridge_session=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax", plain, re.IGNORECASE
    )
    assert re.fullmatch(
        r"__Host-arenabridge_session=[\w-]{43}; HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure",
        public.headers["set-cookie"],
        re.IGNORECASE,
    )


async def test_sessions_are_listed_and_ended_one_by_one_or_all_others(staffed: Staffed) -> None:
    async with Browser(staffed.running, user_agent="phone") as phone, Browser(staffed.running) as tablet:
        for browser in (phone, tablet):
            await browser.post("/api/session", json={"name": "Ada", "password": PASSWORD})
        listed = (await staffed.ada.get("/api/sessions")).json()["sessions"]
        assert [session["is_this"] for session in listed].count(True) == 1
        (of_phone,) = [session["id"] for session in listed if session["agent"] == "phone"]
        assert (await staffed.ben.delete(f"/api/sessions/{of_phone}")).status_code == 404
        assert (await staffed.ada.delete(f"/api/sessions/{of_phone}")).status_code == 200
        assert (await phone.get("/api/sessions")).status_code == 401
        assert (await staffed.ada.delete("/api/sessions")).json() == {"ended": 1}
        assert (await tablet.get("/api/sessions")).status_code == 401
    assert (await staffed.ada.delete("/api/session")).status_code == 204
    assert (await staffed.ada.get("/api/sessions")).status_code == 401


async def test_a_new_password_signs_all_other_browsers_out(staffed: Staffed) -> None:
    async with Browser(staffed.running) as phone:
        await phone.post("/api/session", json={"name": "Ben", "password": PASSWORD})
        wrong = await staffed.ben.post("/api/password", json={"current": "wrong", "new": OTHER_PASSWORD})
        assert wrong.status_code == 401
        changed = await staffed.ben.post("/api/password", json={"current": PASSWORD, "new": OTHER_PASSWORD})
        assert changed.json() == {"ended": 1}
        assert (await phone.get("/api/sessions")).status_code == 401
        assert (await staffed.ben.get("/api/sessions")).status_code == 200
        assert (await phone.post("/api/session", json={"name": "Ben", "password": PASSWORD})).status_code == 401
        assert (await phone.post("/api/session", json={"name": "Ben", "password": OTHER_PASSWORD})).status_code == 200


async def test_others_come_in_by_invitation_alone(staffed: Staffed) -> None:
    made = (await staffed.ada.post("/api/invitations", json={"role": "user", "note": "<b>Cy</b>"})).json()
    link = made["link"].removeprefix(staffed.running.base_url)
    async with Browser(staffed.running) as cy:
        page = await cy.get(link)
        assert "Ada invites you." in page.text
        form = {"code": made["link"].partition("code=")[2], "name": "Cy", "password": PASSWORD, "again": PASSWORD}
        refused = await cy.post("/join", data={**form, "again": "another"})
        assert (refused.status_code, "not the same" in refused.text, PASSWORD in refused.text) == (400, True, False)
        joined = await cy.post("/join", data=form)
        assert (joined.status_code, joined.headers["location"]) == (303, "/dashboard")
        assert (await cy.get("/api/session")).json()["user"]["role"] == "user"
        assert (await cy.get(link)).status_code == 403
        assert (await cy.post("/join", data={**form, "name": "Di"})).status_code == 403
    listed = (await staffed.ada.get("/api/invitations")).json()["invitations"]
    assert [(each["note"], each["used_by"]) for each in listed] == [("<b>Cy</b>", "Cy")]


# -- pages that need no JavaScript


async def test_who_lost_their_password_chooses_another_by_a_link_that_an_administrator_made(staffed: Staffed) -> None:
    ben = (await staffed.ben.get("/api/session")).json()["user"]["id"]
    made = (await staffed.ada.post(f"/api/users/{ben}/reset-link", json={})).json()
    path = made["link"].removeprefix(staffed.running.base_url)
    assert (await staffed.ben.get("/api/sessions")).status_code == 200, "nothing has changed yet"
    async with Browser(staffed.running) as browser:
        page = (await browser.get(path)).text
        assert "For Ben." in page
        code = path.partition("code=")[2]
        assert code in page
        form = {"code": code, "password": OTHER_PASSWORD, "again": OTHER_PASSWORD}
        assert (await browser.post("/reset", data={**form, "again": PASSWORD})).status_code == 400
        assert (await browser.post("/reset", data=form)).headers["location"] == "/dashboard"
        assert (await browser.get("/api/session")).json()["user"]["name"] == "Ben"
        assert (await browser.post("/reset", data=form)).status_code == 403
        assert (await browser.get(path)).status_code == 403
    assert (await staffed.ben.get("/api/sessions")).status_code == 401
    acts = [act["action"] for act in (await staffed.ada.get("/api/audit")).json()["acts"]]
    assert acts[:2] == ["password.reset_by_link", "user.reset_link_created"]


async def test_an_administrator_signs_somebody_out_everywhere(staffed: Staffed) -> None:
    ben = (await staffed.ben.get("/api/session")).json()["user"]["id"]
    assert (await staffed.ada.delete(f"/api/users/{ben}/sessions")).json() == {"ended": 1}
    assert (await staffed.ben.get("/api/sessions")).status_code == 401
    act = (await staffed.ada.get("/api/audit")).json()["acts"][0]
    assert (act["action"], act["target"], act["detail"]) == ("user.signed_out", "Ben", "1 sessions")


async def test_the_pages_lead_from_the_printed_link_to_the_dashboard_and_out_again(running: Running) -> None:
    async with Browser(running) as ada:
        assert (await ada.get("/sign-in")).headers["location"] == "/setup"
        assert "the gateway printed" in (await ada.get("/setup")).text
        assert (await ada.get("/setup?code=guessed")).status_code == 403
        address = (running.set_up_address or "").removeprefix(running.base_url)
        page = await ada.get(address)
        assert page.headers["referrer-policy"] == "same-origin"
        assert "script" not in page.text
        code = re.findall(r'name="code" value="([\w-]+)"', page.text)[0]
        form = {"code": code, "name": "Ada", "email": "", "password": PASSWORD, "again": PASSWORD}
        assert (await ada.post("/setup", data=form)).headers["location"] == "/dashboard"
        assert (await ada.get("/setup")).headers["location"] == "/sign-in"
        assert (await ada.post("/sign-out")).headers["location"] == "/sign-in"
        assert (await ada.get("/api/session")).json()["user"] is None
        form = {"name": "Ada", "password": PASSWORD, "next": "/dashboard/keys?x=1"}
        assert (await ada.post("/sign-in", data=form)).headers["location"] == "/dashboard/keys?x=1"


@pytest.mark.parametrize("next_", ["https://evil.example", "//evil.example", "/\\evil.example", "x", "", "/a\r\nb: c"])
async def test_a_sign_in_never_leads_elsewhere(staffed: Staffed, next_: str) -> None:
    form = {"name": "Ada", "password": PASSWORD, "next": next_}
    assert (await staffed.ada.post("/sign-in", data=form)).headers["location"] == "/dashboard"
    assert "evil" not in (await staffed.ada.get("/sign-in", params={"next": next_})).text


async def test_what_was_entered_comes_back_as_text(staffed: Staffed) -> None:
    page = await staffed.ada.post("/sign-in", data={"name": '"><script>x', "password": "wrong"})
    assert page.status_code == 401
    assert "<script>" not in page.text
    assert "&quot;&gt;&lt;script&gt;x" in page.text


@pytest.mark.parametrize("path", ["/sign-in", "/setup", "/join", "/reset", "/sign-out"])
async def test_forms_of_other_sites_are_refused(staffed: Staffed, path: str) -> None:
    form = {"name": "Ada", "password": PASSWORD, "again": PASSWORD, "code": "x"}
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        refused = await staffed.ada.post(path, data=form, headers=headers)
        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers


async def test_a_form_that_is_too_large_is_not_read(staffed: Staffed) -> None:
    assert (await staffed.ada.post("/sign-in", data={"name": "x" * 20_000})).status_code == 413
    assert (await staffed.ada.post("/api/session", json={"name": "x" * 300_000})).status_code == 413


async def test_an_open_gateway_without_an_owner_shows_people_nothing_but_the_set_up_page(start: Start) -> None:
    async with start(host="0.0.0.0") as running, Browser(running) as ada:  # noqa: S104 - that is the case
        for path in ("/", "/help", "/help/queue_full", "/docs", "/sign-in"):
            assert (await ada.get(path)).headers["location"] == "/setup", path
        assert (await ada.get("/v1/models")).status_code == 401
        assert (await ada.get("/livez")).status_code == 200
        await set_up(ada, running)
        assert (await ada.get("/help")).status_code == 200
