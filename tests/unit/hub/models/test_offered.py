"""The models that are known, and what a client is told who asks for one that can't be had."""

import orjson
import pytest

from arenabridge.errors import ModelNotSelectable, NoCatalogue, NoWorkerConnected, UnknownModel
from arenabridge.hub.models.asked import BATTLE, BATTLES, Asked
from arenabridge.hub.models.names import ModelNames, hiding, showing
from arenabridge.hub.models.offered import KEEP_AGAIN_SECONDS, MAX_PAGE_CHARACTERS, Models
from arenabridge.wire.arena.known_model import KEEP_GONE_SECONDS, MAX_ADDED_TO, REMEMBER_GONE_SECONDS, KnownModel
from arenabridge.wire.arena.site_model import Outputs, SiteModel
from unit.hub.doubles import known_since

CHAT = SiteModel(id="id-1", public_name="gpt", organization="o", outputs=Outputs(text=True))
CLAUDE = SiteModel(id="id-9", public_name="claude", organization="o", outputs=Outputs(text=True))
PICTURE = SiteModel(id="id-2", public_name="banana", organization="o", outputs=Outputs(image=True))
FILM = SiteModel(id="id-3", public_name="ray", organization="o", outputs=Outputs(video=True))
WEB = SiteModel(id="id-4", public_name="builder", organization="o", outputs=Outputs(web=True))


def page(*models: object) -> str:
    row = f'6:["$","$L16",null,{{"initialModels":{orjson.dumps(models).decode()}}}]\n'
    return f"<script>self.__next_f.push([1,{orjson.dumps(row).decode()}])</script>"


def described(number: int, name: str) -> dict[str, object]:
    return {"id": f"id-{number}", "publicName": name, "organization": "o"}


class Kept:
    """Models on a clock that the test sets, and everything that was handed on to be kept."""

    def __init__(self, *models: SiteModel, names: ModelNames | None = None) -> None:
        self.now = 1000.0
        self.changes: list[list[KnownModel]] = []
        known = known_since(self.now, models)
        self.models = Models(known, keep=self.changes.append, unix=lambda: self.now, names=names)

    def listed(self) -> list[str]:
        """The site's models and aliases of them."""
        return [each.name for each in self.models.listed() if each.name not in BATTLES]


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


@pytest.mark.parametrize(("model", "makes"), [(FILM, "videos"), (WEB, "web pages")])
def test_a_model_that_makes_no_chat_answer_is_not_selectable(model: SiteModel, makes: str) -> None:
    with pytest.raises(ModelNotSelectable, match=f"makes {makes} only"):
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


def test_a_model_that_is_gone_is_not_listed_and_can_be_used_for_a_while() -> None:
    kept = Kept(CHAT)
    kept.now += 10
    kept.models.read_page("/", page(described(7, "new")))
    assert kept.listed() == ["new"]
    assert kept.models.select("gpt", workers=1) == CHAT
    found = kept.models.find("gpt").known
    assert (found.first_seen, found.last_seen, found.available) == (1000.0, 1000.0, False)
    kept.now += KEEP_GONE_SECONDS
    kept.models.read_page("/", page(described(7, "new")))
    with pytest.raises(UnknownModel, match=r"no model 'gpt'.* last seen on 1970-01-01\."):
        kept.models.select("gpt", workers=1)
    kept.now += REMEMBER_GONE_SECONDS
    kept.models.read_page("/", page(described(7, "new")))
    with pytest.raises(UnknownModel, match=r"no model 'gpt'\."):
        kept.models.select("gpt", workers=1)
    assert [each.model.public_name for each in kept.changes[-1]] == ["new"]


def test_a_page_that_adds_only_takes_away_none_and_describes_none_anew() -> None:
    kept = Kept(CHAT, PICTURE)
    kept.now += 10
    invented = page(described(7, "new"), described(1, "renamed"), described(8, "GPT"), described(9, "id-2"))
    assert kept.models.read_page("/", invented, adds_only=True)
    assert kept.listed() == ["banana", "gpt", "new"]
    assert [kept.models.select(name, workers=1) for name in ("gpt", "id-1", "banana")] == [CHAT, CHAT, PICTURE]
    assert [kept.models.find(name).known.last_seen for name in ("gpt", "banana")] == [1010.0, 1000.0]
    kept.models.read_page("/", page(described(1, "gpt")))
    assert kept.listed() == ["gpt"], "what serves everybody says what there is"


