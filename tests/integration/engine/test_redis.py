"""What several replicas have of each other through a server."""

from arenabridge.engine.interface import Heard
from integration.engine.replicas import Fleet


async def test_first(fleet: Fleet) -> None:
    a = await fleet.joins()
    b = await fleet.joins()
    a.submits("j1", "j2")
    assert await a.claims(1) == ["j1"]
    assert await b.claims(5) == ["j2"]
    for n in range(10000):
        a.engine.send(b.engine.me, b"%d" % n)
    await b.until(lambda: sum(len(e.frames) for e in b.all_heard(Heard)) == 10000)
