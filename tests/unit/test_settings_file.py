"""One value of a settings file changes, and not a byte beside it."""

import json5
import pytest
from hypothesis import given, settings, strategies as st

from arenabridge.settings_file import NotEditable, with_inner_setting, with_setting, without_setting

FILE = """// My gateway
{
  /* the door */
  "port": 5102, // as always
  host: '127.0.0.1', // "port": 1 {[
  "aliases": {
    "fast": ["a", "b"], // comment with } and "
  },
  // the end
}
// after it
"""


def test_a_value_is_changed_in_its_place_and_nothing_else() -> None:
    assert with_setting(FILE, "port", 6000) == FILE.replace("5102", "6000")
    assert with_setting(FILE, "host", "::1") == FILE.replace("'127.0.0.1'", '"::1"')
    assert with_setting(FILE, "aliases", {}) == FILE.replace(
        FILE[FILE.index('{\n    "fast') : FILE.index(",\n  // the")], "{}"
    )


def test_a_new_one_comes_last_and_every_comment_stays_where_it_was() -> None:
    assert with_setting(FILE, "slots", 3) == FILE.replace("  // the end\n}", '  // the end\n  "slots": 3,\n}')


def test_a_comma_is_added_where_the_last_had_none_before_its_comment() -> None:
    assert with_setting('{\n  "a": 1 // one\n}', "b", [2]) == '{\n  "a": 1, // one\n  "b": [2]\n}'


def test_one_is_taken_out_with_its_line() -> None:
    assert without_setting('{\n  // about a\n  "a": 1,\n  "b": 2\n}', "a") == '{\n  // about a\n  "b": 2\n}'
    assert json5.loads(without_setting('{"a": 1, "b": 2}', "b")) == {"a": 1}
    assert without_setting(FILE, "unknown") == FILE


def test_a_file_that_is_not_there_yet_is_begun() -> None:
    assert with_setting("", "port", 1) == '{\n  "port": 1\n}\n'


@pytest.mark.parametrize("comments", ["// mine", "// mine\n", "/* { */\n\n// }\n", "\ufeff// mine\n"])
def test_a_file_of_comments_alone_is_begun_after_them(comments: str) -> None:
    assert without_setting(comments, "port") == comments
    assert with_setting(comments, "port", 1) == f'{comments.rstrip()}\n{{\n  "port": 1\n}}\n'


def test_lines_end_as_those_of_the_file_do() -> None:
    windows = FILE.replace("\n", "\r\n")
    long = {"fast": ["a" * 90, "b"]}
    for text in (
        with_setting(windows, "aliases", long),
        with_setting(windows, "more", long),
        with_inner_setting(windows, ("aliases", "slow"), ["b" * 90]),
        with_inner_setting('{\r\n"aliases": {"fast": 1}\r\n}', ("aliases", "fast"), ["b" * 90]),
        with_setting("// mine\r\n", "port", 1),
    ):
        assert text.count("\n") == text.count("\r\n")


def test_of_two_of_one_name_the_one_that_counts_is_changed_and_both_are_taken_out() -> None:
    twice = '{"a": 1, "a": 2}'
    assert json5.loads(with_setting(twice, "a", 3)) == {"a": 3}
    assert json5.loads(without_setting(twice, "a")) == {}


@pytest.mark.parametrize("text", ["[]", "{", '{"a": 1', "{/*", "/* {}", "1", '{"a" 1}', '{"a": }'])
def test_what_can_not_be_read_is_not_written(text: str) -> None:
    with pytest.raises(NotEditable):
        with_setting(text, "a", 1)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("a\"'\\{}[],/*\n", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=5,
)
SPACE = st.sampled_from(["", " ", "\n", "\r\n", "  ", "// c, }\n", '/* { " */', "\t"])


@st.composite
def files(draw: st.DrawFn) -> str:
    def space() -> str:
        return draw(SPACE)

    names = draw(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3, unique=True))
    values = [json5.dumps(draw(VALUES), quote_keys=True) for _ in names]
    members = [
        f'{space()}"{name}"{space()}:{space()}{value}{space()}' for name, value in zip(names, values, strict=True)
    ]
    comma = draw(st.sampled_from(["", ","])) if members else ""
    return f"{space()}{{{','.join(members)}{comma}{space()}}}{space()}"


@settings(deadline=None)
@given(files(), st.sampled_from(["a", "d"]), VALUES)
def test_whatever_the_file_it_says_afterwards_what_it_shall(text: str, name: str, value: object) -> None:
    before = json5.loads(text)
    assert json5.loads(with_setting(text, name, value)) == {**before, name: value}
    assert json5.loads(without_setting(text, name)) == {key: each for key, each in before.items() if key != name}
