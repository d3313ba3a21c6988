"""LangChain."""

import json
import os

from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=os.environ["MODEL"], max_retries=0, stream_usage=True)
messages = []
for turn in json.loads(os.environ["TURNS"]):
    messages.append(("user", turn))
    answer = "".join(chunk.text for chunk in model.stream(messages))
    print(answer)
    messages.append(("assistant", answer))
