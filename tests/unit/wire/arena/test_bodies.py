"""Request bodies: exactly what the site's own page sent, but for the fields of its checks."""

import json
from typing import Any

import pytest

from arenabridge.wire.arena.bodies import (
    AUGUST_2025,
    CURRENT,
    DIALECTS,
    NOVEMBER_2025,
    OCTOBER_2025,
    Answerers,
    Dialect,
    Prompt,
    Retry,
    SiteAttachment,
    Turn,
    create,
    post,
    retry,
)
from arenabridge.wire.arena.ids import AttemptIds
from arenabridge.wire.step import Step

IDS = AttemptIds(session="S", user="U", a="A", b="B")
DIRECT, BATTLE, BOTH = Answerers.direct("mA"), Answerers.battle(), Answerers.side_by_side("mA", "mB")
HELLO = Prompt(text="Hello")


def body(step: Step) -> str:
    assert step.body is not None
    return step.body


def keys(step: Step) -> list[str]:
    return list(json.loads(body(step)))


def messages(step: Step) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(body(step))["messages"]
    return found


def test_create_in_2026() -> None:
    assert create(CURRENT, IDS, DIRECT, HELLO) == Step(
        method="POST",
        path="/nextjs-api/stream/create-evaluation",
        headers={"Content-Type": "text/plain;charset=UTF-8"},
        body='{"id":"S","mode":"direct","modelAId":"mA","userMessageId":"U","modelAMessageId":"A","modelBMessageId":"B",'
        '"userMessage":{"content":"Hello","experimental_attachments":[],"metadata":{}},"modality":"chat"}',
        generates=True,
    )


def test_create_in_november_2025() -> None:
    assert body(create(NOVEMBER_2025, IDS, DIRECT, HELLO)) == (
        '{"id":"S","mode":"direct","modelAId":"mA","userMessageId":"U","modelAMessageId":"A",'
        '"userMessage":{"content":"Hello","experimental_attachments":[]},"modality":"chat"}'
    )


def test_create_in_october_2025() -> None:
    assert body(create(OCTOBER_2025, IDS, DIRECT, HELLO)) == (
        '{"id":"S","mode":"direct","modelAId":"mA","userMessageId":"U","modelAMessageId":"A","messages":['
        '{"id":"U","role":"user","content":"Hello","experimental_attachments":[],"parentMessageIds":[],'
        '"participantPosition":"a","modelId":null,"evaluationSessionId":"S","status":"pending","failureReason":null},'
        '{"id":"A","role":"assistant","content":"","reasoning":"","experimental_attachments":[],'
        '"parentMessageIds":["U"],"participantPosition":"a","modelId":"mA","evaluationSessionId":"S",'
        '"status":"pending","failureReason":null}],"modality":"chat"}'
    )


def test_the_prefix_before_september_2025() -> None:
    assert create(AUGUST_2025, IDS, DIRECT, HELLO).path == "/api/stream/create-evaluation"


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_a_battle_names_no_model_and_two_answers(dialect: Dialect) -> None:
    assert keys(create(dialect, IDS, BATTLE, HELLO))[:5] == [
        "id",
        "mode",
        "userMessageId",
        "modelAMessageId",
        "modelBMessageId",
    ]


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_side_by_side_names_both(dialect: Dialect) -> None:
    step = create(dialect, IDS, BOTH, HELLO)
    assert keys(step)[:4] == ["id", "mode", "modelAId", "modelBId"]
    assert '"mode":"side-by-side"' in body(step)


@pytest.mark.parametrize(("who", "models"), [(BATTLE, [None, None, None]), (BOTH, [None, "mA", "mB"])])
def test_two_empty_answers_to_one_message(who: Answerers, models: list[str | None]) -> None:
    said = messages(create(OCTOBER_2025, IDS, who, HELLO))
    assert [each["modelId"] for each in said] == models
    assert [each["participantPosition"] for each in said] == ["a", "a", "b"]
    assert [each["parentMessageIds"] for each in said] == [[], ["U"], ["U"]]


def test_a_picture_is_asked_for_with_the_page_s_flags() -> None:
    step = create(NOVEMBER_2025, IDS, DIRECT, Prompt(text="a cat", modality="image"))
    assert body(step).endswith('"modality":"image","featureFlags":{"editImageButtonEnabled":"control"}}')


@pytest.mark.parametrize("modality", ["search", "webdev", "video"])
def test_other_modalities_have_no_flags(modality: Any) -> None:
    step = create(NOVEMBER_2025, IDS, DIRECT, Prompt(text="x", modality=modality))
    assert body(step).endswith(f'"modality":"{modality}"}}')


