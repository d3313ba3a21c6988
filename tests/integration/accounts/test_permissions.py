"""Who may use which route: the table holds every route, and every route keeps to the table."""

from starlette.routing import Route

from arenabridge.http import application
from arenabridge.http.api.permissions import PERMISSIONS
from arenabridge.http.api.routes import ROUTERS

WITHOUT_A_TABLE_ENTRY = {"HEAD"}
"""Starlette answers it wherever it answers GET."""


def routes() -> set[tuple[str, str]]:
    found = set()
    plain = application._routes()
    for route in [*plain, *(route for router in ROUTERS for route in router.routes)]:
        path = getattr(route, "path", "")
        methods = (getattr(route, "methods", None) or {"GET"}) if isinstance(route, Route) else {"WEBSOCKET"}
        found |= {(method, path) for method in methods - WITHOUT_A_TABLE_ENTRY}
    return found


def test_the_table_lists_every_route_and_nothing_else() -> None:
    assert routes() == set(PERMISSIONS)
