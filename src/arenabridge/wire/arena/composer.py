"""
How the site's page is used by its parts, and how it shows that it wants the person.

The page is that of the Next.js application of late 2025 (`textarea[name="text"]`, `button[type="submit"]`) and what its
component library makes of pickers and dialogs (roles and `aria-` attributes). Roles and labels come before structure,
structure before classes; alternatives are tried in order. `VERSION` changes with any of this.
"""

import re
from urllib.parse import quote

import msgspec

from arenabridge.wire.arena.bodies import Modality
from arenabridge.wire.arena.captured import CapturedSession
from arenabridge.wire.arena.site_model import SiteModel
from arenabridge.wire.composition import (
    Action,
    Again,
    Attach,
    Choose,
    Composition,
    Fill,
    Finder,
    Open,
    Recipe,
    Return,
    Send,
    Sign,
    Signs,
    Toggle,
)

VERSION = "2026-11-3"

CONVERSATION = "conversation"
"""The part of the page that leads to a site session; not every page lists every session."""

_COMPOSER = "form:has(textarea), form:has([role=textbox]), main :has(> [role=textbox])"
"""What belongs to the message that is being written: its box, its files and its buttons."""

_REMOVE_OF_ENTRY = ":is(li, [role=listitem], [role=group]) button:is([aria-label^=remove i], [aria-label^=delete i])"
_REMOVE_FILE = r"^(remove|delete)\b.*(\b(file|image|picture|photo|attachment|upload)\b|\.\w{1,5}$)"

RECIPE = Recipe(
    version=VERSION,
    elements={
        "new_chat": (
            Finder(css="a[href*='mode=direct']"),  # first: without it the site begins in battle mode
            Finder(css="a[href], button, [role=button]", name=r"^new (chat|conversation)"),
            Finder(css="a[href='/']"),
        ),
        "new_battle": (
            Finder(css="a[href*='mode=battle']"),
            Finder(css="a[href], button, [role=button], [role=tab]", name=r"^(new )?battle( mode)?$"),
        ),
        "new_side_by_side": (
            Finder(css="a[href*='mode=side-by-side']"),
            Finder(css="a[href], button, [role=button], [role=tab]", name=r"^(new )?side[ -]by[ -]side( mode)?$"),
        ),
        "model_picker": (
            Finder(css="main [role=combobox]:not(input), form [role=combobox]:not(input)"),
            Finder(css="button[aria-haspopup=listbox], button[aria-haspopup=dialog]", name=r"model"),
            Finder(css="[role=combobox]:not(input)"),
        ),
        # With two pickers the first is participant a's.
        "second_picker": (
            Finder(css="main [role=combobox]:not(input), form [role=combobox]:not(input)", last=True),
            Finder(css="button[aria-haspopup=listbox], button[aria-haspopup=dialog]", name=r"model", last=True),
        ),
        "model_search": (
            Finder(css="[role=dialog] input, [role=listbox] input, input[role=combobox]", name=r"search|find|filter"),
            Finder(css="input[type=search], input[cmdk-input]"),
        ),
        "model_option": (
            Finder(css="[role=option]"),
            Finder(css="[role=menuitemradio], [role=radio]"),
        ),
        "modality_chat": (Finder(css="button, [role=tab], [role=radio]", name=r"^(text|chat)$"),),
        "modality_image": (Finder(css="button, [role=tab], [role=radio]", name=r"^((create|generate) )?images?$"),),
        "modality_search": (Finder(css="button, [role=tab], [role=radio]", name=r"^(web )?search$"),),
        "message_box": (
            Finder(css="textarea[name=text]"),
            Finder(css="form textarea, main textarea"),
            Finder(css="[role=textbox][contenteditable=true], [role=textbox][contenteditable='']"),
        ),
        "attach_input": (
            Finder(css="form:has(textarea, [role=textbox]) input[type=file]", hidden=True),
            Finder(css="main input[type=file]", hidden=True),
            Finder(css="input[type=file]", hidden=True),
        ),
        "attach_button": (
            Finder(css="form button, main button", name=r"^(attach|add|upload)( a| an)?( files?| images?| photos?|$)"),
        ),
        # One for each file that waits to be sent; never what stands in the messages.
        "attachment": (
            Finder(css=f":is({_COMPOSER}) {_REMOVE_OF_ENTRY}"),
            Finder(css=f":is({_COMPOSER}) button", name=_REMOVE_FILE),
            Finder(css=f":is({_COMPOSER}) [data-attachment]"),
            Finder(css=f":is({_COMPOSER}) img[src^='blob:']"),
        ),
        "attachment_remove": (
            Finder(css=f":is({_COMPOSER}) {_REMOVE_OF_ENTRY}"),
            Finder(css=f":is({_COMPOSER}) button", name=_REMOVE_FILE),
        ),
        "attachment_busy": (
            Finder(css=f":is({_COMPOSER}) :is([role=progressbar], [aria-busy=true])"),
            Finder(css=f":is({_COMPOSER}) :is(.animate-spin, [data-uploading])"),
        ),
        "send": (
            Finder(css="button", name=r"^send"),
            Finder(css="form:has(textarea) button[type=submit], form:has([role=textbox]) button[type=submit]"),
        ),
        "retry": (Finder(css="button", name=r"^(retry|regenerate|try again)", last=True),),
        "stop": (Finder(css="button", name=r"^stop"),),
        "answer": (
            Finder(
                css="[data-message-role=assistant], [data-role=assistant]",
                last=True,
            ),
            Finder(css="article[aria-label*=assistant i], [role=article][aria-label*=assistant i]", last=True),
            Finder(css="main article, main [role=article]", last=True),
        ),
        # Within the last answer: what the model said, without names, thoughts and buttons.
        "answer_text": (Finder(css="[data-message-content]"), Finder(css=".prose"), Finder(css="main .text")),
    },
    requests=(
        r"^/(nextjs-)?api/stream/create-evaluation$",
        r"^/(nextjs-)?api/stream/post-to-evaluation/[^/]+$",
        r"^/(nextjs-)?api/stream/retry-evaluation-session-message/[^/]+/messages/[^/]+$",
    ),
    model_field="modelAId",
    session_field="id",
    attachments_field="experimental_attachments",
)

