"""Sessions at the site, over the API: everybody sees and changes their own alone, and nobody the secret."""

from arenabridge.simulator.visitors import Visitors
from integration.accounts.conftest import Staffed

SESSION = Visitors().sign_in(3600).cookie


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
