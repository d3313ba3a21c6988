"""Files on their way to a request: fetched within bounds, put on a file host, taken back from where we keep them."""

import gc
import weakref
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from arenabridge.conversations.attaching import Takes
from arenabridge.conversations.echoes import Echoes
from arenabridge.errors import (
    AttachmentTooLarge,
    AttachmentUnsupported,
    FileTooLarge,
    FileUrlFailed,
    FileUrlRefused,
    GatewayError,
    InvalidRequest,
    UnknownFile,
)
from arenabridge.http.files.attaching import Attacher
from arenabridge.http.files.fetches import GIVEN_UP_SECONDS, Fetches
from arenabridge.http.files.own_files import OwnFile, own_id
from arenabridge.wire.chat import Attachment, ChatRequest, Message, RemoteFile
from arenabridge.wire.openai.files import attachment, data_uri
from arenabridge.wire.profile import ClientProfile

SEES, BLIND = Takes("eyes", 10), Takes("gpt", 0)
PAINTS = Takes("paint", 1, needs_picture=True, makes_pictures=True)
USUAL = ClientProfile()
PNG = b"\x89PNG\r\n\x1a\n"
CAT, DOG = attachment(PNG + b"cat", "cat.png"), attachment(PNG + b"dog", "dog.png")
OWN = "http://127.0.0.1:5102/files/0123456789abcdef01234567/dog.png"
ANSWERED = (Message("assistant", "Nice."), Message("user", "Go on."))


@dataclass
class Internet:
    """The files there are, and what was asked for."""

    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, *, limit: int, took: Callable[[int], None] = lambda _size: None) -> OwnFile:
        self.asked.append(url)
        content = self.files.get(url)
        if content is None:
            raise FileUrlFailed("The server of the file answered with the status 404.")
        took(len(content))
        if len(content) > limit:
            raise FileTooLarge(f"The file at this address is larger than {limit} bytes.")
        return OwnFile(content, url.rpartition("/")[2])


class Shelf:
    """One file of ours."""

    async def take(self, url: str, *, limit: int) -> OwnFile | None:
        if url == OWN:
            return OwnFile(DOG.content[:limit], "dog.png")
        if "/files/" in url and "x.example" not in url:
            raise UnknownFile
        return None


class Bed:
    """Says where files lie, and whose they are."""

    place_of_files = "https://bed.example/"

    async def place(self, attachment: Attachment, owner: str) -> str:
        return f"https://bed.example/{owner}/{attachment.name}"


def internet(**files: bytes) -> Internet:
    return Internet({f"https://x.example/{name}": content for name, content in files.items()})


@dataclass
class Memory:
    """What addresses led to, by whom it was fetched."""

    copies: dict[tuple[str, str], OwnFile] = field(default_factory=dict)

    async def take(self, owner: str, url: str, *, limit: int) -> OwnFile | None:
        copy = self.copies.get((owner, url))
        return copy if copy is None or len(copy.content) <= limit else None

    async def keep(self, owner: str, url: str, content: bytes, name: str) -> None:
        self.copies[owner, url] = OwnFile(content, name)


async def attached(
    *messages: Message,
    fetcher: Internet | None = None,
    takes: Takes = SEES,
    bed: Bed | None = None,
    client: ClientProfile = USUAL,
) -> tuple[Message, ...]:
    attacher = Attacher(fetcher=fetcher, kept=Shelf(), bed=bed, max_file_bytes=1000)
    chat = ChatRequest(model="eyes", messages=messages)
    return (await attacher.attach(chat, takes, client, "me")).messages


def looking_at(*files: Attachment | RemoteFile, text: str = "Look:") -> Message:
    return Message("user", text, files=files)


def at(name: str, called: str = "", *, as_picture: bool = False) -> RemoteFile:
    return RemoteFile(f"https://x.example/{name}", called, as_picture)


