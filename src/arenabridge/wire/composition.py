"""
What a worker does with the site's own page, as the person would: the parts of the page, and what to do with them.

A site that insists on checks which its own page runs is used through that page: the worker finds its message box, its
model picker and its send button, and reads the answer that the page itself asked for. Which parts these are and in
which order they are used is data that the gateway sends, so that a change of the page needs no new userscript.
"""

from typing import Literal

import msgspec

HumanKind = Literal["check", "challenge", "sign_in", "dialog", "blocked", "unreachable"]
"""What the site wants of the person: a visible check, a challenge page, a sign-in, an answer to a dialog, or nothing
that helps (the account is blocked). `unreachable` is nobody's doing: a session without a page has no connection."""

PAGE_TEXT = "text/x-arenabridge-page"
"""Content type that a worker reports when it read the answer from the page's text instead of from its request."""


class Finder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One way to find an element of the page.

    Of the elements that match `css`, in document order: those that are rendered and whose accessible name (label, else
    title, placeholder or text) matches `name`, a regular expression without regard to case. `last` takes the last one.
    With `hidden`, those count too that are not rendered: pages hide what takes their files behind a button.
    """

    css: str
    name: str = ""
    last: bool = False
    hidden: bool = False


class Sign(msgspec.Struct, frozen=True, kw_only=True):
    """By its structure the page shows that it wants the person: one of `finders` finds something."""

    kind: HumanKind
    finders: tuple[Finder, ...]


class Signs(msgspec.Struct, frozen=True, kw_only=True):
    """
    How to recognize that the person is needed, never by words.

    A document that came with one of `challenge_statuses` is a challenge page. `elements` are those of the recipe by
    which a worker sees whether its page can be used and whether the person uses it, before any job.
    """

    challenge_statuses: tuple[int, ...] = (403, 429, 503)
    signs: tuple[Sign, ...] = ()
    elements: dict[str, tuple[Finder, ...]] = {}


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """
    The parts of the page that a composer uses, each with the ways to find it, the most telling first.

    `requests` are regular expressions for the paths of the page's own requests that make the site answer, and
    `model_field` and `session_field` are the keys of their JSON bodies that name the model and the site session.
    """

    version: str
    elements: dict[str, tuple[Finder, ...]]
    requests: tuple[str, ...]
    model_field: str
    session_field: str
    forbidden_fields: tuple[str, ...] = ("modelBId",)
    """Keys of those bodies that must not name anything: a second model's answer would be paid for and never read."""
    attachments_field: str = ""
    """The key of a message in those bodies that lists its files; without it they are not counted."""
    required_fields: dict[str, str] = {}
    """Keys of those bodies that must have these values, such as the mode and a second model that is wanted."""
    element_seconds: float = 15.0
    """How long a part of the page is waited for: a page may lie there long before its scripts bring it to life."""
    human_seconds: float = 120.0
    """How long the person may take for what the page wants once something was sent."""
    refusal_seconds: float = 15.0
    """How long a refusal is held back: the page may show a check, loaded from elsewhere, and then ask again."""


class Open(msgspec.Struct, frozen=True, tag="open", tag_field="do"):
    """
    Press `element` unless the page is at an address that matches `path` with nothing said yet; wait until it is.

    The address is path and query: a site tells its modes apart by the query. `place` is what stands there, for the
    error that says that it was not reached.
    """

    element: str
    path: str
    place: str = ""


class Return(msgspec.Struct, frozen=True, tag="return", tag_field="do"):
    """
    Press `element`, a link, unless the page is at a path that matches `path` already; wait until it shows that place.

    `list` are links of the same kind: a page that has some of them but not this one is not waited for.
    """

    element: str
    path: str
    list: str = ""


class Again(msgspec.Struct, frozen=True, tag="again", tag_field="do"):
    """Press `element`, which makes the site answer its last message again: it may cost the person's quota."""

    element: str


class Toggle(msgspec.Struct, frozen=True, tag="toggle", tag_field="do"):
    """
    Press `element` unless it is pressed already (`aria-pressed`, `aria-selected` or `aria-checked`).

    A page need not have an `optional` one: it is then what the page does anyway.
    """

    element: str
    optional: bool = False


class Choose(msgspec.Struct, frozen=True, tag="choose", tag_field="do", kw_only=True):
    """
    Press `picker`, type `label` into `search` if the page has it, and press the `option` that is it.

    Options are told apart by an attribute that holds `value` if they have one, else by their text being `label`, and of
    several that are alike by a part of it being `maker`.
    """

    picker: str
    search: str
    option: str
    value: str
    label: str
    maker: str = ""


class Attach(msgspec.Struct, frozen=True, tag="attach", tag_field="do"):
    """
    Attach the files that the worker holds under the errands `files`, with the file input `element`.

    Without an input `button` is pressed, which may bring one, and else they are dropped on `box`. Done when the page
    shows as many of `preview` as there are files and none of `busy`; `remove` takes one away again.
    """

    element: str
    files: tuple[str, ...]
    button: str = "attach_button"
    box: str = "message_box"
    preview: str = "attachment"
    busy: str = "attachment_busy"
    remove: str = "attachment_remove"


class Fill(msgspec.Struct, frozen=True, tag="fill", tag_field="do"):
    """Put `text` into `element` and see that the page holds all of it."""

    element: str
    text: str


class Send(msgspec.Struct, frozen=True, tag="send", tag_field="do"):
    """Press `element` once it is enabled: from here on it may cost the person's quota."""

    element: str


Action = Again | Open | Return | Toggle | Choose | Attach | Fill | Send


class Composition(msgspec.Struct, frozen=True, tag="composer", tag_field="how", kw_only=True):
    """A job for a worker's page. `model` is the id that the page's own request must name, or the job is stopped."""

    recipe: Recipe
    actions: tuple[Action, ...]
    model: str
