"""How the page is used: what a composition holds, and that it names only parts which the recipe can find."""

import re
from typing import assert_never

import msgspec
import pytest

from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.composer import DIRECT_PATH, RECIPE, SIGNS, compose
from arenabridge.wire.arena.site_model import Outputs, SiteModel
from arenabridge.wire.composition import (
    Action,
    Again,
    Attach,
    Choose,
    Composition,
    Fill,
    Finder,
    Open,
    Return,
    Send,
    Toggle,
)

OUTPUTS: dict[Modality, Outputs] = {
    "chat": Outputs(text=True),
    "image": Outputs(image=True),
    "search": Outputs(text=True, search=True),
}
READ_BY_THE_SCRIPT = {"answer", "answer_text", "attachment", "attachment_remove", "message_box", "stop"}
FINDERS = [finder for finders in RECIPE.elements.values() for finder in finders]
FINDERS += [finder for sign in SIGNS.signs for finder in sign.finders]


def model(modality: Modality) -> SiteModel:
    return SiteModel(id="m-1", public_name="A Model", outputs=OUTPUTS[modality])


def parts_of(action: Action) -> set[str]:
    match action:
        case Again(element) | Open(element) | Return(element) | Toggle(element) | Fill(element) | Send(element):
            return {element}
        case Choose():
            return {action.picker, action.search, action.option}
        case Attach():
            return {action.element, action.button, action.box, action.preview, action.busy, action.remove}
    assert_never(action)


@pytest.mark.parametrize("modality", OUTPUTS)
def test_the_order_is_that_of_a_person(modality: Modality) -> None:
    kinds = [type(action) for action in compose(model(modality), "Hi").actions]
    assert kinds == [Open, Toggle, Choose, Fill, Send]


def test_files_are_attached_before_the_text_is_filled_in() -> None:
    actions = compose(model("chat"), "Hi", session="0199-a", files=("f1", "f2")).actions
    assert [type(action) for action in actions] == [Return, Attach, Fill, Send]
    assert Attach("attach_input", ("f1", "f2")) in actions


def test_the_text_goes_unchanged_and_the_model_by_its_id() -> None:
    composition = compose(model("chat"), " two\n\tlines ")
    assert Fill("message_box", " two\n\tlines ") in composition.actions
    assert composition.model == "m-1"
    (choice,) = [action for action in composition.actions if isinstance(action, Choose)]
    assert (choice.value, choice.label) == ("m-1", "A Model")


@pytest.mark.parametrize("modality", OUTPUTS)
def test_every_part_that_is_used_can_be_found(modality: Modality) -> None:
    used = set().union(*(parts_of(action) for action in compose(model(modality), "Hi", files=("f1",)).actions))
    assert used | READ_BY_THE_SCRIPT <= set(RECIPE.elements)
    assert all(RECIPE.elements.values())


@pytest.mark.parametrize("finder", FINDERS)
def test_a_finder_is_written_for_a_browser(finder: Finder) -> None:
    re.compile(finder.name)
    assert finder.css.count("[") == finder.css.count("]")
    assert finder.css.count("(") == finder.css.count(")")
    assert finder.css.count("'") % 2 == 0


@pytest.mark.parametrize(
    ("path", "generates"),
    [
        ("/nextjs-api/stream/create-evaluation", True),
        ("/api/stream/create-evaluation", True),
        ("/nextjs-api/stream/post-to-evaluation/0199-a", True),
        ("/nextjs-api/stream/retry-evaluation-session-message/0199-a/messages/0199-b", True),
        ("/nextjs-api/sign-up", False),
        ("/nextjs-api/stream/create-evaluation/x", False),
        ("/x/nextjs-api/stream/create-evaluation", False),
        ("/c/0199-a", False),
    ],
)
def test_the_requests_that_are_read_along_are_those_that_generate(path: str, generates: bool) -> None:  # noqa: FBT001 - a column of the table
    assert any(re.search(pattern, path) for pattern in RECIPE.requests) is generates


@pytest.mark.parametrize(
    ("address", "is_direct"),
    [
        ("/?mode=direct", True),
        ("/?chat-modality=image&mode=direct", True),
        ("/de?mode=direct&chat-modality=chat", True),
        ("/pt-BR/?mode=direct", True),
        ("/", False),
        ("/?mode=side-by-side", False),
        ("/?mode=direct-battle", False),
        ("/c/0199-a?mode=direct", False),
    ],
)
def test_a_new_direct_chat_is_told_by_its_address(address: str, is_direct: bool) -> None:  # noqa: FBT001 - a column of the table
    assert bool(re.search(DIRECT_PATH, address)) is is_direct


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("new_chat", "New Chat"),
        ("new_chat", "New conversation"),
        ("modality_chat", "Text"),
        ("modality_chat", "Chat"),
        ("modality_image", "Image"),
        ("modality_image", "Create images"),
        ("modality_search", "Search"),
        ("modality_search", "Web search"),
        ("send", "Send message"),
        ("stop", "Stop generating"),
        ("attach_button", "Attach"),
        ("attach_button", "Add files"),
        ("attach_button", "Upload an image"),
        ("attachment", "Remove image"),
        ("attachment", "Remove cat.png"),
        ("attachment_remove", "Delete this attachment"),
    ],
)
def test_a_part_is_known_by_the_names_that_pages_give_it(part: str, name: str) -> None:
    assert any(finder.name and re.search(finder.name, name, re.IGNORECASE) for finder in RECIPE.elements[part])


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("modality_image", "Upload image"),
        ("modality_search", "Search chats"),
        ("new_chat", "A new chat model"),
        ("attachment", "Delete chat"),
    ],
)
def test_a_part_is_not_taken_for_another(part: str, name: str) -> None:
    assert not any(finder.name and re.search(finder.name, name, re.IGNORECASE) for finder in RECIPE.elements[part])


def test_a_composition_survives_the_link() -> None:
    composition = compose(model("image"), "Hi")
    assert msgspec.json.decode(msgspec.json.encode(composition), type=Composition) == composition


def test_a_check_is_told_before_the_dialog_that_holds_it() -> None:
    kinds = [sign.kind for sign in SIGNS.signs]
    assert kinds.index("check") < kinds.index("dialog")
    assert kinds.index("sign_in") < kinds.index("dialog")
