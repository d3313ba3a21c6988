"""Several choices of one stream: one after the other, whatever the order in which they come."""

from hypothesis import given, strategies as st

from arenabridge.http.answers.streamed_chat import MAX_HELD_BYTES, Turns


class Written(list[bytes]):
    """Takes everything."""

    def write(self, data: bytes) -> bool:
        self.append(data)
        return True


def test_the_second_waits_for_the_first_and_then_goes_on_as_it_comes() -> None:
    written = Written()
    turns = Turns(2, written.write)
    turns.push(1, b"b1")
    turns.push(0, b"a1")
    turns.push(1, b"b2")
    assert written == [b"a1"]
    turns.end(0, b"a.")
    assert written == [b"a1", b"a.", b"b1b2"]
    turns.push(1, b"b3")
    turns.end(1, b"b.")
    assert written[3:] == [b"b3", b"b."]
    assert turns.are_over


@given(st.lists(st.integers(0, 2), max_size=40), st.permutations(range(3)))
def test_nothing_is_lost_or_mixed_whoever_ends_first(order: list[int], ends: list[int]) -> None:
    written = Written()
    turns = Turns(3, written.write)
    for index in order:
        assert turns.push(index, bytes([index]))
    for index in ends:
        assert not turns.are_over
        turns.end(index, b".")
    assert turns.are_over
    assert b"".join(written) == b"".join(bytes([index]) * order.count(index) + b"." for index in range(3))


def test_what_is_too_much_to_hold_is_sent_as_it_comes() -> None:
    written = Written()
    turns = Turns(2, written.write)
    turns.push(0, b"a")
    assert turns.push(1, b"b" * MAX_HELD_BYTES)
    assert turns.push(1, b"b")
    assert turns.push(0, b"a")
    assert [len(data) for data in written] == [1, MAX_HELD_BYTES + 1, 1]


def test_what_was_held_back_is_given_when_there_is_nothing_more_to_wait_for() -> None:
    written = Written()
    turns = Turns(3, written.write)
    turns.push(0, b"a")
    turns.push(2, b"c")
    turns.end(1, b"b.")
    turns.release()
    turns.release()
    assert written == [b"a", b"b.", b"c"]


def test_a_client_that_takes_no_more_ends_whoever_speaks() -> None:
    turns = Turns(2, lambda _: False)
    assert not turns.push(0, b"a")
    assert turns.push(1, b"b"), "nobody has tried to tell the client that yet"
