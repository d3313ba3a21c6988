"""What holds for all files of the repository."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import arenabridge
from project.documents import ROOT

MAX_LINES = 500
"""Of a file of code. An alarm, not a goal: a file that rings it is for more than one thing."""

MAX_BYTES = 512 * 1024
"""Of any file: what is larger was generated or belongs elsewhere."""

STARTS_TASKS = "src/arenabridge/hub/tasks.py"


def tracked() -> list[Path]:
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603 - our words
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).exists()]


def sources(*suffixes: str) -> list[Path]:
    return [path for path in sorted((ROOT / "src").rglob("*")) if path.suffix in suffixes]


def pins(name: str) -> dict[str, str]:
    """Package to version, of a requirements file."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return {match[1]: match[2] for match in re.finditer(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE)}


def test_no_file_is_too_large() -> None:
    too_large = [path for path in tracked() if path.stat().st_size > MAX_BYTES]
    code = [
        path for path in tracked() if path.suffix in {".py", ".js"} and path.parent.name != "texts"
    ]  # a line a text
    too_long = [path for path in code if len(path.read_text(encoding="utf-8").splitlines()) > MAX_LINES]
    assert code
    assert not [*too_large, *too_long]


def test_dependencies_are_locked_in_requirements_alone() -> None:
    assert not [path for path in tracked() if path.name in {"uv.lock", "poetry.lock", "Pipfile.lock"}]


@pytest.mark.parametrize("name", ["build.txt", "dev.txt", "gateway.txt", "server.txt"])
def test_requirements_are_pinned_by_hash_and_name_no_place(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).rstrip())
    assert len(entries) > 5
    for entry in entries:
        requirement, *hashes = [line.removesuffix("\\").strip() for line in entry.splitlines()]
        assert re.match(r"[\w.-]+==\S+", requirement)
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), requirement


def test_the_pins_of_development_are_those_of_the_gateway_and_more() -> None:
    assert pins("gateway.txt").items() <= pins("server.txt").items() <= pins("dev.txt").items()
    assert pins("build.txt").items() <= pins("dev.txt").items()


def test_the_pins_satisfy_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = [line for lines in project["project"]["optional-dependencies"].values() for line in lines]
    for file, lines in {
        "gateway.txt": project["project"]["dependencies"],
        "dev.txt": [*extras, *project["dependency-groups"]["dev"]],
    }.items():
        locked = pins(file)
        wanted = [Requirement(line) for line in lines]
        for requirement in wanted:
            name = canonicalize_name(requirement.name)
            assert name == "arenabridge" or requirement.specifier.contains(locked[name]), requirement


def test_versions_agree() -> None:
    assert importlib.metadata.version("arenabridge") == arenabridge.__version__


def test_every_module_says_what_it_is_for() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in sources(".py")}
    assert not [path for path, text in texts.items() if text.strip() and not ast.get_docstring(ast.parse(text))]


def starts_tasks(call: ast.Call) -> bool:
    """`asyncio.create_task` and its kin; a task group's own tasks end with it."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    owner = getattr(call.func.value, "id", "") if isinstance(call.func, ast.Attribute) else "asyncio"
    return name == "ensure_future" or (name == "create_task" and owner in {"asyncio", "loop"})


def test_tasks_are_started_in_one_place() -> None:
    starting = {
        path.relative_to(ROOT).as_posix()
        for path in sources(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and starts_tasks(node)
    }
    assert {name for name in starting if "/simulator/" not in name} == {STARTS_TASKS}


def test_text_enters_pages_as_text() -> None:
    scripts = sources(".js", ".html")
    assert scripts
    markup = re.compile(r"\binnerHTML\b|\bouterHTML\s*=[^=]|insertAdjacentHTML|document\.write|setHTMLUnsafe")
    assert not [path for path in scripts if markup.search(path.read_text(encoding="utf-8"))]


def test_what_is_run_is_executable() -> None:
    runnable = [ROOT / ".ci/run", *(ROOT / "scripts").iterdir()]
    assert not [path for path in runnable if not path.stat().st_mode & 0o100]
