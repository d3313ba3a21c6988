"""aider: two messages, the second with the history of the first."""

import json
import os
import pathlib
import subprocess
import sys

quiet = [
    "--no-git",
    "--yes-always",
    "--no-show-model-warnings",
    "--no-check-update",
    "--analytics-disable",
    "--no-pretty",
]
for turn in json.loads(os.environ["TURNS"]):
    subprocess.run(
        [
            pathlib.Path(sys.executable).with_name("aider"),
            *quiet,
            "--restore-chat-history",
            "--openai-api-base",
            os.environ["OPENAI_BASE_URL"],
            "--model",
            f"openai/{os.environ['MODEL']}",
            "--edit-format",
            "ask",
            "--chat-history-file",
            "chat.md",
            "--input-history-file",
            "input.txt",
            "--message",
            turn,
        ],
        check=True,
    )
