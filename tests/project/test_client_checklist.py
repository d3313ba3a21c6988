"""The checklist of what clients need: every line is held by tests that are there."""

import ast

import pytest

from project.documents import ROOT, Row, document

CHECKLIST = document("docs/client-checklist.md").table("Held by")


def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_list_is_whole() -> None:
    assert [row["No."] for row in CHECKLIST] == [str(number) for number in range(1, 27)]


@pytest.mark.parametrize("row", CHECKLIST, ids=lambda row: row["No."])
def test_what_clients_need_is_held_by_tests_that_are_there(row: Row) -> None:
    named = row["Held by"].replace("`", "").split(", ")
    assert named
    for test in named:
        path, _, name = test.partition("::")
        assert name.startswith("test_")
        assert name in functions_of(path), test
