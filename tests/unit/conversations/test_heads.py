"""Which chat may go on in which session of the site."""

from dataclasses import dataclass, field

import orjson
from hypothesis import given, strategies as st

from arenabridge.conversations.heads import MAX_HEADS, Asker, Heads, split
from arenabridge.wire.chat import Message, RemoteFile
from arenabridge.wire.openai.files import attachment
from arenabridge.wire.openai.request import decode_chat_request

ME = Asker("key", "model", "profile")
HI, HELLO, MORE = Message("user", "Hi"), Message("assistant", "Hello"), Message("user", "More")


def known() -> Heads:
    """One session has seen "Hi" and "Hello"."""
    heads = Heads(b"secret")
    heads.put(ME, [HI], ["Hello"], "s1")
    return heads


def test_a_chat_goes_on_where_its_last_answer_was_given() -> None:
    assert known().take(ME, [HI, HELLO, MORE]) == "s1"


def test_of_two_equal_requests_the_second_starts_afresh() -> None:
    heads = known()
    assert [heads.take(ME, [HI, HELLO, MORE]), heads.take(ME, [HI, HELLO, MORE])] == ["s1", None]


def test_an_answer_that_may_be_repeated_in_two_forms_is_still_one_head() -> None:
    forms = ["<think>Hm</think>Hello", "Hello"]
    for repeated in forms:
        heads = Heads(b"secret")
        heads.put(ME, [HI], forms, "s1")
        assert heads.take(ME, [HI, Message("assistant", repeated), MORE]) == "s1"
        assert len(heads) == 0
        assert not any(heads.has(ME, [HI, Message("assistant", form), MORE]) for form in forms)


def test_a_newer_session_that_has_seen_the_same_replaces_the_older_in_all_its_forms() -> None:
    heads = Heads(b"secret")
    heads.put(ME, [HI], ["one", "Hello"], "s1")
    heads.put(ME, [HI], ["two", "Hello"], "s2")
    assert heads.take(ME, [HI, Message("assistant", "one"), MORE]) is None
    assert heads.take(ME, [HI, Message("assistant", "two"), MORE]) == "s2"


def test_what_was_of_no_use_is_given_back() -> None:
    heads, messages = known(), [HI, HELLO, MORE]
    heads.give_back(ME, messages, heads.take(ME, messages) or "")
    assert heads.take(ME, messages) == "s1"


def test_whoever_changes_anything_starts_afresh() -> None:
    changed = [
        (ME, [Message("user", "Hi!"), HELLO, MORE]),
        (ME, [HI, Message("assistant", "Hello "), MORE]),
        (ME, [Message("system", "Be brief"), HI, HELLO, MORE]),
        (ME, [Message("user", "Hi", "Bob"), HELLO, MORE]),
        (ME, [Message("user", "HiHello"), Message("assistant", ""), MORE]),
        (Asker("other", "model", "profile"), [HI, HELLO, MORE]),
        (Asker("key", "other", "profile"), [HI, HELLO, MORE]),
        (Asker("key", "model", "other"), [HI, HELLO, MORE]),
        (Asker("key", "model", "profile", "strict"), [HI, HELLO, MORE]),
        (Asker("keym", "odel", "profile"), [HI, HELLO, MORE]),
    ]
    assert [known().take(asker, messages) for asker, messages in changed] == [None] * len(changed)


def test_a_chat_with_another_file_is_another_chat() -> None:
    cat, dog = (Message("user", "Hi", files=(attachment(each, "x.png"),)) for each in (b"cat", b"dog"))
    heads = Heads(b"secret")
    heads.put(ME, [cat], ["Hello"], "s1")
    assert heads.take(ME, [dog, HELLO, MORE]) is None
    assert heads.take(ME, [HI, HELLO, MORE]) is None
    assert heads.take(ME, [cat, HELLO, MORE]) == "s1"


def test_a_picture_of_an_answer_that_comes_back_is_the_site_s_own() -> None:
    shown = Message("assistant", "Hello", files=(RemoteFile("http://127.0.0.1/files/abc"),))
    assert known().take(ME, [HI, shown, MORE]) == "s1"


