"""Idle tabs are loaded anew, and those that do something or wait for their person are not."""

from arenabridge.hub.workers.idle import IdleTabs
from arenabridge.wire.link import messages as m
from unit.hub.test_hub import J1, STOP, Scene


def test_a_tab_is_loaded_anew_when_it_was_idle_for_long_enough_and_again_only_after_as_long() -> None:
    scene = Scene()
    tabs = IdleTabs(scene.hub, 60)
    for now in (0, 59, 60, 61, 119, 120):
        tabs.tick(now)
    assert scene.told() == ["reload", "reload"]


def test_a_job_is_not_disturbed_and_its_end_is_when_idleness_begins() -> None:
    scene = Scene()
    tabs = IdleTabs(scene.hub, 60)
    scene.ask(J1)
    scene.answering()
    for now in (0, 100):
        tabs.tick(now)
    scene.chunks('a0:"Hi"\n', STOP)
    scene.says(m.End(J1, 1, 4))
    for now in (101, 160):
        tabs.tick(now)
    assert "reload" not in scene.told()
    tabs.tick(161)
    assert scene.told()[-1] == "reload"


def test_while_the_site_wants_its_person_the_page_stays() -> None:
    scene = Scene()
    tabs = IdleTabs(scene.hub, 60)
    tabs.tick(0)
    scene.says(m.State(visible=True, human=m.Human(kind="check", words="Are you human?")))
    tabs.tick(100)
    assert scene.told() == []