def test_pages_that_add_only_let_go_of_what_none_has_shown_for_long_and_have_a_bound() -> None:
    kept = Kept(CHAT, PICTURE)
    kept.now += KEEP_GONE_SECONDS
    kept.models.read_page("/", page(described(1, "renamed")), adds_only=True)
    assert kept.listed() == ["gpt"]
    kept.models.read_page("/", page(described(2, "banana")), adds_only=True)
    assert kept.listed() == ["banana", "gpt"], "it is there again"
    kept.models.read_page("/", page(*(described(n, f"m{n}") for n in range(3, 2 * MAX_ADDED_TO))), adds_only=True)
    assert len(kept.models.catalogue) == MAX_ADDED_TO


def test_a_model_of_now_has_its_name_before_one_that_is_gone() -> None:
    kept = Kept(CHAT)
    kept.models.read_page("/", page(described(7, "gpt")))
    assert kept.models.select("gpt", workers=1).id == "id-7"
    assert kept.models.select("id-1", workers=1) == CHAT


def test_when_a_model_was_seen_is_kept_now_and_then_though_nothing_changes() -> None:
    kept = Kept()
    for later in (0.0, KEEP_AGAIN_SECONDS / 2, KEEP_AGAIN_SECONDS / 2):
        kept.now += later
        kept.models.read_page("/", page(described(7, "new")))
    assert [[(each.first_seen, each.last_seen) for each in known] for known in kept.changes] == [
        [(1000.0, 1000.0)],
        [(1000.0, 1000.0 + KEEP_AGAIN_SECONDS)],
    ]


def test_an_alias_is_its_first_model_that_is_there_and_wins_over_a_models_name() -> None:
    names = ModelNames({"Best": ["nothing", "banana", "gpt"], "gpt": "banana", "lost": ["nothing"]})
    kept = Kept(CHAT, PICTURE, names=names)
    assert [kept.models.select(name, workers=1) for name in ("Best", "best", "gpt", "GPT")] == [PICTURE] * 4
    assert kept.listed() == ["Best", "gpt", "banana"]
    assert kept.models.find("best").alias_of == ("nothing", "banana", "gpt")
    with pytest.raises(UnknownModel, match="lost stands for nothing"):
        kept.models.select("lost", workers=1)


def test_an_alias_stands_for_models_and_never_for_aliases() -> None:
    kept = Kept(CHAT, names=ModelNames({"a": "b", "b": "a", "gpt": ["gpt"]}))
    with pytest.raises(UnknownModel):
        kept.models.select("a", workers=1)
    assert kept.models.select("gpt", workers=1) == CHAT


def test_an_alias_may_stand_for_a_battle_or_for_two_models_side_by_side() -> None:
    names = ModelNames({"fight": "battle", "one": ["battle-b"], "both": "gpt vs claude", "none": "gpt vs nobody"})
    kept = Kept(
        CHAT, SiteModel(id="id-9", public_name="claude", organization="o", outputs=Outputs(text=True)), names=names
    )
    models = kept.models
    assert [models.heard(name) for name in ("fight", "one", "both")] == [("a", "b"), ("b",), ("a", "b")]
    assert models.asked("Fight", workers=1) == Asked(BATTLE, "battle")
    assert models.asked("both", workers=1) == models.asked("gpt vs claude", workers=1)
    assert [each for each in kept.listed() if each not in {"gpt", "claude"}] == ["fight", "one", "both"]
    assert models.find("both").alias_of == ("gpt vs claude",)
    with pytest.raises(UnknownModel, match="nobody"):
        models.asked("none", workers=1)


def test_an_alias_of_a_model_that_is_gone_is_not_listed_and_can_be_used() -> None:
    kept = Kept(CHAT, names=ModelNames({"mine": "gpt"}))
    kept.models.read_page("/", page(described(7, "new")))
    assert kept.listed() == ["new"]
    assert kept.models.select("mine", workers=1) == CHAT


