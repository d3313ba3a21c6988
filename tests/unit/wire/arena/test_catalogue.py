"""The catalogue: every model under a name of its own, however the page orders them."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from arenabridge.errors import UnknownModel
from arenabridge.wire.arena.catalogue import Catalogue, read_catalogue
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel, read_model

TEXT, WEB, VIDEO = Outputs(text=True), Outputs(web=True), Outputs(video=True)


def model(id: str, public_name: str = "m", outputs: Outputs = TEXT, **more: Any) -> SiteModel:
    return SiteModel(id=id, public_name=public_name, outputs=outputs, **({"organization": "o"} | more))


def names(*models: SiteModel) -> dict[str, str]:
    return {entry.model.id: entry.name for entry in Catalogue(models)}


def capabilities(**gives: Any) -> dict[str, Any]:
    return {"id": "1", "publicName": "m", "capabilities": {"outputCapabilities": gives}}


@pytest.mark.parametrize(
    ("gives", "modality"),
    [
        ({"text": True}, "chat"),
        ({"text": True, "web": True}, "chat"),
        ({"image": {"aspectRatios": ["1:1"]}, "text": True}, "image"),
        ({"search": True, "text": True}, "search"),
        ({"web": True}, "webdev"),
        ({"video": True}, "video"),
        ({}, "chat"),
        ({"video": False}, "chat"),
    ],
)
def test_what_to_ask_a_model_for(gives: dict[str, Any], modality: str) -> None:
    read = read_model(capabilities(**gives))
    assert read is not None
    assert read.modality == modality


def test_a_whole_model() -> None:
    described = {
        "id": "1",
        "organization": "google",
        "provider": "google-genai",
        "publicName": "banana (nano)",
        "name": "banana",
        "capabilities": {
            "inputCapabilities": {"text": True, "image": {"requiresUpload": True, "multipleImages": True}},
            "outputCapabilities": {"image": {"aspectRatios": ["1:1", "3:2"]}},
        },
        "rank": 2,
        "rankByModality": {"image": 2, "chat": 9007199254740991},
    }
    assert read_model(described) == SiteModel(
        id="1",
        public_name="banana (nano)",
        name="banana",
        organization="google",
        provider="google-genai",
        inputs=Inputs(text=True, image=True, requires_upload=True, multiple_images=True),
        outputs=Outputs(image=True, aspect_ratios=("1:1", "3:2")),
        rank=2,
        rank_by_modality={"image": 2},
    )


def test_a_stealth_model_is_not_listed() -> None:
    stealth = read_model({"id": "1", "publicName": "anonymous-1111", "rank": 9007199254740991})
    assert stealth == SiteModel(id="1", public_name="anonymous-1111")
    assert not stealth.is_listed


@pytest.mark.parametrize(
    "odd",
    [
        {"organization": "$undefined", "rank": "$undefined"},
        {"organization": 7, "rank": True, "name": ""},
        {"capabilities": "$12:props", "rankByModality": [1]},
        {"capabilities": {"inputCapabilities": [], "outputCapabilities": {"image": {"aspectRatios": 7}}, "x": 1}},
    ],
)
def test_an_odd_detail_is_as_good_as_none(odd: dict[str, Any]) -> None:
    read = read_model({"id": "1", "publicName": "m", **odd})
    assert read is not None
    assert (read.organization, read.name, read.rank, read.rank_by_modality) == (None, None, None, {})


def test_what_is_no_model_is_skipped_and_counted() -> None:
    listed = [{"id": "1", "publicName": "one"}, {"id": "2"}, "text", {"publicName": ""}, {"publicName": "x", "id": 3}]
    catalogue = read_catalogue('6:{"initialModels":' + json.dumps(listed) + "}")
    assert ([entry.name for entry in catalogue], catalogue.skipped) == (["one"], 4)


def test_a_page_without_models_is_an_empty_catalogue() -> None:
    assert len(read_catalogue("<html>")) == 0


def test_a_name_of_one_s_own_is_left_alone() -> None:
    assert names(model("1", "gpt (new)"), model("2", "gpt")) == {"1": "gpt (new)", "2": "gpt"}


def test_the_text_model_keeps_the_bare_name() -> None:
    assert names(model("1", outputs=WEB), model("2")) == {"1": "m (webdev)", "2": "m"}


def test_what_needs_no_picture_keeps_the_bare_name() -> None:
    assert names(model("1", outputs=VIDEO, inputs=Inputs(image=True)), model("2", outputs=VIDEO)) == {
        "1": "m (image-to-video)",
        "2": "m",
    }


@pytest.mark.parametrize(
    ("twins", "expected"),
    [
        ([model("1"), model("2", name="m-code")], {"1": "m", "2": "m (m-code)"}),
        ([model("a-11111111"), model("a-22222222")], {"a-11111111": "m", "a-22222222": "m (22222222)"}),
        ([model("a-11111111"), model("b-11111111")], {"a-11111111": "m", "b-11111111": "m (b-11111111)"}),
    ],
)
def test_twins_that_differ_in_little(twins: list[SiteModel], expected: dict[str, str]) -> None:
    """Each gets the most telling of the things that set it apart, its id if there is nothing else."""
    assert names(*twins) == expected


def test_a_name_that_looks_like_ours_belongs_to_its_model() -> None:
    assert names(model("1"), model("2", outputs=WEB), model("3", "m (webdev)")) == {
        "1": "m",
        "2": "m (text-to-webdev)",
        "3": "m (webdev)",
    }


MODELS = [
    model("1", outputs=WEB, rank=3),
    model("2", rank=1),
    model("3", outputs=VIDEO, inputs=Inputs(image=True)),
    model("4", outputs=VIDEO),
    model("5", "other", organization=None, rank=1),
    model("6", "M"),
]


@given(st.permutations(MODELS))
def test_the_order_of_the_page_does_not_matter(shuffled: list[SiteModel]) -> None:
    assert Catalogue(shuffled) == Catalogue(MODELS)
    assert list(Catalogue(shuffled)) == list(Catalogue(MODELS))


def test_every_name_leads_to_its_model() -> None:
    catalogue = Catalogue(MODELS)
    assert [catalogue.by_name(entry.name) for entry in catalogue] == list(catalogue)
    assert [catalogue.by_name(entry.model.id) for entry in catalogue] == list(catalogue)
    assert len({entry.name for entry in catalogue}) == len(MODELS)


def test_shown_by_rank_and_the_hidden_last() -> None:
    assert [entry.model.id for entry in Catalogue(MODELS)] == ["2", "1", "6", "3", "4", "5"]


def test_case_counts_only_where_it_must() -> None:
    catalogue = Catalogue([model("1", "Qwen"), model("2", "GPT", rank=2), model("3", "gpt", rank=1)])
    assert catalogue.resolve("qwen").model.id == "1"
    assert [catalogue.resolve(name).model.id for name in ("GPT", "gpt", "Gpt")] == ["2", "3", "3"]


def test_an_unknown_name_is_answered_with_those_near_it() -> None:
    catalogue = Catalogue([model("1", "gpt-5.2"), model("2", "gpt-5.2", WEB), model("3", "veo-3")])
    assert catalogue.near("gpt-5-2") == ["gpt-5.2"]
    with pytest.raises(UnknownModel, match=r"'gpt-5-2'\. Did you mean: gpt-5\.2\?") as unknown:
        catalogue.resolve("gpt-5-2")
    assert unknown.value.param == "model"


def test_a_name_like_no_other_suggests_nothing() -> None:
    with pytest.raises(UnknownModel, match=r"no model 'zzz'\.$"):
        Catalogue(MODELS).resolve("zzz")


def test_an_endless_name_costs_little() -> None:
    with pytest.raises(UnknownModel) as unknown:
        Catalogue(MODELS).resolve("x" * 1_000_000)
    assert len(str(unknown.value)) < 200


def test_the_same_model_twice_is_one() -> None:
    assert names(model("1", "first"), model("1", "second")) == {"1": "first"}