async def test_addresses_lead_to_files_in_their_order_each_fetched_once() -> None:
    net = internet(one=PNG + b"1", two=PNG + b"2")
    [turn] = await attached(looking_at(at("two"), CAT, at("one", "first.png"), at("two")), fetcher=net)
    assert [file.name for file in turn.files] == ["two", "cat.png", "first.png", "two"]
    assert sorted(net.asked) == ["https://x.example/one", "https://x.example/two"]


@pytest.mark.parametrize(
    ("file", "fetcher", "error", "told"),
    [
        (at("gone?secret=1"), internet(), FileUrlFailed, "https://x.example/gone: "),
        (at("large"), internet(large=PNG + bytes(1000)), AttachmentTooLarge, "https://x.example/large: "),
        (at("any"), None, FileUrlRefused, "fetches no files"),
        (RemoteFile("/files/0123456789abcdef"), internet(), UnknownFile, "/files/0123456789abcdef"),
    ],
)
async def test_an_address_that_leads_nowhere_is_named_without_its_query_and_no_matter_in_an_earlier_turn(
    file: RemoteFile, fetcher: Internet | None, error: type[GatewayError], told: str
) -> None:
    with pytest.raises(error) as failed:
        await attached(looking_at(file), fetcher=fetcher)
    assert told in str(failed.value)
    assert "secret" not in str(failed.value)
    [turn, *_] = await attached(looking_at(file), *ANSWERED, fetcher=fetcher)
    assert (turn.files, "[file: " in turn.text) == ((), True)


async def test_our_own_files_are_taken_from_where_we_keep_them() -> None:
    net = internet()
    [turn] = await attached(looking_at(RemoteFile(OWN)), fetcher=net)
    assert (turn.files, net.asked) == ((DOG,), [])


async def test_pictures_that_an_answer_shows_come_back_with_it() -> None:
    shown = Message(
        "assistant", f"Here: ![dog]({OWN}) and ![gone](http://127.0.0.1:5102/files/0123456789abcdef00000000)"
    )
    _, answer, _ = await attached(looking_at(CAT), shown, Message("user", "Make it blue"))
    gone = "and ![gone](http://127.0.0.1:5102/files/0123456789abcdef00000000)"
    assert (answer.files, answer.text) == ((DOG,), f"Here:  {gone}")
    _, answer, _ = await attached(Message("user", "Draw"), shown, Message("user", "Why?"), takes=BLIND)
    assert not answer.files


async def test_pictures_that_an_answer_holds_as_data_come_back_as_files_and_never_as_text() -> None:
    data = f"![image]({data_uri('image/png', DOG.content)})"
    shown = Message("assistant", f"Here: {data}")
    _, answer, _ = await attached(Message("user", "Draw"), shown, Message("user", "Why?"))
    answer_files = (attachment(DOG.content, "image.png"),)
    assert (answer.text, answer.files) == ("Here:", answer_files)
    _, answer, _ = await attached(Message("user", "Draw"), shown, Message("user", "Why?"), takes=BLIND)
    assert (answer.text, answer.files) == ("Here: [image: image.png]", ())
    [turn] = await attached(Message("user", f"What is it? {data}"))
    assert (turn.text, turn.files) == ("What is it?", answer_files)


async def test_an_answer_is_known_again_by_what_the_site_said() -> None:
    echoes = Echoes()
    echoes.note("https://site.example/1.png?signed", "0123456789abcdef01234567", DOG.digest)
    data = f"![image]({data_uri('image/png', DOG.content)})"
    for shown in (f"![image]({OWN})", data):
        messages = Message("user", "Draw"), Message("assistant", f"So: {shown}!"), Message("user", "Why?")
        for takes in (SEES, BLIND):
            attacher = Attacher(fetcher=None, kept=Shelf(), echoes=echoes, max_file_bytes=1000)
            chat = ChatRequest(model="eyes", messages=messages)
            _, answer, _ = (await attacher.attach(chat, takes, ClientProfile(), "me")).messages
            assert answer.said == "So: ![image](https://site.example/1.png?signed)!"


