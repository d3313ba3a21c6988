"""A person's own session, used without a tab, against the simulated site."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from openai import APIStatusError, AsyncOpenAI

from arenabridge.app import Running, running_gateway
from arenabridge.app.alerting import facts_of
from arenabridge.http.monitoring.worker_facts import condition_of
from arenabridge.settings import Settings
from arenabridge.simulator.faults import Fault
from arenabridge.simulator.settings import SiteSettings
from arenabridge.simulator.site import Site
from arenabridge.simulator.visitors import Visit
from integration.gateway.worker_double import page_with_models, until
from unit.importing.folders import session_token

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Bridge:
    """A site, a gateway with one session of a person of that site, and a client."""

    site: Site
    running: Running
    visit: Visit
    openai: AsyncOpenAI

    async def say(self, prompt: str, **options: object) -> str:
        answer = await self.openai.chat.completions.create(
            model=self.model(),
            messages=[{"role": "user", "content": prompt}],
            **options,  # type: ignore[call-overload] # test
        )
        return answer.choices[0].message.content or ""

    def model(self, modality: str = "chat") -> str:
        catalogue = self.running.gateway.models.catalogue
        return next(each.name for each in catalogue if each.model.modality == modality)

    @property
    def direct(self):  # type: ignore[no-untyped-def] # noqa: ANN201 - one of the worker's fields is looked at
        return next(each for each in self.running.gateway.hub.workers if each.transport == "session")

    async def fails(self, prompt: str = "Hello") -> str:
        with pytest.raises(APIStatusError) as failed:
            await self.say(prompt)
        return str(failed.value.code)


def files_with(folder: Path, secret: str) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


@asynccontextmanager
async def bridge(data_dir: Path, settings: SiteSettings | None = None, *, life: int = 3600) -> AsyncIterator[Bridge]:
    site = Site(settings or SiteSettings(check="ignore"))
    async with site.serving() as served:
        wanted = Settings(data_dir=data_dir, port=0, site_origins=(served.url,), max_wait_seconds=2)
        visit = site.visitors.sign_in(life)
        async with (
            running_gateway(wanted, environment={}) as running,
            AsyncOpenAI(
                base_url=f"{running.base_url}/v1", api_key=running.first_key or "", max_retries=0, timeout=20
            ) as openai,
        ):
            running.gateway.accounts.site_sessions.add("mine", visit.cookie, None)
            running.gateway.direct.changed()
            await until(lambda: running.gateway.hub.workers and len(running.gateway.models.catalogue))
            yield Bridge(site, running, visit, openai)
    assert not site.failures


async def test_chats_and_goes_on_with_them_in_the_persons_own_session(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        assert await whole.say("SAY<<Hello, 世界>>") == "Hello, 世界"
        turns = [
            {"role": "user", "content": "SAY<<one>>"},
            {"role": "assistant", "content": "one"},
            {"role": "user", "content": "SAY<<two>>"},
        ]
        for upto in (1, 3):
            answer = await whole.openai.chat.completions.create(model=whole.model(), messages=turns[:upto])  # type: ignore[arg-type] # dicts
            assert answer.choices[0].message.content == turns[upto - 1]["content"][5:-2]
        calls = whole.site.audit.calls("post-to-evaluation")
        assert len(calls) == 1
        assert calls[0].cookies == {"arena-auth-prod-v1": whole.visit.cookie}
        assert "arenabridge/" in calls[0].headers["user-agent"]


async def test_a_picture_goes_up_as_the_sites_own_page_sends_it_and_one_comes_back(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        uri = "data:image/png;base64," + base64.b64encode(PNG).decode()
        content = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": uri}}]
        vision = next(
            each.name
            for each in whole.running.gateway.models.catalogue
            if each.model.inputs.image and each.model.modality == "chat"
        )
        answer = await whole.openai.chat.completions.create(
            model=vision,
            messages=[{"role": "user", "content": content}],  # type: ignore[list-item,misc] # dicts
        )
        assert "image/png" in (answer.choices[0].message.content or "")
        whole.site.settings.deployment += 1
        answer = await whole.openai.chat.completions.create(
            model=vision,
            messages=[{"role": "user", "content": [*content, {"type": "text", "text": "again"}]}],  # type: ignore[list-item,misc] # dicts
        )
        assert answer.choices
        made = await whole.openai.images.generate(
            model=whole.model("image"), prompt="a cat", response_format="b64_json"
        )
        assert made.data
        assert base64.b64decode(made.data[0].b64_json or "")[:4] == b"\x89PNG"


async def test_an_ended_session_is_renewed_as_the_site_does_it_and_kept_encrypted(tmp_path: Path) -> None:
    async with bridge(tmp_path, life=-10) as whole:
        store = whole.running.gateway.accounts.site_sessions
        await until(lambda: store.all()[0].renewed_at)
        assert await whole.say("SAY<<renewed>>") == "renewed"
        renewed = store.secret_of(store.all()[0].id)
        assert (renewed.user, renewed.value != whole.visit.cookie) == (whole.visit.user_id, True)
        token = json.loads(base64.b64decode(renewed.value[7:] + "==="))["access_token"]
        assert not files_with(tmp_path, token)


async def test_a_session_that_the_site_does_not_know_any_more_needs_its_person_and_no_other_is_taken(
    tmp_path: Path,
) -> None:
    async with bridge(tmp_path) as whole:
        whole.site.visitors.clear()
        assert await whole.fails() == "login_required"
        await until(lambda: whole.direct.human is not None)
        store = whole.running.gateway.accounts.site_sessions
        assert store.secret_of(store.all()[0].id).user == whole.visit.user_id


async def test_where_the_site_wants_its_pages_check_the_person_is_told_to_use_a_tab(tmp_path: Path) -> None:
    async with bridge(tmp_path, SiteSettings(check="required")) as whole:
        with pytest.raises(APIStatusError, match="use a tab with the userscript instead"):
            await whole.say("Hello")
        assert len(whole.site.audit.calls("create-evaluation")) == 1


async def test_a_challenge_is_waited_out_and_a_limit_of_the_site_told_with_its_time(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        whole.site.faults.add(Fault("rate_limited", retry_after="17"))
        with pytest.raises(APIStatusError) as limited:
            await whole.say("Hello")
        assert (limited.value.status_code, limited.value.response.headers["retry-after"]) == (429, "17")
        other = [each.name for each in whole.running.gateway.models.catalogue if each.model.modality == "chat"][1]
        whole.site.faults.add(Fault("challenge", calls=("create-evaluation", "page"), times=2))
        with pytest.raises(APIStatusError) as challenged:
            await whole.openai.chat.completions.create(model=other, messages=[{"role": "user", "content": "Hello"}])
        assert challenged.value.code == "human_verification_required"


async def test_a_client_that_goes_ends_the_call_at_the_site(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        whole.site.settings.record_delay_seconds = 0.05
        stream = await whole.openai.chat.completions.create(
            model=whole.model(), messages=[{"role": "user", "content": "LENGTH<<5000>>"}], stream=True
        )
        async for _ in stream:
            break
        await stream.close()
        await until(lambda: whole.site.audit.calls("create-evaluation")[0].disconnected_at is not None)


async def test_a_look_at_the_workers_credentials_leaves_a_session_and_its_answer_alone(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        whole.site.settings.record_delay_seconds = 0.02
        before, gateway = whole.direct, whole.running.gateway
        stream = await whole.openai.chat.completions.create(
            model=whole.model(), messages=[{"role": "user", "content": "LENGTH<<500>>"}], stream=True
        )
        await anext(aiter(stream))
        await gateway.link_policy.peers.refresh(gateway.hub.roster)
        gateway.direct.changed()
        finish = [part.choices[0].finish_reason async for part in stream if part.choices]
        assert finish[-1] == "stop"
        assert whole.direct is before
        assert not before.is_barred


async def test_a_site_that_never_answers_keeps_no_session_from_being_looked_after(tmp_path: Path) -> None:
    async with bridge(tmp_path, life=100) as whole:
        store, direct = whole.running.gateway.accounts.site_sessions, whole.running.gateway.direct
        whole.site.audit.clear()
        whole.site.faults.add(Fault("hang_before_head", calls=("page",), times=None))
        direct.changed()
        await until(lambda: whole.site.audit.calls("page"))
        (kept,) = store.all()
        store.change(kept.id, name=kept.name, sharing=kept.sharing, paused=True)
        direct.changed()
        await until(lambda: not whole.running.gateway.hub.workers)
        assert len(whole.site.audit.calls("page")) == 1


async def test_a_person_who_is_disabled_lends_their_account_no_longer(tmp_path: Path) -> None:
    async with bridge(tmp_path) as whole:
        gateway = whole.running.gateway
        people, store = gateway.accounts.people, gateway.accounts.site_sessions
        gone = people.add("gone", None, "user", "no password")
        (gateways,) = store.all()
        store.remove(gateways.id)
        theirs = store.add("theirs", whole.visit.cookie, gone.id, "all")
        gateway.direct.changed()
        await until(lambda: gateway.direct.state_of(theirs.id))
        people.set_disabled(gone.id, disabled=True)
        gateway.direct.changed()
        await until(lambda: not gateway.hub.workers)
        people.set_disabled(gone.id, disabled=False)
        gateway.direct.changed()
        await until(lambda: gateway.direct.state_of(theirs.id))


async def test_a_site_that_can_t_be_reached_is_told_as_that_and_wants_nobody(tmp_path: Path) -> None:
    wanted = Settings(data_dir=tmp_path, port=0, site_origins=("http://127.0.0.1:9",), max_wait_seconds=0.2)
    async with running_gateway(wanted, environment={}) as running:
        gateway = running.gateway
        gateway.models.read_page("", page_with_models("gpt"))
        gateway.accounts.site_sessions.add("mine", session_token(), None)
        gateway.direct.changed()
        await until(lambda: any(worker.human for worker in gateway.hub.workers))
        async with AsyncOpenAI(base_url=f"{running.base_url}/v1", api_key=running.first_key, max_retries=0) as openai:
            with pytest.raises(APIStatusError, match="direct session 'mine' can't reach the site") as failed:
                await openai.chat.completions.create(model="gpt", messages=[{"role": "user", "content": "Hello"}])
        assert (failed.value.status_code, failed.value.code) == (503, "site_unreachable")
        assert facts_of(gateway, ()).needs == ()
        (worker,) = gateway.hub.workers
        assert condition_of(worker, 0) == "unreachable"


async def test_where_nobody_serves_a_paused_session_is_named_with_what_to_do(tmp_path: Path) -> None:
    wanted = Settings(data_dir=tmp_path, port=0, site_origins=("http://127.0.0.1:9",))
    async with running_gateway(wanted, environment={}) as running:
        store, direct = running.gateway.accounts.site_sessions, running.gateway.direct
        kept = store.add("mine", session_token(), None)
        store.change(kept.id, name="mine", sharing="owner", paused=True)
        direct.changed()
        await until(direct.what_would_help)
        async with AsyncOpenAI(base_url=f"{running.base_url}/v1", api_key=running.first_key, max_retries=0) as openai:
            with pytest.raises(APIStatusError, match=r"is paused \('mine'\).*arenabridge sessions resume") as failed:
                await openai.images.generate(prompt="a cat")
        assert failed.value.code == "no_worker_connected"
