"""Models as clients read them."""

from typing import Any

import pytest
from openai.types import Model

from arenabridge.errors import InvalidRequest
from arenabridge.wire.arena.known_model import KnownModel
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel
from arenabridge.wire.offered_model import OfferedModel
from arenabridge.wire.openai.models import (
    TYPES,
    anthropic_model_list,
    model_list,
    model_object,
    of_type,
)

TEXT = Outputs(text=True)
PICTURE = Outputs(image=True, aspect_ratios=("1:1",))


def offered(name: str = "gpt", alias_of: tuple[str, ...] = (), **fields: Any) -> OfferedModel:
    model = SiteModel(**{"id": "1", "public_name": name, "organization": "acme", "outputs": TEXT, **fields})
    return OfferedModel(name, KnownModel(model=model, first_seen=1_700_000_000.7, last_seen=1_700_000_100.2), alias_of)


def test_the_official_client_reads_a_model() -> None:
    body = model_list([offered(), offered("b", organization=None)], 1000)
    first, second = (Model.model_validate(model, strict=True) for model in body["data"])
    assert (body["object"], first.id, first.created, first.owned_by) == ("list", "gpt", 1_700_000_000, "acme")
    assert second.owned_by == "unknown"


def test_what_is_not_known_has_no_key() -> None:
    assert {"rank", "rank_by_modality", "alias_of"}.isdisjoint(model_object(offered(), 1000))
    ranked = model_object(offered("mine", ("gpt", "b"), rank=3, rank_by_modality={"chat": 3}), 1000)
    assert (ranked["rank"], ranked["rank_by_modality"], ranked["alias_of"]) == (3, {"chat": 3}, ["gpt", "b"])


def test_a_client_that_keeps_to_the_context_length_meets_no_limit_of_the_site() -> None:
    assert model_object(offered(), 113_000)["context_length"] == 28_250


@pytest.mark.parametrize(
    ("inputs", "outputs", "modality", "type"),
    [
        (Inputs(), Outputs(), "text->text", "chat"),
        (Inputs(text=True, image=True), TEXT, "text+image->text", "chat"),
        (Inputs(text=True), Outputs(text=True, web=True), "text->text+web", "chat"),
        (Inputs(text=True), Outputs(search=True), "text->text", "search"),
        (Inputs(text=True, image=True), PICTURE, "text+image->image", "image"),
        (Inputs(text=True), Outputs(web=True), "text->web", "webdev"),
        (Inputs(text=True), Outputs(video=True), "text->video", "video"),
    ],
)
def test_what_a_model_takes_and_gives(inputs: Inputs, outputs: Outputs, modality: str, type: str) -> None:
    shown = model_object(offered(inputs=inputs, outputs=outputs), 1000)
    assert (shown["architecture"]["modality"], shown["type"]) == (modality, type)
    assert shown["capabilities"]["vision"] == inputs.image
    assert shown["capabilities"]["aspect_ratios"] == list(outputs.aspect_ratios)


def test_a_list_can_be_of_one_type() -> None:
    both = [offered("a"), offered("b", outputs=PICTURE)]
    assert of_type(both, None) == of_type(both, "") == both
    assert [each.name for each in of_type(both, "image")] == ["b"]
    assert [len(of_type(both, type_)) for type_ in TYPES] == [1, 1, 0, 0, 0]
    with pytest.raises(InvalidRequest, match="chat, image, search, webdev, video") as unknown:
        of_type(both, "x" * 10_000)
    assert unknown.value.param == "type"
    assert len(str(unknown.value)) < 150


def test_a_client_of_anthropics_api_reads_its_own_keys() -> None:
    body = anthropic_model_list([offered("a"), offered("b")])
    assert (body["first_id"], body["last_id"], body["has_more"]) == ("a", "b", False)
    assert body["data"][0] == {
        "type": "model",
        "id": "a",
        "display_name": "a",
        "created_at": "2023-11-14T22:13:20Z",
    }
    assert anthropic_model_list([])["first_id"] is None