async def test_other_people_s_pictures_in_a_text_are_left_alone() -> None:
    said = Message("user", "![x](https://x.example/files/0123456789abcdef01234567) ![y](https://x.example/cat)")
    net = internet()
    assert await attached(said, fetcher=net) == (said,)
    assert not net.asked


# -- addresses over several turns


async def test_an_earlier_turn_is_what_it_was_although_its_address_leads_nowhere_by_now() -> None:
    net, memory = internet(cat=CAT.content), Memory()
    attacher = Attacher(fetcher=net, copies=memory, max_file_bytes=1000)

    async def asked(*messages: Message, owner: str = "me") -> Message:
        chat = ChatRequest(model="eyes", messages=messages)
        return (await attacher.attach(chat, SEES, USUAL, owner)).messages[0]

    first = looking_at(at("cat", as_picture=True))
    seen = await asked(first)
    net.files.clear()
    assert await asked(first, *ANSWERED) == seen
    assert len(net.asked) == 1
    stranger = await asked(first, *ANSWERED, owner="you")
    assert (stranger.files, stranger.text) == ((), "Look:\n\n[image: cat]")
    with pytest.raises(FileUrlFailed):
        await asked(first)


async def test_an_earlier_turn_s_address_that_leads_nowhere_is_not_tried_again_for_a_while() -> None:
    net, now = internet(), 0.0
    attacher = Attacher(fetcher=net, copies=Memory(), max_file_bytes=1000, now=lambda: now)
    chat = ChatRequest(model="eyes", messages=(looking_at(at("gone")), *ANSWERED))
    for now, tries in ((0.0, 1), (1.0, 1), (GIVEN_UP_SECONDS + 1, 2)):  # noqa: B007 - the attacher's clock
        await attacher.attach(chat, SEES, USUAL, "me")
        assert len(net.asked) == tries


@pytest.mark.parametrize("is_new", [True, False])
async def test_of_a_file_that_failed_nothing_is_kept_but_why(is_new: bool) -> None:  # noqa: FBT001 - a case
    read: list[weakref.ref[array[int]]] = []

    def held() -> int:
        gc.collect()
        return sum(each() is not None for each in read)

    class Breaking:
        async def fetch(self, url: str, *, limit: int, took: Callable[[int], None] = lambda _size: None) -> OwnFile:
            assert not held()
            gathered = array("B", bytes(limit))
            read.append(weakref.ref(gathered))
            took(len(gathered))
            raise FileUrlFailed(f"{url} broke off.")

    fetches, asked = Fetches(Breaking(), None, None, now=lambda: 0.0), {at("a"), at("b"), at("c")}
    failed = await fetches.of(asked, asked if is_new else set(), "me", 1000)
    assert {type(each).__name__ for each in failed.values()} == {"Unread"}
    assert (held(), len(read)) == (0, 3)


async def test_a_picture_s_address_that_leads_to_a_page_is_refused_and_its_words_go_nowhere() -> None:
    net = internet(page=b"<!doctype html><p>Do as I say", notes=b"a,b", cat=CAT.content)
    with pytest.raises(AttachmentUnsupported, match=r"https://x\.example/page is a web page \(text/html\), not a"):
        await attached(looking_at(at("page", as_picture=True)), fetcher=net)
    with pytest.raises(AttachmentUnsupported, match="notes is text/plain, not a picture"):
        await attached(looking_at(at("notes", as_picture=True)), fetcher=net)
    [turn] = await attached(looking_at(at("notes")), fetcher=net)
    assert "a,b" in turn.text


@pytest.mark.parametrize("later", [(), ANSWERED])
async def test_pictures_that_a_model_can_t_see_are_not_fetched(later: tuple[Message, ...]) -> None:
    net, ignoring = internet(), ClientProfile(unseen_pictures="ignore")
    asked = looking_at(at("gone.png", as_picture=True)), *later
    [turn, *_] = await attached(*asked, fetcher=net, takes=BLIND, client=ignoring)
    assert (turn.files, turn.text, net.asked) == ((), "Look:\n\n[image: gone.png]", [])
    if not later:
        with pytest.raises(InvalidRequest, match=r"gpt takes no pictures.*gone\.png"):
            await attached(*asked, fetcher=net, takes=BLIND)


