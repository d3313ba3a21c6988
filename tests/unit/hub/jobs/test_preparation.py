"""How a job's files get to the site, against a worker that answers as a test says."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from arenabridge.errors import LoginRequired, UploadFailed
from arenabridge.hub.jobs.preparation import TRIES, Preparation
from arenabridge.hub.workers.errands import ErrandAnswer, ErrandFailed, Errands, WorkerGone
from arenabridge.wire.link import messages as m
from arenabridge.wire.step import CallAction, Errand, HoldFile, PutFile
from unit.hub.upload_double import CAT, NOW, SIGNED, as_the_site

TAB = m.WorkerId("tab")


@dataclass
class Tab(Errands):
    """Answers errands at once, by a rule of the test."""

    rule: Callable[[Errand], ErrandAnswer] = as_the_site
    done: list[Errand] = field(default_factory=list)

    async def run(
        self, worker: m.WorkerId, step: Errand, *, seconds: float, content: bytes | None = None, id_: str = ""
    ) -> ErrandAnswer:
        assert worker == TAB
        assert seconds > 0
        assert isinstance(step, PutFile | HoldFile) == (content is not None)
        assert id_ or not isinstance(step, HoldFile)
        self.done.append(step)
        return self.rule(step)

    def names(self) -> list[str]:
        return [step.name if isinstance(step, CallAction) else type(step).__name__ for step in self.done]


@dataclass
class Scene:
    tab: Tab = field(default_factory=Tab)
    now: float = NOW
    pauses: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.preparation = Preparation(self.tab, unix=lambda: self.now, pause=self.pause)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


async def test_a_file_is_uploaded_the_way_the_sites_page_does_it() -> None:
    scene = Scene()
    (uploaded,) = await scene.preparation.upload(TAB, "home", [CAT])
    assert scene.tab.names() == ["generateUploadUrl", "PutFile", "getSignedUrl"]
    assert (uploaded.name, uploaded.content_type, uploaded.url) == ("u/1-cat.png", "image/png", SIGNED)


async def test_a_file_is_not_uploaded_again_while_its_address_lives_but_for_each_account() -> None:
    scene = Scene()
    await scene.preparation.upload(TAB, "home", [CAT, CAT])
    assert len(scene.tab.done) == 3
    await scene.preparation.upload(TAB, "work", [CAT])
    assert len(scene.tab.done) == 6
    scene.now += 3600
    await scene.preparation.upload(TAB, "home", [CAT])
    assert len(scene.tab.done) == 9


async def test_a_browser_that_may_have_another_account_uploads_anew() -> None:
    scene = Scene()
    for profile in ("home", "work"):
        await scene.preparation.upload(TAB, profile, [CAT])
    scene.preparation.forget("home")
    await scene.preparation.upload(TAB, "work", [CAT])
    assert len(scene.tab.done) == 6
    await scene.preparation.upload(TAB, "home", [CAT])
    assert len(scene.tab.done) == 9


async def test_what_was_being_uploaded_when_the_account_changed_is_not_remembered() -> None:
    scene = Scene()

    def sign_in(step: Errand) -> ErrandAnswer:
        if isinstance(step, PutFile):
            scene.preparation.forget("home")
        return as_the_site(step)

    scene.tab.rule = sign_in
    for times in (1, 2):
        await scene.preparation.upload(TAB, "home", [CAT])
        assert len(scene.tab.done) == 3 * times


async def test_another_browsers_page_that_loads_meanwhile_makes_nothing_be_uploaded_again() -> None:
    scene = Scene()

    def another_joins(step: Errand) -> ErrandAnswer:
        scene.preparation.forget("work")
        return as_the_site(step)

    scene.tab.rule = another_joins
    await scene.preparation.upload(TAB, "home", [CAT, CAT])
    assert len(scene.tab.done) == 3


async def test_a_step_that_fails_is_tried_again_with_longer_and_longer_pauses() -> None:
    scene, left = Scene(), [ErrandAnswer(503, {}, ("busy",)), ErrandAnswer(200, {}, ("no rows",))]
    scene.tab.rule = lambda step: left.pop() if left else as_the_site(step)
    await scene.preparation.upload(TAB, "home", [CAT])
    assert scene.pauses == [0.5, 1.0]
    assert scene.preparation.failures == {"upload": 2}


async def test_what_fails_every_time_is_said_with_the_files_name() -> None:
    scene = Scene()

    def storage_fails(step: Errand) -> ErrandAnswer:
        return ErrandAnswer(403, {}, ()) if isinstance(step, PutFile) else as_the_site(step)

    scene.tab.rule = storage_fails
    with pytest.raises(UploadFailed, match=r"cat.png.*storage answered 403"):
        await scene.preparation.upload(TAB, "home", [CAT])
    assert scene.preparation.failures["upload"] == TRIES


async def test_a_clear_refusal_is_passed_on_and_not_tried_again() -> None:
    scene = Scene()
    scene.tab.rule = lambda _: ErrandAnswer(
        401, {"content-type": "application/json"}, ('{"message":"User not found"}',)
    )
    with pytest.raises(LoginRequired):
        await scene.preparation.upload(TAB, "home", [CAT])
    assert len(scene.tab.done) == 1


async def test_a_worker_that_leaves_is_no_failure_of_the_upload() -> None:
    scene = Scene()

    def leave(_: Errand) -> ErrandAnswer:
        raise WorkerGone

    scene.tab.rule = leave
    with pytest.raises(WorkerGone):
        await scene.preparation.upload(TAB, "home", [CAT])
    assert not scene.preparation.failures


async def test_for_the_page_the_worker_holds_each_file_under_an_id_of_its_own() -> None:
    scene = Scene()
    held = await scene.preparation.hold(TAB, m.JobId("j"), [CAT, CAT])
    assert len(set(held)) == 2
    assert scene.tab.done[0] == HoldFile(job="j", name="cat.png", media_type="image/png", size=len(CAT.content))

    def refuse(_: Errand) -> ErrandAnswer:
        raise ErrandFailed("too_much", "it holds too much already")

    scene.tab.rule = refuse
    with pytest.raises(UploadFailed, match=r"cat\.png"):
        await scene.preparation.hold(TAB, m.JobId("j"), [CAT])
