"""Files on their way to a request: fetched within bounds, put on a file host, taken back from where we keep them."""

from dataclasses import dataclass, field

import pytest

from arenabridge.conversations.attaching import Takes
from arenabridge.conversations.echoes import Echoes
from arenabridge.errors import (
    AttachmentTooLarge,
    FileTooLarge,
    FileUrlFailed,
    FileUrlRefused,
    GatewayError,
    UnknownFile,
)
from arenabridge.http.files.attaching import Attacher
from arenabridge.http.files.own_files import OwnFile
from arenabridge.wire.chat import Attachment, ChatRequest, Message, RemoteFile
from arenabridge.wire.openai.files import attachment, data_uri
from arenabridge.wire.profile import ClientProfile

SEES, BLIND = Takes("eyes", 10), Takes("gpt", 0)
PNG = b"\x89PNG\r\n\x1a\n"
CAT, DOG = attachment(PNG + b"cat", "cat.png"), attachment(PNG + b"dog", "dog.png")
OWN = "http://127.0.0.1:5102/files/0123456789abcdef01234567/dog.png"
ANSWERED = (Message("assistant", "Nice."), Message("user", "Go on."))


@dataclass
class Internet:
    """The files there are, and what was asked for."""

    files: dict[str, bytes]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str, *, limit: int) -> OwnFile:
        self.asked.append(url)
        content = self.files.get(url)
        if content is None:
            raise FileUrlFailed("The server of the file answered with the status 404.")
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


async def attached(
    *messages: Message, fetcher: Internet | None = None, takes: Takes = SEES, bed: Bed | None = None
) -> tuple[Message, ...]:
    attacher = Attacher(fetcher=fetcher, kept=Shelf(), bed=bed, max_file_bytes=1000)
    chat = ChatRequest(model="eyes", messages=messages)
    return (await attacher.attach(chat, takes, ClientProfile(), "me")).messages


def looking_at(*files: Attachment | RemoteFile, text: str = "Look:") -> Message:
    return Message("user", text, files=files)


def at(name: str, called: str = "") -> RemoteFile:
    return RemoteFile(f"https://x.example/{name}", called)


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


async def test_on_a_file_host_every_file_becomes_an_address() -> None:
    song = attachment(b"ID3...", "song.mp3")
    [turn] = await attached(looking_at(song, CAT, at("far.png")), bed=Bed(), takes=BLIND)
    assert turn == Message(
        "user",
        "Look:\n\n[file: song.mp3] https://bed.example/me/song.mp3\n\n[image: cat.png] https://bed.example/me/cat.png"
        "\n\n[file: far.png] https://x.example/far.png",
    )


async def test_all_files_of_a_request_have_a_bound() -> None:
    files = {f"n{index}": PNG + bytes(800) for index in range(8)}
    attacher = Attacher(fetcher=internet(**files), max_file_bytes=1000, max_fetched_bytes=900)
    chat = ChatRequest(model="eyes", messages=(looking_at(*map(at, files)),))
    with pytest.raises(AttachmentTooLarge, match="900"):
        await attacher.attach(chat, SEES, ClientProfile(), "me")
