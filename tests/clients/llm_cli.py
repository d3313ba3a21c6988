"""The `llm` command: a question, then another with --continue."""

import json
import os
import pathlib
import subprocess
import sys

home = pathlib.Path("llm")
home.mkdir(exist_ok=True)
model = os.environ["MODEL"]
(home / "extra-openai-models.yaml").write_text(
    f"- model_id: bridge\n  model_name: {model}\n  api_key_name: openai\n  api_base: {os.environ['OPENAI_BASE_URL']}\n",
    encoding="utf-8",
)
environment = {**os.environ, "LLM_USER_PATH": str(home.resolve())}
for number, turn in enumerate(json.loads(os.environ["TURNS"])):
    more = ["--continue"] if number else []
    subprocess.run(
        [pathlib.Path(sys.executable).with_name("llm"), "-m", "bridge", *more, turn], env=environment, check=True
    )
