"""A job's files are brought by the worker that is to answer it, and by no other."""

import asyncio
import hashlib

import msgspec

from arenabridge.hub.hub import Hub
from arenabridge.wire.arena.site_model import Inputs
from arenabridge.wire.chat import Attachment, ChatRequest, Message
from arenabridge.wire.link import messages as m
from unit.hub.doubles import GPT, PlainSink, PlainWorker, make_hub, plain_worker

J1 = m.JobId("j1")
CAT = Attachment("cat.png", "image/png", b"\x89PNG", hashlib.sha256(b"\x89PNG").hexdigest())
ASK = ChatRequest(model="gpt", messages=(Message("user", "Who is it?", files=(CAT,)),))


async def asked() -> tuple[Hub, PlainSink]:
    hub, sink = make_hub(models=[msgspec.structs.replace(GPT, inputs=Inputs(image=True))]), PlainSink()
    hub.submit(J1, ASK, key="k", sink=sink)
    return hub, sink


async def uploading(hub: Hub, name: str) -> tuple[PlainWorker, m.JobId]:
    """The worker has the job, and has been asked for the first step of its file."""
    worker = plain_worker(name)
    hub.join(worker)
    hub.receive(worker, m.Accept(J1))
    await tasks_run()
    (errand,) = (message.errand for message in worker.heard if isinstance(message, m.RunErrand))
    return worker, errand


async def tasks_run() -> None:
    for _ in range(12):
        await asyncio.sleep(0)


async def test_a_worker_that_leaves_while_it_brings_files_leaves_nothing_behind() -> None:
    hub, sink = await asked()
    worker, _ = await uploading(hub, "w1")
    hub.leave(worker)
    await tasks_run()
    assert not hub._bringing
    assert hub.is_waiting(J1)
    assert sink.outcome is None


async def test_what_a_worker_had_begun_to_bring_can_not_fail_a_job_that_another_has_by_now() -> None:
    hub, sink = await asked()
    worker, errand = await uploading(hub, "w1")
    hub.receive(worker, m.Start(errand, 0, 0))
    hub.receive(worker, m.Head(job=errand, epoch=0, seq=1, status=401))
    hub.receive(worker, m.End(errand, 0, 2))  # the site refuses, and before that is dealt with
    hub.leave(worker)
    await uploading(hub, "w2")
    assert sink.outcome is None
    assert len(hub._bringing) == 1
    hub.abandon(J1)
    await tasks_run()
    assert not hub._bringing
