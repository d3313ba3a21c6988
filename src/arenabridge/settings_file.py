"""
Change a file of settings as a person would: one value, and nothing else, to the byte. Pure.

The file is JSON with comments, trailing commas and names without quotes (JSON5). What a comment says may no longer be
true afterwards, but it is the person's.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import json5

MAX_LINE_CHARACTERS = 90
"""Longer values are written over several lines."""

_SPACE = re.compile(r"[\s\ufeff]*")


class NotEditable(ValueError):
    """The text is not what this can change with certainty."""


@dataclass(frozen=True, slots=True)
class Member:
    """Where one setting stands: its name from `start`, its value from `value` to `end`, and its comma, if any."""

    name: str
    start: int
    value: int
    end: int
    comma: int | None


def with_setting(text: str, name: str, value: Any) -> str:
    """The text with this setting changed, or added as the last one; raises `NotEditable`."""
    newline = _newline(text)
    return _with_setting(_begun(text, newline) if says_nothing(text) else text, name, value, newline)


def _with_setting(text: str, name: str, value: Any, newline: str) -> str:
    object_ = _read(text)
    found = [member for member in object_.members if member.name == name]
    if found:
        last = found[-1]  # which is the one that counts
        said = _written(value, _indent(text, last.start)).replace("\n", newline)
        written = text[: last.value] + said + text[last.end :]
    else:
        written = _added(text, object_, name, value, newline)
    return _checked(written, {**_values(text), name: value})


def with_inner_setting(text: str, path: Sequence[str], value: Any) -> str:
    """The same with a setting in an object of the file, which is there already; raises `NotEditable`."""
    return _with_inner_setting(text, path, value, _newline(text)) if path[1:] else with_setting(text, path[0], value)


def _with_inner_setting(text: str, path: Sequence[str], value: Any, newline: str) -> str:
    name, *inner = path
    if not inner:
        return _with_setting(text, name, value, newline)
    member = _object_at(text, name)
    within = _with_inner_setting(text[member.value : member.end], inner, value, newline)
    return text[: member.value] + within + text[member.end :]


def without_inner_setting(text: str, path: Sequence[str]) -> str:
    """Without it; raises `NotEditable`."""
    name, *inner = path
    if not inner:
        return without_setting(text, name)
    member = _object_at(text, name)
    return text[: member.value] + without_inner_setting(text[member.value : member.end], inner) + text[member.end :]


def without_setting(text: str, name: str) -> str:
    """The text without this setting; raises `NotEditable`."""
    if says_nothing(text):
        return text
    before = _values(text)
    while found := [member for member in _read(text).members if member.name == name]:
        text = _removed(text, found[-1])
    return _checked(text, {key: value for key, value in before.items() if key != name})


def says_nothing(text: str) -> bool:
    """Whether there is nothing in it but spaces and comments: then it stands for an object without settings."""
    at = _after_space(text, 0)
    while at < len(text):
        is_line, is_block = text.startswith("//", at), text.startswith("/*", at)
        end = text.find("\n" if is_line else "*/", at + 2) if is_line or is_block else -1
        if end < 0:
            return is_line
        at = _after_space(text, end + 1 if is_line else end + 2)
    return True


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _newline(text: str) -> str:
    """How the file's lines end, in all of its parts."""
    return "\r\n" if "\r\n" in text else "\n"


def _begun(text: str, newline: str) -> str:
    """With an object after the comments."""
    before = f"{text.rstrip()}{newline}" if text.strip("\ufeff \t\r\n") else text.strip()
    return f"{before}{{{newline}}}{newline}"


def _object_at(text: str, name: str) -> Member:
    found = [member for member in _read(text).members if member.name == name]
    if not found or text[found[-1].value] != "{":
        raise NotEditable(f"There is no {name} in the file.")
    return found[-1]


@dataclass(frozen=True, slots=True)
class _Object:
    members: list[Member]
    opens: int
    closes: int


def _values(text: str) -> dict[str, Any]:
    try:
        values = json5.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotEditable(f"The file is not valid JSON with comments: {error}") from None
    if not isinstance(values, dict):
        raise NotEditable("The file must hold one object.")
    return values


