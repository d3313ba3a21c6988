"""LiteLLM as a client."""

import json
import os

import litellm

messages = []
for turn in json.loads(os.environ["TURNS"]):
    messages.append({"role": "user", "content": turn})
    stream = litellm.completion(
        model=f"openai/{os.environ['MODEL']}", api_base=os.environ["OPENAI_BASE_URL"], messages=messages, stream=True
    )
    answer = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    print(answer)
    messages.append({"role": "assistant", "content": answer})
