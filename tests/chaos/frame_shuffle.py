"""
Frames of a WebSocket, some of them repeated or in another order, as they pass in one direction.

They are passed whole and unread: a masked frame is as good the second time. The handshake and the first frame (the
link's greeting) pass as they are. Form: RFC 6455, section 5.2.
"""

from random import Random

CONTROL = 0x8
SKIPPED = 1


class FrameShuffle:
    """`repeats` and `swaps` are parts of one; with both 0 everything passes at once."""

    def __init__(self, random: Random, repeats: float, swaps: float) -> None:
        self._random = random
        self._repeats = repeats
        self._swaps = swaps
        self._held = b""
        self._kept: bytes = b""
        self._is_past_handshake = False
        self._frames = 0

    def turn(self, data: bytes) -> bytes:
        """What passes now; a frame that is not complete waits for its rest."""
        if not (self._repeats or self._swaps):
            return data
        self._held += data
        out = b""
        if not self._is_past_handshake:
            head, end, rest = self._held.partition(b"\r\n\r\n")
            if not end:
                return b""
            self._is_past_handshake, self._held, out = True, rest, head + end
        while frame := self._take():
            out += self._shuffled(frame)
        return out

    def _shuffled(self, frame: bytes) -> bytes:
        self._frames += 1
        if frame[0] & CONTROL or self._frames <= SKIPPED:
            kept, self._kept = self._kept, b""
            return kept + frame
        if self._kept:
            kept, self._kept = self._kept, b""
            return frame + kept
        if self._random.random() < self._swaps:
            self._kept = frame
            return b""
        return frame * (2 if self._random.random() < self._repeats else 1)

    def _take(self) -> bytes:
        """The next whole frame, or nothing."""
        size = _frame_size(self._held)
        if size is None or len(self._held) < size:
            return b""
        frame, self._held = self._held[:size], self._held[size:]
        return frame


def _frame_size(data: bytes) -> int | None:
    if len(data) < 2:
        return None
    length = data[1] & 0x7F
    extended = {126: 2, 127: 8}.get(length, 0)
    if len(data) < 2 + extended:
        return None
    payload = int.from_bytes(data[2 : 2 + extended], "big") if extended else length
    return 2 + extended + (4 if data[1] & 0x80 else 0) + payload
