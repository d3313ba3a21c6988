"""The official client for Python."""

import json
import os

from openai import OpenAI

client = OpenAI(max_retries=0)
messages = []
for turn in json.loads(os.environ["TURNS"]):
    messages.append({"role": "user", "content": turn})
    with client.chat.completions.stream(model=os.environ["MODEL"], messages=messages) as stream:
        answer = stream.get_final_completion().choices[0].message.content
    print(answer)
    messages.append({"role": "assistant", "content": answer})