def test_hidden_models_are_only_left_out_of_the_list() -> None:
    kept = Kept(CHAT, PICTURE, FILM, names=ModelNames({"mine": "banana"}, ["GP?", "b*"]))
    assert kept.listed() == ["mine", "ray"]
    assert kept.models.select("gpt", workers=1) == CHAT


def test_a_model_is_hidden_and_shown_by_its_own_name_whatever_is_in_it() -> None:
    patterns = hiding(["b*", "GPT"], "gpt [beta]")
    names = ModelNames(hidden=patterns)
    assert names.is_hidden_alone("GPT [beta]")
    assert not names.hides("gpt b")
    assert hiding(patterns, "gpt [beta]") == patterns, "twice is once"
    assert showing(patterns, "gpt [beta]") == ["b*", "GPT"]
    assert not ModelNames(hidden=["b*"]).is_hidden_alone("banana")
    assert showing(["b*"], "banana") == ["b*"]


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


def test_what_may_be_secret_in_a_pages_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        Kept().models.read_page("https://arena.ai/callback?code=SECRET#token=SECRET", "no models")
    assert "arena.ai/callback" in caplog.text
    assert "SECRET" not in caplog.text


# -- two participants


def test_a_battle_is_of_no_model_and_listed_with_what_it_can_do() -> None:
    kept = Kept(CHAT, names=ModelNames(hidden=["battle-*"]))
    assert kept.models.asked("Battle", workers=1) == Asked(BATTLE, "battle")
    assert [kept.models.heard(name) for name in ("battle", "battle-a", "battle-b", "gpt")] == [
        ("a", "b"),
        ("a",),
        ("b",),
        (),
    ]
    *_, battle = kept.models.listed()
    assert (battle.name, battle.known.model.organization, battle.known.model.modality) == (
        "battle",
        "arenabridge",
        "chat",
    )
    assert kept.models.find("battle-b").known.model.organization == "arenabridge"


def test_two_names_are_two_models_side_by_side_and_may_be_aliases() -> None:
    second = SiteModel(id="id-9", public_name="claude 3", organization="o", outputs=Outputs(text=True))
    kept = Kept(CHAT, second, names=ModelNames({"best": ["nothing", "claude 3"]}))
    for name in ("gpt vs claude 3", "GPT VS. best", " gpt  vs  best"):
        assert kept.models.asked(name, workers=1) == Asked(CHAT, "side-by-side", second)
        assert kept.models.heard(name) == ("a", "b")
    assert kept.models.find("gpt vs best").known.model.organization == "arenabridge"


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("battle vs gpt", "battle"),
        ("gpt vs Battle", "Battle"),
        ("gpt vs fight", "fight"),
        ("both vs gpt", "both"),
        ("gpt vs claude vs best", "claude vs best"),
    ],
)
def test_each_of_two_side_by_side_is_one_model_of_the_site(name: str, side: str) -> None:
    """What stands for two is no id that the site knows, and a third would not be asked."""
    models = Kept(CHAT, CLAUDE, names=ModelNames({"fight": "battle", "both": "gpt vs best"})).models
    with pytest.raises(ModelNotSelectable, match=f"^{side} is not one model") as refused:
        models.asked(name, workers=1)
    assert refused.value.param == "model"
    with pytest.raises(ModelNotSelectable):
        models.find(name)


def test_a_model_or_alias_whose_own_name_has_vs_in_it_is_one() -> None:
    rivals = SiteModel(id="id-9", public_name="cats vs dogs", organization="o", outputs=Outputs(text=True))
    kept = Kept(CHAT, rivals, names=ModelNames({"a vs b": "gpt", "battle": "gpt"}))
    assert kept.models.asked("cats vs dogs", workers=1) == Asked(rivals)
    assert kept.models.asked("a vs b", workers=1) == kept.models.asked("battle", workers=1) == Asked(CHAT)


def test_who_can_t_be_put_side_by_side_is_named() -> None:
    kept = Kept(CHAT, PICTURE)
    with pytest.raises(UnknownModel, match="'nobody'"):
        kept.models.asked("gpt vs nobody", workers=1)
    with pytest.raises(ModelNotSelectable, match="same kind"):
        kept.models.asked("gpt vs banana", workers=1)
    with pytest.raises(NoWorkerConnected):
        Kept().models.asked("battle", workers=0)
