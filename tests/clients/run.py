"""
Real clients hold a two-turn streamed conversation with a real gateway (`make clients`).

Each client is installed from its registry, in the version named here, into a folder of its own below `.clients/`; the
gateway, the simulated site and the browser are those of `arenabridge demo`. Apart from `make test`: it downloads a lot.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
INSTALLED = ROOT / ".clients"
PATIENCE_SECONDS = 180

PICTURE = "A harbour at dawn"
"""Made, changed and seen again by the clients that are told to."""

TURNS = ("First: Grüße, 世界! 😀", "Second: all of it arrived.")


@dataclass(frozen=True)
class Client:
    """A client and what it takes to run its script: exit code 0 and both answers in what it prints."""

    name: str
    script: str
    packages: tuple[str, ...]
    has_pictures: bool = False

    @property
    def is_node(self) -> bool:
        return self.script.endswith(".mjs")

    @property
    def folder(self) -> Path:
        return INSTALLED / self.name


CLIENTS = (
    Client("openai-python", "openai_python.py", ("openai==3.54.0",), has_pictures=True),
    Client("langchain-python", "langchain_python.py", ("langchain-openai==1.7.0",)),
    Client("litellm", "litellm_python.py", ("litellm==1.106.0",)),
    Client("llm", "llm_cli.py", ("llm==0.36",)),
    Client("aider", "aider_cli.py", ("aider-chat==0.86.1",)),
    Client("openai-node", "openai_node.mjs", ("openai@7.57.0",), has_pictures=True),
    Client("ai-sdk", "ai_sdk.mjs", ("ai@7", "@ai-sdk/openai-compatible@3")),
)


def main(names: list[str]) -> int:
    wanted = [client for client in CLIENTS if not names or client.name in names]
    with demonstration() as facts:
        failed = [client.name for client in wanted if not holds_a_conversation(client, facts)]
    print(f"\n{len(wanted) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


@contextmanager
def demonstration() -> Iterator[dict[str, str]]:
    """The whole bridge, as `arenabridge demo --json` tells of it."""
    command = [sys.executable, "-m", "arenabridge", "demo", "--json", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            yield json.loads(running.stdout.readline())
        finally:
            running.terminate()


def holds_a_conversation(client: Client, facts: dict[str, str]) -> bool:
    try:
        install(client)
        said = run(client, facts)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        print(f"FAILED  {client.name}: {error}\n{(error.stderr or b'')[-2000:]!r}")
        return False
    pictures = (f"{PICTURE}\n", f"{PICTURE} at night\n") if client.has_pictures else ()
    missing = [each for each in (*TURNS, *pictures) if each not in said]
    print(f"FAILED  {client.name}: {missing} not in {said[-2000:]!r}" if missing else f"ok      {client.name}")
    return not missing


def install(client: Client) -> None:
    stamp = client.folder / "installed.txt"
    wanted = "\n".join(client.packages)
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    client.folder.mkdir(parents=True, exist_ok=True)
    if client.is_node:
        call(["npm", "install", "--no-save", "--no-package-lock", "--silent", *client.packages], client.folder)
    else:
        call([sys.executable, "-m", "venv", "venv"], client.folder)
        call(["venv/bin/python", "-m", "pip", "install", "--quiet", *client.packages], client.folder)
    stamp.write_text(wanted, encoding="utf-8")


def run(client: Client, facts: dict[str, str]) -> str:
    program = (
        ["node", str(client.folder / client.script)]
        if client.is_node
        else ["venv/bin/python", str(HERE / client.script)]
    )
    if client.is_node:  # Node looks for packages beside the script
        (client.folder / client.script).write_text((HERE / client.script).read_text("utf-8"), "utf-8")
    asked = [f"SAY<<{turn}>>" for turn in TURNS]
    environment = {
        **os.environ,
        "OPENAI_BASE_URL": facts["base_url"],
        "OPENAI_API_KEY": facts["api_key"],
        "MODEL": "aurora-3-pro",
        "TURNS": json.dumps(asked),
        "PICTURE": PICTURE,
        "HOME": str(client.folder),
        "PYTHONUTF8": "1",
    }
    return call(program, client.folder, environment)


def call(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, timeout=PATIENCE_SECONDS, text=False
    )
    return done.stdout.decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
