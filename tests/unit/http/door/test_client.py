"""The other end of one HTTP exchange."""

from starlette.types import Message

from arenabridge.http.door.client import replayed, until_gone

GONE: Message = {"type": "http.disconnect"}


class Said:
    """What a client says, in order."""

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)

    async def receive(self) -> Message:
        return self.messages.pop(0)


async def test_whatever_a_client_still_says_it_is_there_until_it_hangs_up() -> None:
    client = Said({"type": "http.request", "body": b"", "more_body": False}, GONE, {"type": "http.request"})
    await until_gone(client.receive)
    assert len(client.messages) == 1


async def test_a_body_that_was_read_is_heard_once_and_then_what_follows_it() -> None:
    receive = replayed(b"read", Said(GONE).receive)
    assert await receive() == {"type": "http.request", "body": b"read", "more_body": False}
    assert await receive() == GONE
