"""The official client for Python: a conversation, and pictures in and out."""

import base64
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

prompt = os.environ["PICTURE"]
made = client.images.generate(prompt=prompt).data[0].b64_json
files = [(f"{name}.png", base64.b64decode(made), "image/png") for name in ("one", "two")]
edited = client.images.edit(image=files, prompt=f"{prompt} at night").data[0].b64_json
for data in (made, edited):
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    content = [{"type": "text", "text": "SEE<<>>"}, picture]
    seen = client.chat.completions.create(model=os.environ["MODEL"], messages=[{"role": "user", "content": content}])
    print(json.loads(seen.choices[0].message.content)[0]["prompt"])
