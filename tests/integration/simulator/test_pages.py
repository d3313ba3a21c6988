"""The pages: well-formed flight data in every variant, policies, scripts, actions."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import pytest

from arenabridge.simulator.settings import PageVariant

if TYPE_CHECKING:
    from arenabridge.simulator import Site
    from integration.simulator.caller import Caller

VARIANTS: tuple[PageVariant, ...] = get_args(PageVariant)
WITHOUT_MODELS = ("no_models", "rerender_only")


def rows_of(flight: str) -> dict[str, Any]:
    """A strict reader of flight rows: JSON rows end with LF, text rows have a length in bytes, modules begin with I."""
    rest, rows = flight.encode(), dict[str, Any]()
    while rest:
        number, _, rest = rest.partition(b":")
        assert re.fullmatch(rb"[0-9a-f]+", number)
        if rest.startswith(b"T"):
            length, _, rest = rest[1:].partition(b",")
            value, rest = rest[: int(length, 16)].decode(), rest[int(length, 16) :]
        else:
            line, _, rest = rest.partition(b"\n")
            value = json.loads(line.removeprefix(b"I"))
        assert number.decode() not in rows
        rows[number.decode()] = value
    return rows


def pushes_of(html: str) -> list[str]:
    found = re.findall(r"<script>self\.__next_f\.push\((.*?)\)</script>", html, re.DOTALL)
    return [json.loads(push)[1] for push in found]


def models_in(rows: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("initialModels", "initialState") and isinstance(inner, list):
                    found.extend(inner)
                else:
                    look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(list(rows.values()))
    return found


@pytest.mark.parametrize("path", ["/", "/?mode=direct", "/?mode=direct&chat-modality=image", "/leaderboard"])
async def test_every_page_carries_the_models_in_dozens_of_inline_scripts(caller: Caller, site: Site, path: str) -> None:
    site.settings.page_filler_bytes = 60_000
    html = (await caller.http.get(path)).text
    assert "<title>LMArena</title>" in html
    assert html.index("(self.__next_f=self.__next_f||[]).push([0])") < html.index("self.__next_f.push([1,")
    assert len(pushes_of(html)) >= 24
    assert [model["id"] for model in models_in(rows_of("".join(pushes_of(html))))] == [
        each.id for each in site.catalogue
    ]


@pytest.mark.parametrize("variant", [each for each in VARIANTS if each not in WITHOUT_MODELS])
async def test_every_variant_is_well_formed_and_lists_the_whole_catalogue(
    caller: Caller, site: Site, variant: PageVariant
) -> None:
    site.settings.page_variant = variant
    pushes = pushes_of((await caller.http.get("/")).text)
    models = models_in(rows_of("".join(pushes)))
    assert [model["id"] for model in models] == [each.id for each in site.catalogue]
    assert len({model["id"] for model in models}) == len(models) > 0


async def test_the_variants_are_what_they_are_called(caller: Caller, site: Site) -> None:
    seen = dict[str, tuple[str, list[str], list[dict[str, Any]]]]()
    for variant in VARIANTS:
        site.settings.page_variant = variant
        html = (await caller.http.get("/")).text
        pushes = pushes_of(html)
        seen[variant] = html, pushes, models_in(rows_of("".join(pushes)))
    assert sum("initialModels" in push for push in seen["one_push"][1]) == 1
    assert not any("initialModels" in push for push in seen["split_pushes"][1])
    assert any(push.endswith("\\") for push in seen["split_pushes"][1])
    assert "initialModels" not in seen["initial_state"][0]
    assert any("</script>" in model["publicName"] for model in seen["odd_names"][2])
    names = [model["publicName"] for model in seen["duplicates"][2]]
    assert len(set(names)) < len(names) / 1.9
    assert not any("organization" in model for model in seen["stealth"][2])
    assert not any(next(iter(model)) == "id" for model in seen["id_not_first"][2])
    assert seen["no_models"][2] == seen["rerender_only"][2] == []
    assert "Application error" in seen["no_models"][0]


async def test_a_model_object_has_its_keys_in_the_sites_order(caller: Caller) -> None:
    models = models_in(rows_of("".join(pushes_of((await caller.http.get("/")).text))))
    kinds = {tuple(model) for model in models}
    full = ("id", "organization", "provider", "publicName", "name", "capabilities", "rank", "rankByModality")
    assert full in kinds
    assert ("id", "publicName", "capabilities", "rankByModality") in kinds
    assert ("id", "publicName", "capabilities", "rank", "rankByModality") in kinds


async def test_the_catalogue_can_be_of_any_size(caller: Caller, site: Site) -> None:
    site.settings.catalogue_size = 320
    models = models_in(rows_of("".join(pushes_of((await caller.http.get("/")).text))))
    assert len({model["id"] for model in models}) == 320
    assert all(model["organization"] for model in models)
    assert len({model["publicName"] for model in models}) == 300
    assert len({(model["publicName"], model["organization"]) for model in models}) == 310


async def test_a_conversations_page_carries_the_conversation(caller: Caller) -> None:
    await caller.say("SAY<<one>>")
    rows = rows_of("".join(pushes_of((await caller.http.get(f"/c/{caller.session}")).text)))
    state = rows["6"][3]["initialState"]
    assert state["id"] == caller.session
    assert [message["content"] for message in state["messages"]] == ["SAY<<one>>", "one"]
    assert models_in(rows)


async def test_policies_are_reported_or_enforced(caller: Caller, site: Site) -> None:
    captured = await caller.http.get("/")
    assert captured.headers["content-security-policy"].startswith("frame-ancestors ")
    assert "connect-src" in captured.headers["content-security-policy-report-only"]
    site.settings.csp = "enforced"
    enforced = await caller.http.get("/")
    assert "connect-src 'self';" in enforced.headers["content-security-policy"]


async def test_the_chunks_tell_the_ids_of_the_server_actions(caller: Caller) -> None:
    html = (await caller.http.get("/")).text
    texts = [(await caller.http.get(path)).text for path in re.findall(r'src="(/_next/static/chunks/[^"]+)"', html)]
    pattern = r'createServerReference\)\("([0-9a-f]{42})",\w+\.callServer,void 0,\w+\.findSourceMapURL,"(\w+)"\)'
    found = dict(pair[::-1] for text in texts for pair in re.findall(pattern, text))
    assert {"generateUploadUrl", "getSignedUrl"} <= set(found)


async def history(caller: Caller, action: str | None = None) -> tuple[int, str, dict[str, str]]:
    html = (await caller.http.get("/")).text
    known = re.search(r'data-history-action="(\w+)"', html)
    assert known is not None
    answer = await caller.http.post("/", content=b"[null]", headers={"next-action": action or known[1]})
    return answer.status_code, answer.text, dict(answer.headers)


async def test_the_history_action_lists_the_visitors_conversations(caller: Caller) -> None:
    await caller.say("SAY<<" + "x" * 200 + ">>")
    _, text, headers = await history(caller)
    [listed] = rows_of(text)["1"]["data"]["history"]
    assert headers["content-type"].startswith("text/x-component")
    assert headers["x-action-revalidated"] == "[[],0,0]"
    assert (listed["id"], listed["mode"], len(listed["title"])) == (caller.session, "direct", 100)


async def test_an_action_may_answer_with_the_whole_page_around_its_result(caller: Caller, site: Site) -> None:
    site.settings.page_variant = "rerender_only"
    _, text, headers = await history(caller)
    rows = rows_of(text)
    assert rows[rows["0"]["a"].removeprefix("$@")]["success"] is True
    assert rows["0"]["a"] != "$@1"
    assert headers["x-action-revalidated"] == "[[],0,1]"
    assert len(models_in(rows)) == len(site.catalogue)


async def test_a_stale_action_is_not_found(caller: Caller) -> None:
    status, text, _ = await history(caller, "0" * 42)
    assert (status, text) == (404, "Server action not found.")


async def test_some_paths_are_elsewhere_or_nowhere(caller: Caller) -> None:
    assert (await caller.http.get("/terms-of-use")).headers["location"].startswith("https://help.lmarena.ai/articles/")
    assert (await caller.http.get("/nowhere")).status_code == 404
    assert (await caller.http.get("/_next/static/chunks/nothing.js")).status_code == 404


def test_settings_can_be_copied(site: Site) -> None:
    """A stream takes the settings of its beginning, by a copy."""
    assert replace(site.settings) == site.settings
