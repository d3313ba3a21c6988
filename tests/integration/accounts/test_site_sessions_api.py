"""Sessions at the site, over the API: everybody sees and changes their own alone, and nobody the secret."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from arenabridge.app import running_gateway
from arenabridge.settings import Settings
from arenabridge.simulator.visitors import Visitors
from arenabridge.wire.link import messages as m
from integration.accounts.conftest import Staffed, staffed_gateway
from integration.gateway.worker_double import ORIGIN, connected, hello

SESSION = Visitors().sign_in(3600).cookie
pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODYS_SITE = "http://127.0.0.1:9"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staffed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Staffed]:
    """A session begins to work at once: at no real site."""
    folder = tmp_path_factory.mktemp("sessions")
    settings = Settings(data_dir=folder, port=0, site_origins=(NOBODYS_SITE, ORIGIN))
    async with running_gateway(settings, environment={}) as running, staffed_gateway(running) as staffed:
        yield staffed


async def test_everybody_sees_and_changes_their_own_alone_and_never_the_secret(staffed: Staffed) -> None:
    new = {"name": "mine", "session": SESSION}
    made = await staffed.ben.post("/api/site-sessions", json=new)
    assert (made.status_code, made.json()["sharing"]) == (201, "owner")
    assert SESSION not in made.text
    id_ = made.json()["id"]
    for browser in (staffed.ben, staffed.ada):
        seen = await browser.get("/api/site-sessions")
        assert [each["name"] for each in seen.json()["sessions"]] == ["mine"]
        assert SESSION not in seen.text
    paused = await staffed.ben.patch(f"/api/site-sessions/{id_}", json={"paused": True})
    assert paused.json()["state"] == "paused"
    theirs = await staffed.ada.post("/api/site-sessions", json={**new, "is_gateways": True})
    assert theirs.status_code == 201
    assert (await staffed.ben.delete(f"/api/site-sessions/{theirs.json()['id']}")).status_code == 404
    assert (await staffed.ben.delete(f"/api/site-sessions/{id_}")).status_code == 204


async def test_what_is_no_session_is_refused_with_what_to_do(staffed: Staffed) -> None:
    broken = await staffed.ben.post("/api/site-sessions", json={"name": "b", "session": SESSION[:300]})
    assert (broken.status_code, "Copy it again" in broken.text) == (400, True)
    not_theirs = {"name": "b", "session": SESSION, "is_gateways": True}
    assert (await staffed.ben.post("/api/site-sessions", json=not_theirs)).status_code == 403


async def test_nobody_but_its_owner_lets_others_use_a_session(staffed: Staffed) -> None:
    made = (await staffed.ben.post("/api/site-sessions", json={"name": "mine", "session": SESSION})).json()
    path = f"/api/site-sessions/{made['id']}"
    assert (await staffed.ada.patch(path, json={"sharing": "all"})).status_code == 403
    assert (await staffed.ada.patch(path, json={"paused": True})).status_code == 200
    assert (await staffed.ben.patch(path, json={"sharing": "all"})).json()["sharing"] == "all"


async def test_one_of_a_person_who_is_disabled_rests(staffed: Staffed) -> None:
    kept = (await staffed.ben.post("/api/site-sessions", json={"name": "mine", "session": SESSION})).json()
    people, store = staffed.running.gateway.accounts.people, staffed.running.gateway.accounts.site_sessions
    ben = store.get(kept["id"]).owner_id or ""
    states = []
    for disabled in (True, False):
        people.set_disabled(ben, disabled=disabled)
        rows = (await staffed.ada.get("/api/site-sessions")).json()["sessions"]
        states.append(next((row["state"] == "paused", row["paused"]) for row in rows if row["id"] == kept["id"]))
    assert states == [(True, False), (False, False)]
    store.remove(kept["id"])


async def test_one_that_is_handed_over_in_a_persons_tab_is_theirs_alone_and_named_after_their_browser(
    staffed: Staffed,
) -> None:
    running = staffed.running
    script = (await staffed.ben.post("/api/workers/credentials", json={"name": "Laptop", "sharing": "all"})).json()
    token = running.gateway.accounts.workers.of_browser(script["id"])
    async with connected(running, hello(running, token=token)) as tab:
        await tab.say(m.SessionGiven("arena-auth-prod-v1=base64-broken"))
        assert not (await tab.next(m.SessionKept)).kept
        await tab.say(m.SessionGiven(f"arena-auth-prod-v1={SESSION}"))
        answer = await tab.next(m.SessionKept)
    assert (answer.kept, "your own requests" in answer.words) == (True, True)
    (row,) = (await staffed.ben.get("/api/site-sessions")).json()["sessions"]
    assert (row["name"], row["owner"], row["sharing"]) == ("Laptop", "Ben", "owner")
    acts = (await staffed.ada.get("/api/audit", params={"action": "site_session.handed_over"})).json()["acts"]
    assert [(act["actor"], act["action"], act["target"]) for act in acts] == [
        ("Ben", "site_session.handed_over", "Laptop")
    ]
