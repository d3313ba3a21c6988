"""The feed: a snapshot, then what changes; going on where one was; nothing kept for those who listen."""

import asyncio
from collections.abc import Iterator
from typing import Any

import orjson
from hypothesis import given, settings, strategies as st

from arenabridge.http.feed.feeds import Feeds
from arenabridge.http.feed.live import MAX_KEPT, LiveState
from arenabridge.http.feed.patch import Facts, patch, without_unknown

FACTS = st.recursive(
    st.integers(0, 3) | st.booleans() | st.text("ab", max_size=2) | st.lists(st.integers(0, 2), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
STATES = st.dictionaries(st.sampled_from("abc"), FACTS, max_size=3)


def merged(target: Any, change: Any) -> Any:
    """RFC 7386, as its own pseudocode has it."""
    if not isinstance(change, dict):
        return change
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


@settings(deadline=None)
@given(STATES, STATES)
def test_a_patch_makes_the_one_of_the_other_and_is_empty_where_nothing_changed(before: Facts, after: Facts) -> None:
    assert merged(before, patch(before, after)) == after
    assert patch(after, after) == {}


def test_what_is_not_known_is_left_out() -> None:
    assert without_unknown({"a": None, "b": {"c": None, "d": 0}}) == {"b": {"d": 0}}


def events(data: bytes) -> Iterator[tuple[str, str, Facts]]:
    for event in data.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in event.split("\n"))
        yield fields["event"], fields["id"], orjson.loads(fields["data"])


class Scene:
    """A state that a test sets."""

    def __init__(self) -> None:
        self.facts: Facts = {"n": 0}
        self.live = LiveState(lambda: dict(self.facts))
        self.live.listen()

    def set(self, **facts: Any) -> None:
        self.facts = facts
        self.live.look_again()


def test_whoever_comes_gets_all_and_then_only_what_changes() -> None:
    scene = Scene()
    data, place = scene.live.since(None)
    assert [(name, facts) for name, _, facts in events(data)] == [("snapshot", {"n": 0})]
    scene.set(n=1, m={"a": 1})
    scene.set(n=1, m={"a": 1})
    scene.set(n=1, m={"a": 2})
    data, _ = scene.live.since(place)
    assert [facts for _, _, facts in events(data)] == [{"n": 1, "m": {"a": 1}}, {"m": {"a": 2}}]


def test_whoever_comes_back_goes_on_where_they_were() -> None:
    scene = Scene()
    (_, id_, _) = next(events(scene.live.since(None)[0]))
    scene.set(n=5)
    data, _ = scene.live.since(scene.live.place(id_))
    assert [name for name, _, _ in events(data)] == ["change"]


def test_whoever_was_away_too_long_or_somewhere_else_begins_anew() -> None:
    scene = Scene()
    (_, id_, _) = next(events(scene.live.since(None)[0]))
    for number in range(MAX_KEPT + 1):
        scene.set(n=number + 1)
    for told in (id_, "other-1", "", "-", id_.partition("-")[0] + "-99999999999999999999", id_ + "²"):
        data, _ = scene.live.since(scene.live.place(told))
        assert [name for name, _, _ in events(data)] == ["snapshot"], told


async def test_who_waits_is_woken_by_a_change_and_by_the_end() -> None:
    scene = Scene()
    _, place = scene.live.since(None)
    waiting = [asyncio.ensure_future(scene.live.change(place)) for _ in range(2)]
    await asyncio.sleep(0)
    scene.set(n=1)
    await asyncio.gather(*waiting)
    ending = asyncio.ensure_future(scene.live.change(place + 1))
    await asyncio.sleep(0)
    scene.live.end()
    await ending
    assert scene.live.is_over


def test_nobody_looks_where_nobody_listens() -> None:
    looked: list[int] = []

    def look() -> Facts:
        looked.append(1)
        return {"n": len(looked)}

    feeds = Feeds()
    live = feeds.get("all", look)
    feeds.tick(closing=False)
    assert looked == []
    live.listen()
    feeds.tick(closing=False)
    live.leave()
    feeds.tick(closing=False)
    assert len(looked) == 2
