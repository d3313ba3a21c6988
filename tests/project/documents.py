"""The project's documents, read for what can be checked in them: code, tables, links, headings."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_CODE_SPAN = re.compile(r"`([^`\n]+)`")

Row = dict[str, str]
"""A row of a table: its cells by the heading of their column."""


@dataclass(frozen=True, slots=True)
class Document:
    """A Markdown file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def code_lines(self) -> list[str]:
        """The lines of all fenced blocks."""
        return [line for _, block in _FENCE.findall(self.text) for line in block.splitlines()]

    @property
    def prose(self) -> str:
        return _FENCE.sub("", self.text)

    @property
    def code_spans(self) -> list[str]:
        return _CODE_SPAN.findall(self.prose)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def headings(self) -> list[str]:
        return _HEADING.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """What its headings are called in links, as GitHub makes them."""
        kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in self.headings)
        return {heading.replace(" ", "-") for heading in kept}

    def table(self, column: str) -> list[Row]:
        """The table that has a column of this heading."""
        for block in re.split(r"\n(?!\|)", self.text):
            lines = [_cells(line) for line in block.splitlines() if line.startswith("|")]
            if lines and column in lines[0]:
                return [dict(zip(lines[0], cells, strict=True)) for cells in lines[2:]]
        raise LookupError(f"{self.name} has no table with a column {column!r}")


def document(name: str) -> Document:
    path = ROOT / name
    return Document(path, path.read_text(encoding="utf-8"))


def all_documents() -> list[Document]:
    paths = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]
    return [document(path.relative_to(ROOT).as_posix()) for path in paths]


def decisions() -> list[Document]:
    return [found for found in all_documents() if found.path.parent.name == "decisions"]


def bare(cell: str) -> str:
    """A cell that is one code span, without its ticks."""
    return cell.removeprefix("`").removesuffix("`")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
