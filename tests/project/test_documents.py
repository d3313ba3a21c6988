"""What the documents say exists."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import json5
import msgspec
import pytest
from typer.main import get_command
from typer.testing import CliRunner

import arenabridge
from arenabridge.cli import application
from arenabridge.errors import GatewayError
from arenabridge.settings import Settings
from project.documents import ROOT, Document, all_documents, bare, decisions, document

SOURCE = ROOT / "src/arenabridge"


@pytest.mark.parametrize("found", all_documents(), ids=lambda found: found.name)
def test_links_lead_somewhere(found: Document) -> None:
    for link in found.links:
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (found.path.parent / path).resolve() if path else found.path
        assert target.exists(), f"{found.name}: {link}"
        assert not anchor or anchor in document(str(target.relative_to(ROOT))).anchors, f"{found.name}: {link}"


def commands_in(found: Document) -> list[str]:
    """Commands of ours, in blocks and in prose, from the name of the program on."""
    lines = [re.sub(r"^(?:[A-Z_]+=\S* )*(?:\.venv/bin/)?", "", line) for line in found.code_lines]
    return [text for text in [*lines, *found.code_spans] if re.match(r"arenabridge(?: |$)", text)]


@pytest.mark.parametrize("found", all_documents(), ids=lambda found: found.name)
def test_commands_are_taken_by_the_command_line(found: Document) -> None:
    for command in commands_in(found):
        arguments = shlex.split(command, comments=True)[1:]
        result = CliRunner().invoke(application, [*arguments, "--help"])
        assert result.exit_code == 0, f"{found.name}: {command}\n{result.output}"


def all_commands(of: Any = None, before: str = "") -> Iterator[str]:
    """As they are typed, without those that are hidden."""
    group: Any = of or get_command(application)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from all_commands(command, f"{before}{name} ")
        elif not command.hidden:
            yield f"{before}{name}"


def test_the_documents_show_every_command() -> None:
    documents = [found for found in all_documents() if found.name != "CHANGELOG.md"]
    shown = "\n".join(f"{command} " for found in documents for command in commands_in(found))
    assert not [name for name in all_commands() if f"arenabridge {name} " not in shown]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("found", all_documents(), ids=lambda found: found.name)
def test_chores_are_targets_of_make(found: Document) -> None:
    named = [re.match(r"make ([a-z]+)", text) for text in [*found.code_lines, *found.code_spans]]
    assert {match[1] for match in named if match} <= make_targets()


def test_the_readme_is_for_the_first_five_minutes_and_leads_to_all_else() -> None:
    readme = document("README.md")
    assert len(readme.text) < 14_000, "what is for later has a place in docs/"
    known = {link.partition("#")[0] for name in ("README.md", "CONTRIBUTING.md") for link in document(name).links}
    assert {found.name for found in all_documents() if found.path.parent.name == "docs"} <= known


def test_every_chore_is_listed() -> None:
    assert {bare(row["Command"]) for row in document("CONTRIBUTING.md").table("Command")} == {
        f"make {target}" for target in make_targets() - {"help"}
    }


def test_the_table_of_settings_is_that_of_the_code() -> None:
    documented = {bare(row["Setting"]): row["Default"] for row in document("docs/settings.md").table("Setting")}
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    assert list(documented) == list(fields)
    del documented["data_dir"]  # its default is the system's
    for name, shown in documented.items():
        field = fields[name]
        default = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
        assert json5.loads(bare(shown)) == (list(default) if isinstance(default, tuple) else default), name


def test_the_flags_of_settings_are_those_of_serve() -> None:
    offered = CliRunner().invoke(application, ["serve", "--help"], terminal_width=200).output
    flags = set(re.findall(r"--[a-z-]+", offered)) - {"--help"}
    assert {bare(row["Flag"]) for row in document("docs/settings.md").table("Setting") if row["Flag"]} == flags


def kinds_of_error(of: type[GatewayError] = GatewayError) -> list[type[GatewayError]]:
    """The classes that are reported: those without children, and the base, for bugs."""
    below = [kind for child in of.__subclasses__() for kind in kinds_of_error(child)]
    return [*below, GatewayError] if of is GatewayError else below or [of]


def test_the_table_of_errors_is_that_of_the_code() -> None:
    documented = {
        bare(row["`code`"]): (int(row["HTTP"]), row["Libraries repeat it"])
        for row in document("docs/errors.md").table("Libraries repeat it")
    }
    assert documented == {kind.code: (kind.status, repeated(kind)) for kind in kinds_of_error()}


def repeated(kind: type[GatewayError]) -> str:
    """What OpenAI's libraries do, as far as the statuses go that we use."""
    return "yes" if (kind.status == 429 or kind.status >= 500) and kind.should_retry is not False else "no"


def test_the_first_errors_are_among_them() -> None:
    all_kinds = {(kind.code, kind.status) for kind in kinds_of_error()}
    rows = document("docs/troubleshooting.md").table("`code`")
    assert {(bare(row["`code`"]), int(row["HTTP"])) for row in rows} <= all_kinds


def test_the_badge_is_quoted() -> None:
    said = (SOURCE / "userscript/parts/badge_words.js").read_text(encoding="utf-8")
    said += (SOURCE / "hub/links/link.py").read_text(encoding="utf-8")
    said = re.sub(r"' \+\n\s*'", "", said)
    for row in document("docs/troubleshooting.md").table("The badge says"):
        for quoted in re.findall(r"`([^`]+)`", row["The badge says"]):
            assert quoted in said, quoted


def test_files_named_in_the_architecture_exist() -> None:
    named = [span for span in document("ARCHITECTURE.md").code_spans if re.fullmatch(r"[\w/]+(?:\.(?:py|js)|/)", span)]
    assert len(named) > 40
    for name in named:
        assert (SOURCE / name).exists() or (ROOT / name).exists(), name


def test_the_layout_names_every_package() -> None:
    layout = "\n".join(document("ARCHITECTURE.md").code_lines)
    packages = [path.parent for path in SOURCE.glob("*/__init__.py")]
    assert packages
    for package in packages:
        assert re.search(rf"^  {package.name}/ ", layout, re.MULTILINE), package.name


@pytest.mark.parametrize("decision", decisions(), ids=lambda found: found.path.stem)
def test_a_decision_has_its_four_parts_and_is_listed(decision: Document) -> None:
    title, *parts = decision.headings
    assert parts == ["Context", "Decision", "Consequences", "Alternatives"]
    listed = document("ARCHITECTURE.md").text
    assert f"- [{title}](docs/decisions/{decision.path.name})" in listed


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(decision.path.name[:4]) for decision in decisions()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_the_changelog_begins_with_this_version() -> None:
    newest = next(heading for heading in document("CHANGELOG.md").headings if heading.startswith("["))
    assert arenabridge.__version__ in newest
