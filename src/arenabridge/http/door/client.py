"""The other end of one HTTP exchange: whether it is still there, and its body, where that was read already."""

from starlette.types import Message, Receive


async def until_gone(receive: Receive) -> None:
    """Returns when the client has hung up. A send to it then fails silently: its absence shows only here."""
    while (await receive())["type"] != "http.disconnect":
        pass


def replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the whole body once, in one piece; from then on whatever else there is to hear, such as the end."""
    is_read = False

    async def receive_again() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
