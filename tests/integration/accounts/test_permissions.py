"""Who may use which route: the table holds every route, and every route keeps to the table."""

import pytest
from starlette.routing import Route

from arenabridge.http import application
from arenabridge.http.api.access import ApiRoute
from arenabridge.http.api.permissions import PERMISSIONS, Needs
from arenabridge.http.api.routes import ROUTERS
from integration.accounts.conftest import Staffed

ANSWERED_BY_STARLETTE = {"HEAD"}
"""Wherever it answers GET."""


def routes() -> set[tuple[str, str]]:
    found = set()
    plain = application._routes()
    for route in [*plain, *(route for router in ROUTERS for route in router.routes)]:
        path = getattr(route, "path", "")
        methods = (getattr(route, "methods", None) or {"GET"}) if isinstance(route, Route) else {"WEBSOCKET"}
        found |= {(method, path) for method in methods - ANSWERED_BY_STARLETTE}
    return found


def test_the_table_lists_every_route_and_nothing_else() -> None:
    assert routes() == set(PERMISSIONS)


def test_every_route_of_the_api_asks_before_it_reads() -> None:
    assert [route for router in ROUTERS for route in router.routes if not isinstance(route, ApiRoute)] == []


def guarded(*needs: Needs) -> list[tuple[str, str]]:
    return sorted(
        (method, path)
        for (method, path), needed in PERMISSIONS.items()
        if needed in needs and path.startswith("/api/") and not path.startswith("/api/playground")
    )


async def test_a_route_keeps_to_the_table_whoever_asks(staffed: Staffed) -> None:
    """What is asked for need not exist: refusals come first."""
    plain = await staffed.key(staffed.ben)
    admin = await staffed.key(scopes=["admin"])
    async with staffed.program("") as nobody, staffed.program(plain["key"]) as program:
        for method, path in guarded(Needs.SIGNED_IN, Needs.ADMINISTRATOR):
            address = path.replace("{id}", "nobody")
            refused = await nobody.request(method, address)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "sign_in_required"), address
            refused = await program.request(method, address)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_permitted"), address
    for method, path in guarded(Needs.ADMINISTRATOR):
        refused = await staffed.ben.request(method, path.replace("{id}", "nobody"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_permitted"), path
    async with staffed.program(admin["key"]) as script:
        for path in ("/api/users", "/api/audit", "/api/tokens", "/api/invitations"):
            assert (await script.get(path)).status_code == 200


@pytest.mark.parametrize("headers", [{}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}])
async def test_a_cookie_changes_nothing_for_the_page_of_another_site(staffed: Staffed, headers: dict[str, str]) -> None:
    del staffed.ada.headers["sec-fetch-site"]
    for method, path in guarded(Needs.SIGNED_IN, Needs.ADMINISTRATOR):
        if method != "GET":
            refused = await staffed.ada.request(method, path.replace("{id}", "nobody"), headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin_not_allowed"), path


async def test_a_browser_that_knows_only_origins_is_let_in(staffed: Staffed) -> None:
    del staffed.ada.headers["sec-fetch-site"]
    made = await staffed.ada.post("/api/tokens", json={"name": "x"}, headers={"origin": staffed.running.base_url})
    assert made.status_code == 201


async def test_a_key_of_somebody_who_is_no_administrator_any_more_does_not_administer(staffed: Staffed) -> None:
    users = {user["name"]: user["id"] for user in (await staffed.ada.get("/api/users")).json()["users"]}
    await staffed.ada.patch(f"/api/users/{users['Ben']}", json={"role": "admin"})
    key = (await staffed.key(staffed.ben, scopes=["admin"]))["key"]
    async with staffed.program(key) as script:
        assert (await script.get("/api/users")).status_code == 200
        await staffed.ada.patch(f"/api/users/{users['Ben']}", json={"role": "user"})
        assert (await script.get("/api/users")).status_code == 403
        assert (await script.get("/v1/models")).status_code == 200
        await staffed.ada.patch(f"/api/users/{users['Ben']}", json={"disabled": True})
        assert (await script.get("/v1/models")).status_code == 401
