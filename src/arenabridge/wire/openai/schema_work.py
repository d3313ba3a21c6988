"""
How much work it is to check a value by a JSON Schema, counted before it is done. Pure.

Each `$ref` is followed again wherever it stands, so a schema of two kilobytes can unfold into millions of parts,
and a validator at work can't be stopped. So it is counted how many parts of the schema meet one value. Those that are
applied in place (`allOf`, `$ref` and their kin) multiply at once; those that are applied to members multiply from level
to level of a value, where several meet at one member. What the parts say is not looked at: a validator that stops at
the first fault does less.

Where a schema refers back to itself, the validator (jsonschema_rs 0.60, measured) remembers what it has found of a part
and a value, and does it twice at most; but not where it gathers what is wrong. A `$ref` is looked up by its fragment in
every document that it may mean, which counts too much where there are several.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import Any, NamedTuple
from urllib.parse import unquote

MAX_PARTS = 10_000
"""Objects that are schemas: OpenAI takes 5,000 properties."""

MAX_DOCUMENTS = 50
"""Schemas with their own `$id`."""

MAX_PATTERNS = 200
"""Each costs half a millisecond before anything is checked."""

MAX_AT_ONCE = 10_000
"""Parts that meet one value in place."""

MAX_STEPS = 100_000
"""Steps of the counting itself, for one schema: some 50 ms."""

REMEMBERED = 2
"""How often a part that is referred to from within itself meets one value."""

MAX_LEVELS = 200
"""Depth of a value whose work is counted."""

PER_CHARACTER = 4
"""What a pattern costs for each character of a text, where looking at a part costs 1, which is 35 ns."""

UNEVALUATED = 3
"""By how much `unevaluatedProperties` and its kin multiply what stands beside them (measured: 2.85)."""

_Schema = dict[str, Any]

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_IN_PLACE = ("not", "if", "then", "else")
_IN_PLACE_SEVERAL = ("allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies")
_OF_EVERY_MEMBER = ("additionalProperties", "unevaluatedProperties", "propertyNames")
_OF_EVERY_ITEM = ("contains", "additionalItems", "unevaluatedItems")
_LEADING = frozenset(
    {
        *_REFERENCES,
        *_IN_PLACE,
        *_IN_PLACE_SEVERAL,
        *_OF_EVERY_MEMBER,
        *_OF_EVERY_ITEM,
        "properties",
        "patternProperties",
        "items",
        "prefixItems",
    }
)
"""Keywords that lead to other parts. Most parts have none of them."""

_CONTAINERS = (dict, list)


class TooInvolved(Exception):
    """The schema is too much to check by. The message says in what way."""


class _Place(NamedTuple):
    """Members of a value: those of one name or number, or (None) all of an object or of a list."""

    is_item: bool
    name: str | int | None = None


class _Level(NamedTuple):
    """What the values of one level meet: each part as often as at any place, and the most work at one of them."""

    met: Counter[int]
    looks: int
    patterns: int


class SchemaWork:
    """Raises `TooInvolved` for a schema that is too much whatever it is to check."""

    def __init__(self, schema: Any) -> None:
        parts = _Parts(schema)
        self._checking = _Levels(parts, REMEMBERED)
        self._explaining = _Levels(parts, None)

    def of_checking(self, value: Any, characters: int) -> float:
        """Parts that are looked at, at most, to tell whether a value is valid; it is written in so many characters."""
        return self._checking.work(value, characters)

    def of_explaining(self, value: Any) -> float:
        """The same, to tell what is wrong with it: so many faults may be gathered for that."""
        return self._explaining.work(value, 0)


class _Levels:
    """What the levels of a value meet; those where one part refers back are met no more often than `remembered`."""

    def __init__(self, parts: "_Parts", remembered: int | None) -> None:
        self._parts = parts
        self._remembered = remembered
        self._steps = 0
        self._levels = [self._level([Counter(parts.first)])]
        self._is_steady = False
        """All deeper levels are like the last one."""

    def work(self, value: Any, characters: int) -> float:
        sizes = _sizes(value)
        if len(sizes) > MAX_LEVELS:
            return float("inf")
        try:
            while len(self._levels) < len(sizes) and not self._is_steady:
                self._go_deeper()
        except TooInvolved:
            return float("inf")
        levels = self._levels + self._levels[-1:] * (len(sizes) - len(self._levels))
        reading = max(level.patterns for level in levels) * characters * PER_CHARACTER
        return reading + sum(size * level.looks for size, level in zip(sizes, levels, strict=False))

    def _go_deeper(self) -> None:
        last = self._levels[-1].met
        places: defaultdict[_Place, Counter[int]] = defaultdict(Counter)
        for key, times in last.items():
            self._step(len(self._parts.below[key]))
            for place, target in self._parts.below[key]:
                places[place][target] += times
        for place, counted in places.items():
            if place.name is not None and (every := places.get(_Place(place.is_item))):
                self._step(len(every))
                counted.update(every)
        self._levels.append(self._level(list(places.values())))
        self._is_steady = self._levels[-1].met == last

    def _level(self, places: Sequence[Counter[int]]) -> _Level:
        """The sum of what is applied to the values at each of these places."""
        met: Counter[int] = Counter()
        looks = patterns = 0
        for place in places:
            at_once = self._unfolded(place)
            for key, times in at_once.items():
                met[key] = max(met[key], times)
            looks = max(looks, sum(self._parts.weights[key] * times for key, times in at_once.items()))
            patterns = max(patterns, sum(self._parts.patterns.get(key, 0) * times for key, times in at_once.items()))
        return _Level(met, looks, patterns)

    def _unfolded(self, met: Counter[int]) -> Counter[int]:
        """With the parts that these apply to the same value."""
        parts, reached = self._parts, set(met)
        waiting = list(met)
        while waiting:
            new = [each for each in parts.here[waiting.pop()] if each not in reached]
            reached.update(new)
            waiting += new
        self._step(len(reached))
        counted = Counter(met)
        for key in sorted(reached, key=parts.rank.__getitem__):
            if self._remembered is not None and key in parts.recursive:
                counted[key] = min(counted[key], self._remembered)
            for each in parts.here[key]:
                counted[each] += counted[key] * parts.times[key]
        return counted

    def _step(self, steps: int) -> None:
        self._steps += 1 + steps
        if self._steps > MAX_STEPS:
            raise TooInvolved("its parts refer to each other too often.")


class _Parts:
    """The parts of a schema that can be reached, by their identity, and what each leads to."""

    def __init__(self, schema: Any) -> None:
        self._references = _References(schema)
        self.here: dict[int, list[int]] = {}
        """What is applied to the same value."""
        self.below: dict[int, list[tuple[_Place, int]]] = {}
        """What is applied to its members."""
        self.times: dict[int, int] = {}
        self.weights: dict[int, int] = {}
        self.patterns: dict[int, int] = {}
        self.recursive: set[int] = set()
        """Those that can be reached from themselves: one in each circle at least."""
        self.first = [id(schema)] if isinstance(schema, dict) else []
        if isinstance(schema, dict):
            self._reach(schema)
        self.rank = self._order()

    def _reach(self, schema: _Schema) -> None:
        """Depth first: what is met again while it is still under way leads back to itself."""
        under_way: dict[int, Iterator[_Schema]] = {id(schema): self._take(schema)}
        while under_way:
            key, others = next(reversed(under_way.items()))
            part = next(others, None)
            if part is None:
                del under_way[key]
            elif id(part) in under_way:
                self.recursive.add(id(part))
            elif id(part) not in self.here:
                under_way[id(part)] = self._take(part)

    def _take(self, part: _Schema) -> Iterator[_Schema]:
        """What it leads to."""
        key = id(part)
        leads = not _LEADING.isdisjoint(part)
        here = [*_in_place(part), *self._references.of(part)] if leads else []
        below = list(_below(part)) if leads else []
        self.here[key] = [id(each) for each in here]
        self.below[key] = [(place, id(each)) for place, each in below]
        self.times[key] = UNEVALUATED if any(name.startswith("unevaluated") for name in part) else 1
        self.weights[key] = 1 + sum(len(each) for each in part.values() if isinstance(each, list | dict))
        if patterns := _patterns(part):
            self.patterns[key] = patterns
        if len(self.here) > MAX_PARTS:
            raise TooInvolved(f"it has more than {MAX_PARTS} parts.")
        return chain(here, (each for _, each in below))

    def _order(self) -> dict[int, int]:
        """Each before what it applies in place; raises `TooInvolved` where that is itself, or too much."""
        try:
            order = list(TopologicalSorter(self.here).static_order())
        except CycleError:
            raise TooInvolved("a part of it refers to itself without going any deeper.") from None
        at_once: dict[int, int] = {}
        for key in order:
            at_once[key] = 1 + self.times[key] * sum(at_once[each] for each in self.here[key])
            if at_once[key] > MAX_AT_ONCE:
                raise TooInvolved(f"its references unfold into more than {MAX_AT_ONCE} parts for one value.")
        return {key: -at for at, key in enumerate(order)}


class _References:
    """What `$ref` and its kin mean in a schema."""

    def __init__(self, schema: Any) -> None:
        self._documents: list[tuple[str, _Schema]] = [("", schema)] if isinstance(schema, dict) else []
        self._anchors: defaultdict[str, list[_Schema]] = defaultdict(list)
        patterns = 0
        for each in _objects(schema):
            patterns += _patterns(each)
            for name in (each.get("$id"), each.get("id")):
                if isinstance(name, str):
                    self._documents.append((_last_part(name), each))
                    self._anchors[name.partition("#")[2]].append(each)
            for name in (each.get("$anchor"), each.get("$dynamicAnchor")):
                if isinstance(name, str):
                    self._anchors[name].append(each)
        if len(self._documents) > MAX_DOCUMENTS or patterns > MAX_PATTERNS:
            raise TooInvolved(f"it has more than {MAX_DOCUMENTS} documents, or {MAX_PATTERNS} patterns.")
        self._known: dict[str, list[_Schema]] = {}

    def of(self, part: _Schema) -> Iterator[_Schema]:
        for key in _REFERENCES:
            if isinstance(reference := part.get(key), str):
                if reference not in self._known:
                    self._known[reference] = list(self._find(reference))
                yield from self._known[reference]

    def _find(self, reference: str) -> Iterator[_Schema]:
        base, _, fragment = reference.partition("#")
        documents = [each for name, each in self._documents if not base or name == _last_part(base)]
        if not fragment:
            found: list[Any] = [*documents]
        elif fragment.startswith("/"):
            found = [target for each in documents if (target := _pointed(each, unquote(fragment))) is not None]
        else:
            found = [*self._anchors.get(fragment, ())]
        if not found:
            raise TooInvolved(f"it refers to {reference[:100]!r}, which is not in it.")
        yield from (each for each in found if isinstance(each, dict))


def _last_part(uri: str) -> str:
    return uri.partition("#")[0].rstrip("/").rpartition("/")[2]


def _pointed(document: Any, pointer: str) -> Any:
    """By a JSON pointer (RFC 6901); None if there is nothing."""
    for step in pointer.split("/")[1:]:
        if isinstance(document, dict):
            document = document.get(step.replace("~1", "/").replace("~0", "~"))
        elif isinstance(document, list) and step.isdecimal() and int(step[:9]) < len(document):
            document = document[int(step[:9])]
        else:
            return None
    return document


def _objects(value: Any) -> Iterator[_Schema]:
    """All that are anywhere in it."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            yield each
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each


