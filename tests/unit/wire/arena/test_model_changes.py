"""What changed between two readings of the models, the earlier bridges' file of them, and the path of a Retry."""

import json
import re

import pytest

from arenabridge.wire.arena.available_models import available_models
from arenabridge.wire.arena.captured import RETRY_PATH
from arenabridge.wire.arena.catalogue import Catalogue
from arenabridge.wire.arena.model_changes import ModelChanges, Renamed, changes
from arenabridge.wire.arena.site_model import Inputs, Outputs, SiteModel, read_model


def catalogue(**names: str) -> Catalogue:
    return Catalogue(SiteModel(id=id_, public_name=name, organization="acme") for id_, name in names.items())


def test_models_are_told_apart_by_their_ids() -> None:
    before, after = catalogue(a="one", b="two", c="three"), catalogue(a="one", b="zwei", d="three")
    assert changes(before, after) == ModelChanges(3, ("three",), ("three",), (Renamed("two", "zwei"),))
    assert changes(before, before) == ModelChanges(3)


MODELS = [
    SiteModel(id="1", public_name="世 界", organization="acme", provider="p", name="n", inputs=Inputs(text=True)),
    SiteModel(
        id="2",
        public_name="picture",
        inputs=Inputs(text=True, image=True, requires_upload=True),
        outputs=Outputs(image=True, aspect_ratios=("1:1", "16:9")),
        rank=2,
        rank_by_modality={"image": 2},
    ),
    SiteModel(id="3", public_name="all", inputs=Inputs(image=True), outputs=Outputs(text=True, search=True, web=True)),
]


def test_the_file_reads_back_as_the_same_models() -> None:
    text = available_models(MODELS)
    assert [read_model(each) for each in json.loads(text)] == MODELS
    assert ('\n    {\n        "id": "1"' in text, "世 界" in text) == (True, True)


IDS = "0199a6c2-1234-7abc-8def-000000000000/messages/0199A6C2-5678-7abc-8def-0123456789ab"


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        (f"/nextjs-api/stream/retry-evaluation-session-message/{IDS}", True),
        (f"/api/stream/retry-evaluation-session-message/{IDS}", True),
        (f"/nextjs-api/stream/retry-evaluation-session-message/{IDS}/more", False),
        (f"/x/nextjs-api/stream/retry-evaluation-session-message/{IDS}", False),
        ("/nextjs-api/stream/retry-evaluation-session-message/x/messages/y", False),
        ("/nextjs-api/stream/create-evaluation", False),
    ],
)
def test_a_press_of_retry_is_known_by_its_path(path: str, is_one: bool) -> None:  # noqa: FBT001 - a column of the table
    found = re.match(RETRY_PATH, path)
    assert (found is not None) is is_one
    if found:
        assert found.groups() == tuple(IDS.split("/messages/"))
