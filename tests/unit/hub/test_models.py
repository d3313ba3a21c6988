"""The models that are known, and what a client is told who asks for one that can't be had."""

import orjson
import pytest

from arenabridge.errors import ModelNotSelectable, NoCatalogue, NoWorkerConnected, UnknownModel
from arenabridge.hub.models import MAX_PAGE_CHARACTERS, Models
from arenabridge.wire.arena.catalogue import Catalogue
from arenabridge.wire.arena.site_model import Outputs, SiteModel

CHAT = SiteModel(id="id-1", public_name="gpt", organization="o", outputs=Outputs(text=True))
PICTURE = SiteModel(id="id-2", public_name="banana", organization="o", outputs=Outputs(image=True))
FILM = SiteModel(id="id-3", public_name="ray", organization="o", outputs=Outputs(video=True))
WEB = SiteModel(id="id-4", public_name="builder", organization="o", outputs=Outputs(web=True))


def page(*models: object) -> str:
    row = f'6:["$","$L16",null,{{"initialModels":{orjson.dumps(models).decode()}}}]\n'
    return f"<script>self.__next_f.push([1,{orjson.dumps(row).decode()}])</script>"


def described(number: int, name: str) -> dict[str, object]:
    return {"id": f"id-{number}", "publicName": name, "organization": "o"}


class Kept:
    """Models, and every catalogue that was handed on to be kept."""

    def __init__(self, *models: SiteModel) -> None:
        self.changes: list[Catalogue] = []
        self.models = Models(Catalogue(models), self.changes.append)


def test_a_model_is_found_by_name_by_id_and_in_any_case() -> None:
    models = Kept(CHAT, PICTURE).models
    assert [models.select(name, workers=0) for name in ("gpt", "id-1", "GPT", "banana")] == [CHAT, CHAT, CHAT, PICTURE]


def test_what_can_t_be_served_says_what_to_do() -> None:
    with pytest.raises(NoWorkerConnected):
        Kept().models.select("gpt", workers=0)
    with pytest.raises(NoCatalogue) as soon:
        Kept().models.select("gpt", workers=1)
    assert soon.value.retry_after_seconds
    with pytest.raises(UnknownModel, match="Did you mean: gpt") as unknown:
        Kept(CHAT).models.select("gtp", workers=0)
    assert unknown.value.param == "model"


@pytest.mark.parametrize(("model", "makes"), [(FILM, "video"), (WEB, "webdev")])
def test_a_model_that_makes_no_chat_answer_is_not_selectable(model: SiteModel, makes: str) -> None:
    with pytest.raises(ModelNotSelectable, match=makes):
        Kept(model).models.select(model.public_name, workers=1)


def test_a_name_of_any_length_and_kind_is_answered_shortly() -> None:
    for name in ("x" * 10**6, "\x00", "\n\n", "' or 1=1"):
        with pytest.raises(UnknownModel) as unknown:
            Kept(CHAT).models.select(name, workers=1)
        assert len(str(unknown.value)) < 200


def test_a_page_with_models_replaces_what_was_known_and_is_kept_once() -> None:
    kept = Kept(CHAT)
    kept.models.read_page("/", page(described(7, "new"), described(8, "newer")))
    kept.models.read_page("/", page(described(8, "newer"), described(7, "new")))
    assert len(kept.changes) == 1
    assert {entry.name for entry in kept.models.catalogue} == {"new", "newer"}
    with pytest.raises(UnknownModel):
        kept.models.select("gpt", workers=1)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "<html>Sign in",
        page(),
        page(7, {"id": 1}),
        "\x00",
        "self.__next_f.push([1,",
        "x" * (MAX_PAGE_CHARACTERS + 1),
    ],
    ids=["empty", "wall", "no models", "odd models", "nul", "cut", "huge"],
)
def test_a_page_without_models_changes_nothing(html: str) -> None:
    kept = Kept(CHAT)
    kept.models.read_page("/", html)
    assert kept.changes == []
    assert kept.models.select("gpt", workers=0) == CHAT


def test_a_page_over_the_bound_is_not_even_looked_at() -> None:
    kept = Kept(CHAT)
    kept.models.read_page("/", page(described(7, "new")) + " " * MAX_PAGE_CHARACTERS)
    assert kept.changes == []


def test_half_a_character_in_a_models_name_does_not_travel_further() -> None:
    kept = Kept()
    kept.models.read_page("/", page(described(7, "HALF")).replace("HALF", r"a\\ud83d"))
    (entry,) = kept.models.catalogue
    assert entry.name.encode()
