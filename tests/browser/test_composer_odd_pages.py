"""Pages that are built otherwise than the simulated site's, or do not do what they should."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, Route

from arenabridge.wire.arena.composer import RECIPE
from arenabridge.wire.composition import (
    PAGE_TEXT,
    Action,
    Choose,
    Composition,
    Fill,
    Finder,
    Open,
    Return,
    Send,
    Toggle,
)
from arenabridge.wire.link.messages import End, Failed
from browser.composing import Arena
from browser.conftest import script_for
from browser.link_double import LinkDouble, Told

TEXTAREA = '<form><textarea name="text"></textarea><button type="submit">Send</button></form><main></main>'
EDITABLE = """<div role="textbox" contenteditable="true" style="white-space: pre-wrap; min-height: 1em"></div>
<button type="button">Send</button><main></main>"""
ON_SUBMIT = """
const after = (ms) => new Promise((wake) => setTimeout(wake, ms));
const box = document.querySelector('textarea, [contenteditable]');
const main = document.querySelector('main');
const text = () => box.value ?? box.innerText;
const card = () => {
    const made = document.createElement('article');
    made.setAttribute('aria-label', 'Assistant message');
    main.append(made);
    return made;
};
const stop = document.createElement('button');
stop.textContent = 'Stop';
document.querySelector('button').addEventListener('click', async (event) => {
    event.preventDefault();
    const asked = text();
    box.localName === 'textarea' ? (box.value = '') : box.replaceChildren();
    document.body.append(stop);
    await answer(asked);
    stop.remove();
});
"""
ECHO = (
    ON_SUBMIT
    + "async function answer(asked) { await after(50); card().append(Object.assign(pre(), { textContent: asked })); }"
)
PRE = "const pre = () => { const made = document.createElement('pre'); made.className = 'prose'; return made; };"


@asynccontextmanager
async def odd_page(visitor: Browser, url: str, gateway: str, body: str, script: str = "") -> AsyncIterator[Page]:
    async def serve(route: Route) -> None:
        document = f"<!doctype html><title>Odd</title><body>{body}<script>{script}</script>"
        await route.fulfill(body=document, content_type="text/html; charset=utf-8")

    context = await visitor.new_context(permissions=["local-network-access"])
    try:
        await context.route(url, serve)
        await context.add_init_script(script_for(gateway))
        page = await context.new_page()
        await page.goto(url)
        yield page
    finally:
        await context.close()


def composition(text: str, *before: Action) -> Composition:
    recipe = replace(RECIPE, element_seconds=0.5, refusal_seconds=0.5)
    return Composition(recipe=recipe, actions=(*before, Fill("message_box", text), Send("send")), model="m")


def failure(told: Told) -> tuple[str, bool]:
    assert isinstance(told.ending, Failed), told
    return told.ending.kind, told.ending.started


async def test_a_box_that_takes_only_a_part_is_emptied_again(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    cut = "document.querySelector('textarea').oninput = ({ target }) => { target.value = target.value.slice(0, 5) };"
    async with odd_page(visitor, arena.url, double.url, TEXTAREA, cut) as page:
        told = await (await double.worker()).compose("j1", composition("seven words"))
        assert failure(told) == ("text_refused", False)
        assert isinstance(told.ending, Failed)
        assert told.ending.detail == "It holds 5 of 11 characters."
        assert await page.locator("textarea").input_value() == ""


async def test_a_press_that_the_pages_code_does_not_take_leaves_no_page(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    async with odd_page(visitor, arena.url, double.url, TEXTAREA) as page:
        worker = await double.worker()
        assert failure(await worker.compose("j1", composition("Hi"))) == ("fetch_failed", True)
        assert page.url == arena.url
        assert not worker.gone


async def test_a_link_that_would_load_another_page_is_not_followed(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    body = f'<a href="/elsewhere">New chat</a>{TEXTAREA}'
    async with odd_page(visitor, arena.url, double.url, body) as page:
        told = await (await double.worker()).compose("j1", composition("Hi", Open("new_chat", "^/elsewhere$")))
        assert failure(told) == ("element_missing", False)
        assert page.url == arena.url


SHOWS_LATER = """
let place = 'the first place';
document.querySelector('a').addEventListener('click', async (event) => {
    event.preventDefault();
    history.pushState({}, '', '/c/second');
    await after(150);
    place = 'the second place';
    main.querySelector('article').textContent = 'said in the second place';
});
async function answer(asked) {
    const body = JSON.stringify({ modelAId: 'm' });
    document.title = place;
    await fetch('/nextjs-api/stream/create-evaluation', { method: 'POST', body });
}
"""


async def test_nothing_is_written_before_the_page_shows_the_place_that_its_address_names(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    said = '<article aria-label="Assistant message">said in the first place</article>'
    body = TEXTAREA.replace("<main>", f'<a href="/c/second">Second</a><main>{said}')
    step = composition("Hi", Return("conversation", "^/c/second$"))
    elements = step.recipe.elements | {"conversation": (Finder(css="a"),)}
    step = replace(step, recipe=replace(step.recipe, elements=elements))
    async with odd_page(visitor, arena.url, double.url, body, ON_SUBMIT + SHOWS_LATER) as page:
        await (await double.worker()).compose("j1", step)
        assert await page.title() == "the second place"


@pytest.mark.parametrize("lines", [3, 3000])
async def test_an_editable_element_without_code_of_its_own_takes_every_line(
    visitor: Browser, arena: Arena, double: LinkDouble, lines: int
) -> None:
    text = "\n".join(f"  line {number}\t\U0001f600" if number % 7 else "" for number in range(1, lines))
    async with odd_page(visitor, arena.url, double.url, EDITABLE, PRE + ECHO):
        told = await (await double.worker()).compose("j1", composition(text))
    assert isinstance(told.ending, End)
    assert told.text == text


LAID_OUT = """
async function answer() {
    const shown = card();
    const line = (parts) => {
        const made = document.createElement('p');
        made.append(...parts);
        shown.append(made);
        return made;
    };
    const bold = Object.assign(document.createElement('b'), { textContent: 'bold' });
    const first = line(['not yet **bo']);
    await after(1700);
    first.replaceChildren('now ', bold, ' text');
    line(['second']);
    await after(100);
    line(['third']);
}
"""


async def test_a_laid_out_answer_is_read_line_by_line(visitor: Browser, arena: Arena, double: LinkDouble) -> None:
    async with odd_page(visitor, arena.url, double.url, TEXTAREA, ON_SUBMIT + LAID_OUT):
        told = await (await double.worker()).compose("j1", composition("Hi"))
    assert told.head is not None
    assert told.head.headers["content-type"] == PAGE_TEXT
    assert told.text == "now bold text\n\nsecond\n\nthird"
    assert isinstance(told.ending, End)


CHANGING = """
async function answer() {
    const shown = pre();
    card().append(shown);
    shown.textContent = 'what was said';
    await after(1700);
    shown.textContent = 'something else';
    await after(5000);
}
"""


async def test_an_answer_that_changes_where_it_was_read_fails(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    async with odd_page(visitor, arena.url, double.url, TEXTAREA, PRE + ON_SUBMIT + CHANGING):
        told = await (await double.worker()).compose("j1", composition("Hi"))
    assert failure(told) == ("answer_changed", True)


POINTERS = """
const list = document.querySelector('[role=listbox]');
const trigger = document.querySelector('[role=combobox]');
trigger.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return;
    event.preventDefault();
    list.hidden = false;
    trigger.setAttribute('aria-expanded', 'true');
});
for (const option of list.children) option.addEventListener('pointerup', () => {
    list.hidden = true;
    trigger.textContent = option.textContent;
    trigger.setAttribute('aria-expanded', 'false');
});
const toggle = document.querySelector('[role=tab]');
toggle.addEventListener('mousedown', () => toggle.setAttribute('aria-selected', 'true'));
"""
ON_OTHER_SUBMIT = ON_SUBMIT.replace("querySelector('button')", "querySelector('button[type=submit]')")
SELECT = """<main><button type="button" role="combobox" aria-expanded="false">Choose</button>
<div role="listbox" hidden><div role="option">One</div><div role="option">Two</div></div></main>
<button type="button" role="tab" aria-selected="false">Chat</button>"""


async def test_parts_that_listen_to_the_pointer_are_pressed_too(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    choice = Choose(picker="model_picker", search="model_search", option="model_option", value="x", label="Two")
    answer = "async function answer() { await after(50); card().append(trigger.firstChild); }"
    body = SELECT + TEXTAREA.replace("<main></main>", "")
    async with odd_page(visitor, arena.url, double.url, body, POINTERS + ON_OTHER_SUBMIT + answer):
        told = await (await double.worker()).compose("j1", composition("Hi", Toggle("modality_chat"), choice))
    assert told.text == "Two"


async def test_a_page_need_not_have_a_switch_for_what_it_does_anyway(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    async with odd_page(visitor, arena.url, double.url, TEXTAREA, PRE + ECHO):
        told = await (await double.worker()).compose("j1", composition("Hi", Toggle("modality_chat", optional=True)))
    assert told.text == "Hi"


ASKS_LATE = """
async function answer() {
    const line = Object.assign(document.createElement('p'), { textContent: 'Thinking' });
    card().append(line);
    await after(3000);
    const body = JSON.stringify({ modelAId: 'm' });
    await fetch('/nextjs-api/stream/create-evaluation', { method: 'POST', body });
}
"""


async def test_a_request_that_comes_late_wins_over_what_the_page_showed_meanwhile(
    visitor: Browser, arena: Arena, double: LinkDouble
) -> None:
    async with odd_page(visitor, arena.url, double.url, TEXTAREA, ON_SUBMIT + ASKS_LATE):
        told = await (await double.worker()).compose("j1", composition("Hi"))
    assert told.head is not None
    assert told.head.headers["content-type"] != PAGE_TEXT
    assert "Thinking" not in told.text