def test_a_picture_alone_is_something_new() -> None:
    assert known().take(ME, [HI, HELLO, Message("user", "", files=(attachment(b"cat", ""),))]) == "s1"


def test_a_regeneration_and_a_first_message_start_afresh() -> None:
    assert known().take(ME, [HI]) is None
    assert known().take(ME, [HI, HELLO]) is None


def test_several_new_turns_after_the_last_answer_go_on_too() -> None:
    messages = [HI, HELLO, Message("system", "Now in verse"), MORE]
    assert split(messages) == ([HI, HELLO], messages[2:])
    assert known().take(ME, messages) == "s1"


CALL = {"id": "c1", "function": {"name": "look", "arguments": "{}"}}
ANSWERS: list[dict[str, object]] = [
    {"content": "Hello"},
    {"content": "Hello", "function_call": {"name": "look", "arguments": "{}"}},
    {"content": "Hello", "function_call": {"name": "look", "arguments": '{"at":1}'}},
    {"content": "Hello", "tool_calls": [CALL, {**CALL, "id": "c2"}]},
    {"content": "Hello", "tool_calls": [{"custom": {"name": "sh", "input": "ls"}}]},
    {"content": "Hello", "refusal": "I can't."},
]


def test_chats_in_which_something_else_was_done_are_not_the_same() -> None:
    def held(answer: dict[str, object]) -> list[Message]:
        turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", **answer}, {"role": "user", "content": "On"}]
        return list(decode_chat_request(orjson.dumps({"model": "gpt", "messages": turns})).chat.messages)

    assert [answer for answer in ANSWERS if known().take(ME, held(answer)) is not None] == ANSWERS[:1]


def test_what_is_kept_is_bounded_and_holds_no_text() -> None:
    heads = Heads(b"secret")
    for number in range(MAX_HEADS + 5):
        heads.put(ME, [Message("user", f"secret {number}")], ["answer"], f"s{number}")
    assert len(heads) == MAX_HEADS
    assert "secret 7" not in repr(vars(heads))


@dataclass
class Client:
    """A client's chat: what it holds, which it may edit, cut or regenerate at any time."""

    held: list[Message] = field(default_factory=list)


CLIENTS = st.integers(0, 2)
THOUGHTS = "<think>Hm</think>"
"""Which an answer was given with; whether they come back is the client's own affair."""

MOVES = st.lists(
    st.tuples(
        CLIENTS, st.sampled_from(["say", "edit", "cut", "regenerate", "fail"]), st.integers(0, 2), st.integers(0, 1)
    ),
    max_size=30,
)


@given(MOVES)
def test_the_model_is_always_shown_exactly_the_clients_messages(moves: list[tuple[int, str, int, int]]) -> None:
    """For any interleaving of chats, edits, branches, regenerations and failures."""
    heads, clients = Heads(b"secret"), [Client() for _ in range(3)]
    sessions: dict[str, list[Message]] = {}
    for turn, (number, move, pick, form) in enumerate(moves):
        client = clients[number]
        change(client, move, pick)
        session = heads.take(ME, client.held)
        if session is None:
            session = f"s{turn}"
            sessions[session] = [without_thoughts(message) for message in client.held]
        else:
            sessions[session] += split(client.held)[1]
        assert sessions[session] == [without_thoughts(message) for message in client.held]
        if move != "fail":
            forms = [f"a{pick}", f"{THOUGHTS}a{pick}"]
            heads.put(ME, client.held, forms, session)
            sessions[session].append(Message("assistant", forms[0]))
            client.held.append(Message("assistant", forms[form]))


def without_thoughts(message: Message) -> Message:
    return Message(message.role, message.text.removeprefix(THOUGHTS))


def change(client: Client, move: str, pick: int) -> None:
    users = [index for index, message in enumerate(client.held) if message.role == "user"]
    if move == "edit" and users:
        client.held[users[pick % len(users)]] = Message("user", f"edited {pick}")
    elif move == "cut" and users:
        del client.held[users[pick % len(users)] :]
    elif move == "regenerate" and client.held and client.held[-1].role == "assistant":
        client.held.pop()
        return
    client.held.append(Message("user", f"u{pick}"))