_HIDDEN_BOX = ":is([aria-hidden=true], [inert]) :is(textarea, [role=textbox])"
"""Where a dialog does not say that it is modal: component libraries hide everything else from readers instead."""

SIGNS = Signs(
    signs=(
        Sign(
            kind="challenge",
            finders=(Finder(css="form#challenge-form, #challenge-stage, #cf-challenge-running"),),
        ),
        Sign(
            kind="check",
            finders=(
                Finder(css="iframe[src*='/recaptcha/'][src*='bframe'], iframe[src*='challenges.cloudflare.com']"),
                Finder(css="[role=dialog] .g-recaptcha, [role=alertdialog] .g-recaptcha, [role=dialog] .cf-turnstile"),
            ),
        ),
        Sign(
            kind="sign_in",
            finders=(
                Finder(css="[role=dialog]:has(input[type=password]), [role=dialog]:has(input[type=email])"),
                Finder(css="main form:has(input[type=password])"),
            ),
        ),
        Sign(kind="blocked", finders=(Finder(css="[role=alert][data-account-state=blocked]"),)),
        Sign(
            kind="dialog",
            finders=(
                Finder(css="[role=alertdialog], [role=dialog][aria-modal=true]"),
                Finder(css=f"body:has({_HIDDEN_BOX}) [role=dialog]"),
            ),
        ),
    ),
    elements={name: RECIPE.elements[name] for name in ("message_box", "new_chat", "stop", "attachment")},
)

_LANGUAGE = r"^(/[a-z]{2}(-[A-Za-z]{2,4})?)?"
"""Pages may lie below a language."""

DIRECT_PATH = _LANGUAGE + r"/?[?](.*&)?mode=direct(&|$)"
"""The address of a new direct chat. Without its mode it is a battle of two models."""