def test_an_attachment() -> None:
    picture = SiteAttachment(name="u/1-p.png", content_type="image/png", url="https://x/p.png")
    expected = [{"name": "u/1-p.png", "contentType": "image/png", "url": "https://x/p.png"}]
    prompt = Prompt(text="what?", attachments=(picture,))
    new = json.loads(body(create(CURRENT, IDS, DIRECT, prompt)))["userMessage"]
    assert new["experimental_attachments"] == expected
    assert messages(create(OCTOBER_2025, IDS, DIRECT, prompt))[0]["experimental_attachments"] == expected


def test_post_in_2026() -> None:
    step = post(CURRENT, IDS, DIRECT, HELLO)
    assert (step.method, step.path, step.generates) == ("POST", "/nextjs-api/stream/post-to-evaluation/S", True)
    assert body(step) == (
        '{"id":"S","modelAId":"mA","userMessageId":"U","modelAMessageId":"A","modelBMessageId":"B",'
        '"userMessage":{"content":"Hello","experimental_attachments":[],"metadata":{}},"modality":"chat"}'
    )


def test_post_in_november_2025_has_no_mode() -> None:
    assert body(post(NOVEMBER_2025, IDS, DIRECT, HELLO)) == (
        '{"id":"S","modelAId":"mA","userMessageId":"U","modelAMessageId":"A",'
        '"userMessage":{"content":"Hello","experimental_attachments":[]},"modality":"chat"}'
    )


def test_post_in_october_2025_brings_the_whole_conversation() -> None:
    history = Turn(id="u1", role="user", text="Hi"), Turn(id="a1", role="assistant", text="Yes?")
    step = post(OCTOBER_2025, IDS, DIRECT, HELLO, history)
    assert keys(step) == ["id", "mode", "modelAId", "userMessageId", "modelAMessageId", "messages", "modality"]
    told = [(each["id"], each["content"], each["parentMessageIds"], each["status"]) for each in messages(step)]
    assert told == [
        ("u1", "Hi", [], "pending"),
        ("a1", "Yes?", ["u1"], "success"),
        ("U", "Hello", ["a1"], "pending"),
        ("A", "", ["U"], "pending"),
    ]


HISTORY = (
    Turn(id="1", role="system", text="Be brief.", position="b"),
    Turn(id="2", role="user", text="Hi"),
)


def test_retry_until_november_2025_brings_its_own_messages() -> None:
    again = Retry(session="S", message="A", model="mA", history=HISTORY)
    step = retry(NOVEMBER_2025, again, unix_ms=1_759_399_200_000)
    assert (step.method, step.generates) == ("PUT", True)
    assert step.path == "/nextjs-api/stream/retry-evaluation-session-message/S/messages/A"
    assert body(step) == (
        '{"messages":[{"role":"system","content":"Be brief.","id":"1","evaluationId":null,"evaluationSessionId":"S",'
        '"parentMessageIds":[],"experimental_attachments":[],"failureReason":null,"metadata":null,'
        '"participantPosition":"b","createdAt":"2025-10-02T10:00:00.000Z","updatedAt":"2025-10-02T10:00:00.000Z",'
        '"status":"success"},{"role":"user","content":"Hi","id":"2","evaluationId":null,"evaluationSessionId":"S",'
        '"parentMessageIds":["1"],"experimental_attachments":[],"failureReason":null,"metadata":null,'
        '"participantPosition":"a","createdAt":"2025-10-02T10:00:00.000Z","updatedAt":"2025-10-02T10:00:00.000Z",'
        '"status":"pending"}],"modelId":"mA"}'
    )


def test_a_retry_for_a_picture_is_all_done() -> None:
    again = Retry(session="S", message="A", history=HISTORY, modality="image")
    assert [each["status"] for each in messages(retry(OCTOBER_2025, again, 0))] == ["success", "success"]


def test_retry_since_december_2025_brings_nothing() -> None:
    assert body(retry(CURRENT, Retry(session="S", message="A", model="mA", history=HISTORY), 0)) == "{}"


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
def test_the_fields_of_the_site_s_checks_are_the_page_s(dialect: Dialect) -> None:
    steps = (
        create(dialect, IDS, DIRECT, HELLO),
        post(dialect, IDS, DIRECT, HELLO),
        retry(dialect, Retry(session="S", message="A"), 0),
    )
    assert not [step for step in steps if "recaptcha" in body(step).lower()]


def test_text_goes_as_it_is() -> None:
    """Other scripts are sent raw, as the page sends them, and half a character does not break the request."""
    assert '"content":"世 😊 \\" \ufffd"' in body(create(CURRENT, IDS, DIRECT, Prompt(text='世 😊 " \ud83d')))


def test_an_id_can_not_leave_its_place_in_the_path() -> None:
    ids = AttemptIds(session="../x?y", user="U", a="A", b="B")
    assert post(CURRENT, ids, DIRECT, HELLO).path.endswith("/post-to-evaluation/..%2Fx%3Fy")