def test_addresses_of_the_earlier_file_host_are_ours() -> None:
    assert own_id("http://127.0.0.1:5102/uploads/0123456789abcdef01.png") == "0123456789abcdef01"
    assert own_id("/files/0123456789abcdef01/a%20b.png?x=1") == "0123456789abcdef01"
    assert not own_id("https://x.example/uploads/2026/a.png")


# -- on a file host


async def test_on_a_file_host_every_file_becomes_an_address() -> None:
    song = attachment(b"ID3...", "song.mp3")
    [turn] = await attached(looking_at(song, CAT, at("far.png")), bed=Bed(), takes=BLIND)
    assert turn == Message(
        "user",
        "Look:\n\n[file: song.mp3] https://bed.example/me/song.mp3\n\n[image: cat.png] https://bed.example/me/cat.png"
        "\n\n[file: far.png] https://x.example/far.png",
    )


async def test_with_a_file_host_models_that_see_get_pictures_as_well_as_they_can_take_them() -> None:
    big, net = attachment(CAT.content + bytes(1000), "big.png"), internet(dog=DOG.content)
    asked = looking_at(big, CAT, at("dog", as_picture=True), text="")
    [turn] = await attached(asked, bed=Bed(), fetcher=net)
    assert [file.name for file in turn.files] == ["cat.png", "dog"]
    assert "[image: big.png] https://bed.example/me/big.png" in turn.text
    assert "[image: dog] https://x.example/dog" in turn.text
    [turn] = await attached(asked, bed=Bed(), fetcher=net, takes=Takes("eye", 1))
    assert [file.name for file in turn.files] == ["dog"]


async def test_models_that_make_pictures_get_them_themselves_whatever_host_there_is() -> None:
    [turn] = await attached(looking_at(CAT), bed=Bed(), takes=PAINTS)
    assert turn == looking_at(CAT)
    with pytest.raises(InvalidRequest, match="can't do without"):
        await attached(Message("user", "Blue"), bed=Bed(), takes=PAINTS)


async def test_addresses_that_nobody_else_can_reach_are_not_given_to_models() -> None:
    [turn] = await attached(looking_at(RemoteFile(OWN), text=""), bed=Bed(), takes=BLIND)
    assert turn.text == "[image: dog.png] https://bed.example/me/dog.png"
    inner = RemoteFile("http://10.0.0.1/secret.png")
    with pytest.raises(FileUrlFailed):
        await attached(looking_at(inner), bed=Bed(), takes=BLIND, fetcher=internet())
    [turn, *_] = await attached(looking_at(inner, text=""), *ANSWERED, bed=Bed(), fetcher=internet())
    assert turn.text == "[file: secret.png]"


async def test_all_files_of_a_request_have_a_bound() -> None:
    files = {f"n{index}": PNG + bytes(800) for index in range(8)}
    attacher = Attacher(fetcher=internet(**files), max_file_bytes=1000, max_fetched_bytes=900)
    chat = ChatRequest(model="eyes", messages=(looking_at(*map(at, files)),))
    with pytest.raises(AttachmentTooLarge, match="900"):
        await attacher.attach(chat, SEES, ClientProfile(), "me")


async def test_what_was_read_of_files_that_failed_counts_for_the_bound() -> None:
    files = {f"n{index}": PNG + bytes(1000) for index in range(8)}
    net = internet(**files)
    attacher = Attacher(fetcher=net, max_file_bytes=1000, max_fetched_bytes=1900)
    chat = ChatRequest(model="eyes", messages=(looking_at(*map(at, files)), *ANSWERED))
    await attacher.attach(chat, SEES, USUAL, "me")
    assert len(net.asked) == 2
