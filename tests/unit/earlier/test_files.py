"""The earlier bridges' files, as people wrote them: what is in order is used, what is not is named with its place."""

import json
from typing import Any

import pytest

from arenabridge.earlier.captured import CONFIG_LABEL, Global, read_global, read_map
from arenabridge.earlier.files import EarlierFiles
from arenabridge.earlier.models import GivenModel, GivenModels, read_models
from arenabridge.earlier.reading import Unreadable, parse

SESSIONS = [f"0199a6c2-1234-7abc-8def-00000000000{number}" for number in range(4)]
MESSAGE = "0199a6c2-5678-7abc-8def-0123456789ab"


def entry(number: int, **more: str) -> dict[str, str]:
    return {"session_id": SESSIONS[number], "message_id": MESSAGE, **more}


@pytest.mark.parametrize(
    "text", ['{"a": 1}', '\ufeff{"a": 1,} // yes', "/* x */ {'a': 1 /* y */}", '{"a": 1, // "b": 2\n}']
)
def test_files_are_read_as_people_write_them(text: str) -> None:
    assert parse(text.encode()) == {"a": 1}


def test_an_empty_file_is_an_empty_object_and_a_broken_one_says_where() -> None:
    assert parse(b" \n") == {}
    with pytest.raises(Unreadable, match="line 3"):
        parse(b'{\n"a": 1,\n "b" 2}')
    with pytest.raises(Unreadable, match="line 2: it is not UTF-8"):
        parse('{\n"a": "模型"}'.encode("gbk"))


def test_a_list_of_the_sites_models_gives_no_names_and_is_no_mistake() -> None:
    assert read_models([{"id": "id-1", "publicName": "gpt"}]) == GivenModels()
    assert read_models([1]).broken


def test_models_stand_for_ids_and_kinds() -> None:
    given = read_models(
        {"gpt": "id-1", "p": "id-2:image", "n": "null:image", "z": None, "v": "NULL:video", "": "x", "l": [1]}
    )
    assert given.models == (
        GivenModel("gpt", "id-1"),
        GivenModel("p", "id-2", "image"),
        GivenModel("n", None, "image"),
        GivenModel("z", None),
        GivenModel("v", None),
    )
    assert given.broken == ("'' is no name", "l: expected a text like id or id:image, got '[1]'")
    assert read_models([]).broken


def test_the_session_of_all_models_has_the_mode_of_the_updater() -> None:
    found = read_global({**entry(0), "id_updater_last_mode": "battle", "id_updater_battle_target": "B"}).session
    assert found is not None
    assert (found.session, found.message, found.mode, found.target, found.model) == (
        SESSIONS[0], MESSAGE, "battle", "b", None,
    )  # fmt: skip
    assert found.label == CONFIG_LABEL
    assert read_global({}) == Global()
    assert "never filled in" in read_global({"session_id": "YOUR_SESSION_ID", "message_id": "YOUR_MESSAGE_ID"}).broken


def test_entries_have_their_own_mode_and_target_or_the_usual_ones() -> None:
    usual = read_global({"id_updater_last_mode": "battle", "id_updater_battle_target": "B"})
    content = {
        "gpt": [entry(0), entry(1, mode="direct_chat", battle_target="B"), entry(2, mode="battle", battle_target="a")],
        "claude": {**entry(3), "session_id": f"https://arena.ai/c/{SESSIONS[3].upper()}"},
    }
    found = read_map(content, usual)
    assert [(each.model, each.session, each.mode, each.target) for each in found.sessions] == [
        ("gpt", SESSIONS[0], "battle", "b"),
        ("gpt", SESSIONS[1], "direct", "a"),
        ("gpt", SESSIONS[2], "battle", "a"),
        ("claude", SESSIONS[3], "battle", "b"),
    ]
    assert found.broken == ()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"message_id": MESSAGE}, "gpt: session_id is missing"),
        ([entry(0), {"session_id": SESSIONS[0]}], "gpt, entry 2: message_id is missing"),
        ([entry(0), "x"], "gpt, entry 2: expected an object"),
        (entry(0, battle_target="C"), "gpt: battle_target is 'C': expected A or B"),
        ({"session_id": "abc", "message_id": MESSAGE}, "gpt: session_id is no id of the site: 'abc'"),
        ({"session_id": 7, "message_id": MESSAGE}, "gpt: session_id is no id of the site: '7'"),
    ],
)
def test_a_broken_entry_is_named_and_the_others_are_used(value: Any, said: str) -> None:
    found = read_map({"gpt": value, "ok": entry(1)}, Global())
    assert len(found.broken) == 1
    assert found.broken[0].startswith(said)
    assert SESSIONS[1] in {each.session for each in found.sessions}
    assert "gpt" in found.models  # it was mapped: it goes to the session of all models


def test_which_models_go_into_captured_sessions() -> None:
    mapped = read_map({"GPT": []}, Global())
    usual = read_global(entry(0))
    files = EarlierFiles(usual=usual, map=mapped)
    assert files.wants_captured(["gpt"], history_is_taken=False)
    assert not files.wants_captured(["claude"], history_is_taken=False)
    assert files.wants_captured(["claude"], history_is_taken=True)
    assert not EarlierFiles(map=mapped).wants_captured(["claude"], history_is_taken=True)
    strict = read_global({**entry(0), "use_default_ids_if_mapping_not_found": False})
    assert EarlierFiles(usual=strict, map=mapped).wants_captured(["claude"], history_is_taken=False)
    assert EarlierFiles(usual=strict, map=mapped).sessions == ()


def test_a_long_map_is_cut_with_a_word() -> None:
    found = read_map(json.loads(json.dumps({f"m{number}": entry(0) for number in range(1001)})), Global())
    assert len(found.sessions) == 1000
    assert found.broken == ("only the first 1000 entries are used",)