def _in_place(part: _Schema) -> Iterator[_Schema]:
    yield from _schemas(part.get(key) for key in _IN_PLACE)
    for key in _IN_PLACE_SEVERAL:
        several = part.get(key)
        yield from _schemas(several.values() if isinstance(several, dict) else several)


def _below(part: _Schema) -> Iterator[tuple[_Place, _Schema]]:
    properties, patterns, items = part.get("properties"), part.get("patternProperties"), part.get("items")
    if isinstance(properties, dict):
        yield from ((_Place(False, name), each) for name, each in properties.items() if isinstance(each, dict))
    others = [*(part.get(key) for key in _OF_EVERY_MEMBER), *(patterns.values() if isinstance(patterns, dict) else ())]
    yield from ((_Place(False), each) for each in _schemas(others))
    yield from ((_Place(True), each) for each in _schemas([items, *(part.get(key) for key in _OF_EVERY_ITEM)]))
    for several in (part.get("prefixItems"), items):
        if isinstance(several, list):
            yield from ((_Place(True, at), each) for at, each in enumerate(several) if isinstance(each, dict))


def _schemas(values: Any) -> Iterator[_Schema]:
    """Those that say something; nothing where there is no schema, which the validator will complain of."""
    if not isinstance(values, str | int | float | dict | None):
        yield from (each for each in values if isinstance(each, dict))


def _patterns(part: _Schema) -> int:
    by_name = part.get("patternProperties")
    return isinstance(part.get("pattern"), str) + (len(by_name) if isinstance(by_name, dict) else 0)


def _sizes(value: Any) -> list[int]:
    """How many values there are at each level."""
    sizes, layer = [1], [value] if isinstance(value, dict | list) else []
    while layer and len(sizes) <= MAX_LEVELS:
        sizes.append(sum(map(len, layer)))
        members = chain.from_iterable(each.values() if isinstance(each, dict) else each for each in layer)
        layer = [each for each in members if type(each) in _CONTAINERS]
    return sizes
