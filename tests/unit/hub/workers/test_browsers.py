"""What the person wants of their browsers: a name, a rest, to leave."""

import json
from pathlib import Path

import pytest

from arenabridge.errors import WorkersPaused
from arenabridge.hub.workers.browsers import MAX_BROWSERS, Browser, Browsers
from arenabridge.hub.workers.browsers_file import FILE_NAME, BrowsersFile
from arenabridge.wire.link import messages as m
from unit.hub.doubles import plain_worker
from unit.hub.test_hub import J1, J2, STOP, Scene


def test_what_was_said_is_kept_and_what_is_as_by_default_is_not() -> None:
    kept: list[list[Browser]] = []
    browsers = Browsers(keep=kept.append)
    browsers.rename("home", "Chrome at home")
    browsers.pause("home", paused=True)
    assert kept[-1] == [Browser(id="home", name="Chrome at home", paused=True)]
    browsers.pause("home", paused=False)
    browsers.rename("home", "")
    assert kept[-1] == []


def test_no_more_browsers_are_remembered_than_the_bound() -> None:
    browsers = Browsers()
    for number in range(MAX_BROWSERS + 1):
        browsers.rename(str(number), "named")
    assert (browsers.get("0").name, browsers.get("1").name) == ("", "named")


def test_the_file_gives_back_what_it_was_given(tmp_path: Path) -> None:
    said = [Browser(id="a https://x.example", name="<b>", paused=True)]
    BrowsersFile(tmp_path).save(said)
    assert BrowsersFile(tmp_path).load() == said


@pytest.mark.parametrize("content", ["", "{", json.dumps({"id": 1})])
def test_a_file_that_makes_no_sense_is_as_good_as_absent(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content, encoding="utf-8")
    assert BrowsersFile(tmp_path).load() == []
    assert BrowsersFile(tmp_path / "nowhere").load() == []


def test_clients_are_told_that_all_is_paused() -> None:
    assert (WorkersPaused.status, WorkersPaused.code) == (503, "workers_paused")


def test_a_paused_browser_gets_nothing_new_finishes_what_it_runs_and_goes_on_when_resumed() -> None:
    scene = Scene(slots=2)
    running = scene.ask(J1)
    scene.answering()
    scene.hub.roster.pause(scene.tab.state.worker, paused=True)
    waiting = scene.ask(J2)
    assert scene.told() == ["offer", "go"]
    scene.chunks('a0:"Hi"\n', STOP)
    scene.says(m.End(J1, 1, 4))
    assert (running.outcome, scene.hub.waiting) == ("stop", 1)
    scene.hub.roster.pause(scene.tab.state.worker, paused=False)
    assert "offer" in scene.told()
    assert waiting.outcome is None


def test_who_waits_in_vain_for_paused_browsers_is_told_so() -> None:
    scene = Scene()
    scene.hub.roster.pause(scene.tab.state.worker, paused=True)
    sink = scene.ask()
    scene.clock.now += 1000
    scene.hub.tick()
    assert sink.outcome == "workers_paused"


def test_another_tab_of_the_browser_and_its_next_connection_are_paused_and_named_too() -> None:
    scene, later = Scene(), plain_worker("w2")
    scene.hub.roster.pause(scene.tab.state.worker, paused=True)
    scene.hub.roster.rename(scene.tab.state.worker, "Chrome at home")
    scene.hub.join(later)
    assert (later.state.paused, later.state.name) == (True, "Chrome at home")


def test_a_tab_that_is_drained_leaves_when_it_has_finished_and_is_not_taken_again() -> None:
    scene = Scene()
    scene.tab.state.page = "page"
    sink = scene.ask()
    scene.answering()
    scene.hub.roster.drain(scene.tab.state.worker)
    scene.hub.tick()
    assert (scene.tab.closed, scene.hub.roster.was_sent_away("page")) == ([], False)
    scene.chunks('a0:"Hi"\n', STOP)
    scene.says(m.End(J1, 1, 4))
    scene.hub.tick()
    assert sink.outcome == "stop"
    assert len(scene.tab.closed) == 1
    assert scene.hub.roster.was_sent_away("page")


def test_the_last_failure_is_kept_with_its_words_and_time() -> None:
    scene = Scene()
    scene.ask()
    scene.says(m.Accept(J1), m.Start(J1, 1, 0))
    scene.says(m.Failed(job=J1, epoch=1, seq=1, kind="network", started=True))
    failure = scene.tab.state.failure
    assert failure is not None
    assert (failure.code, failure.at) == ("worker_lost", 1_700_000_000)