BATTLE_PATH = _LANGUAGE + r"/?[?](.*&)?mode=battle(&|$)"
SIDE_BY_SIDE_PATH = _LANGUAGE + r"/?[?](.*&)?mode=side-by-side(&|$)"

_TOGGLES: dict[Modality, str] = {"chat": "modality_chat", "image": "modality_image", "search": "modality_search"}
"""The modes that we serve and that the page can be switched to."""


def compose(
    model: SiteModel,
    text: str,
    session: str | None = None,
    files: tuple[str, ...] = (),
) -> Composition:
    """
    A message to one model, in a new conversation or in that of a site session, as `bodies.create` and `post`.

    `files` are the errands under which the worker holds what goes with it.
    """
    attach = (Attach("attach_input", files),) if files else ()
    where = _begin(model) if session is None else (_return(session),)
    return Composition(
        recipe=RECIPE if session is None else _knowing(session),
        actions=(*where, *attach, Fill("message_box", text), Send("send")),
        model=model.id,
    )


def compose_pair(model: SiteModel, rival: SiteModel | None, text: str, files: tuple[str, ...] = ()) -> Composition:
    """A message to two models side by side or, without a rival, to two that the site draws; in a new conversation."""
    attach = (Attach("attach_input", files),) if files else ()
    if rival is None:
        where: tuple[Action, ...] = (Open("new_battle", path=BATTLE_PATH, place="battle mode"), _toggle(model))
        recipe = _asking(RECIPE, forbidden=("modelAId", "modelBId"), mode="battle")
    else:
        where = (
            Open("new_side_by_side", path=SIDE_BY_SIDE_PATH, place="side by side mode"),
            _toggle(model),
            _choose("model_picker", model),
            _choose("second_picker", rival),
        )
        recipe = _asking(RECIPE, forbidden=(), mode="side-by-side", modelBId=rival.id)
    return Composition(
        recipe=recipe,
        actions=(*where, *attach, Fill("message_box", text), Send("send")),
        model=model.id if rival is not None else "",
    )


def compose_into(captured: CapturedSession, model: SiteModel, text: str, files: tuple[str, ...] = ()) -> Composition:
    """A message into a session of the person's own. In a battle the page names no model: it is as it was begun."""
    whole = compose(model, text, captured.session, files)
    if captured.mode == "direct":
        return whole
    return msgspec.structs.replace(whole, recipe=_asking(whole.recipe, forbidden=()), model="")


def _asking(recipe: Recipe, forbidden: tuple[str, ...], **fields: str) -> Recipe:
    return msgspec.structs.replace(recipe, forbidden_fields=forbidden, required_fields=fields)


def compose_again(session: str) -> Composition:
    """Have the last answer of a site session made again, by the page's own button. The page names no model there."""
    return Composition(
        recipe=_knowing(session),
        actions=(_return(session), Again("retry")),
        model="",
    )


def _begin(model: SiteModel) -> tuple[Action, ...]:
    return (
        Open("new_chat", path=DIRECT_PATH, place="direct mode"),
        _toggle(model),
        _choose("model_picker", model),
    )


def _toggle(model: SiteModel) -> Toggle:
    return Toggle(_TOGGLES[model.modality], optional=model.modality == "chat")


def _choose(picker: str, model: SiteModel) -> Choose:
    return Choose(
        picker=picker,
        search="model_search",
        option="model_option",
        value=model.id,
        label=model.public_name,
        maker=model.organization or "",
    )


def _return(session: str) -> Return:
    return Return(CONVERSATION, path=f"{_LANGUAGE}/c/{re.escape(session)}$", list="conversations")


def _knowing(session: str) -> Recipe:
    """The page lists the person's conversations as links, which it may have folded away: those work as well."""
    path = f"/c/{quote(session, safe='')}"
    css = f"a[href$='{path}'], a[href*='{path}?']"
    known = {
        CONVERSATION: (Finder(css=css), Finder(css=css, hidden=True)),
        "conversations": (Finder(css="a[href*='/c/']", hidden=True),),
    }
    return msgspec.structs.replace(RECIPE, elements={**RECIPE.elements, **known})
