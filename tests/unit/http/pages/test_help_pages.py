"""A page for every error."""

from arenabridge.errors import GatewayError
from arenabridge.http.pages.help_pages import topics


def kinds(of: type[GatewayError] = GatewayError) -> list[type[GatewayError]]:
    return [kind for child in of.__subclasses__() for kind in (kinds(child) or [child])]


def test_every_error_has_a_page() -> None:
    reported: list[type[GatewayError]] = [*kinds(), GatewayError]
    assert {(kind.code, str(kind.status)) for kind in reported} == {
        (topic.code, topic.status) for topic in topics().values()
    }
    assert all(topic.advice.endswith(".") for topic in topics().values())