def _checked(written: str, expected: dict[str, Any]) -> str:
    """Make sure that nothing is written that would be read as something else."""
    if _values(written) != json.loads(json.dumps(expected)):
        raise NotEditable("This file is written in a way that can't be changed here. Edit it by hand.")
    return written


def _added(text: str, object_: _Object, name: str, value: Any, newline: str) -> str:
    if not object_.members:
        head, rest, comma = text[: object_.opens + 1], text[object_.opens + 1 : object_.closes], ""
        indent = "  "
    else:
        last = object_.members[-1]
        after = last.end if last.comma is None else last.comma + 1
        head = text[: last.end] + ("," if last.comma is None else text[last.end : after])
        rest, comma = text[after : object_.closes], "" if last.comma is None else ","
        indent = _indent(text, object_.members[0].start) or "  "
    member = f"{indent}{json.dumps(name)}: {_written(value, indent)}{comma}".replace("\n", newline)
    return f"{head}{rest.rstrip()}{newline}{member}{newline}{text[object_.closes :]}"


def _removed(text: str, member: Member) -> str:
    start, end = member.start, member.end if member.comma is None else member.comma + 1
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip():
        after = text.find("\n", end)
        if after >= 0 and not text[end:after].strip():
            return text[:line] + text[after + 1 :]
    return text[:start] + text[end:].removeprefix(" ")


def _written(value: Any, indent: str) -> str:
    line = json.dumps(value, ensure_ascii=False)
    if len(line) <= MAX_LINE_CHARACTERS:
        return line
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", f"\n{indent}")


def _indent(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line if not line.strip() else ""


def _read(text: str) -> _Object:
    """The members of the one object that the text holds."""
    try:
        reader = _Reader(text)
        return _Object(list(reader.members()), reader.opens, reader.at)
    except IndexError:
        raise NotEditable("The file ends in the middle of something.") from None


class _Reader:
    """Goes over the text once; `at` is the closing brace at the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0
        self._skip_from(0)
        self.opens = self.at

    def members(self) -> Iterator[Member]:
        if self._text[self.at] != "{":
            raise NotEditable("The file must hold one object.")
        self._skip_from(self.at + 1)
        while self._text[self.at] != "}":
            start = self.at
            name = self._name()
            self._skip_from(self.at)
            if self._text[self.at] != ":":
                raise NotEditable("The file can't be read.")
            self._skip_from(self.at + 1)
            value, end = self.at, self._value()
            comma = self.at if self._text[self.at] == "," else None
            if comma is not None:
                self._skip_from(comma + 1)
            yield Member(name, start, value, end, comma)

    def _name(self) -> str:
        start = self.at
        if self._text[start] in "\"'":
            self.at = self._after_string(start)
            return str(json5.loads(self._text[start : self.at]))
        while self._text[self.at] not in ": \t\r\n/":
            self.at += 1
        return self._text[start : self.at]

    def _value(self) -> int:
        """Where the value ends; afterwards `at` is what follows it."""
        depth, end = 0, self.at
        while depth or self._text[self.at] not in ",}":
            character = self._text[self.at]
            if character in "\"'":
                end = self.at = self._after_string(self.at)
            else:
                depth += (character in "{[") - (character in "}]")
                self.at += 1
                end = self.at
            self._skip_from(self.at)
        return end

    def _after_string(self, start: int) -> int:
        at = start + 1
        while self._text[at] != self._text[start]:
            at += 2 if self._text[at] == "\\" else 1
        return at + 1

    def _skip_from(self, at: int) -> None:
        """To the next character that is neither space nor comment."""
        while True:
            if self._text.startswith("//", at):
                newline = self._text.find("\n", at)
                at = newline if newline >= 0 else len(self._text)
            elif self._text.startswith("/*", at):
                end = self._text.find("*/", at + 2)
                at = end + 2 if end >= 0 else len(self._text)
            elif at < len(self._text) and (self._text[at].isspace() or self._text[at] == "\ufeff"):
                at += 1
            else:
                self.at = at
                return
