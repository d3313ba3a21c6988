"""Read the body of `POST /v1/completions`, the older kin of the chat: its prompt is a chat of one turn."""

from arenabridge.errors import InvalidRequest
from arenabridge.wire.chat import ChatRequest, Message
from arenabridge.wire.openai.fields import Fields
from arenabridge.wire.openai.request import ChatCompletionRequest, read_ignored, read_model, with_wishes
from arenabridge.wire.openai.request_schema import CompletionBody


def decode_text_request(body: bytes) -> ChatCompletionRequest:
    """Raises `MalformedJson` and `InvalidRequest`, which name the field at fault."""
    fields = Fields(body, CompletionBody)
    messages = (Message("user", _prompt(fields)),)
    return with_wishes(
        fields, ChatRequest(model=read_model(fields), messages=messages, ignored=read_ignored(fields, {"prompt"}))
    )


def _prompt(fields: Fields) -> str:
    """Several prompts would be several answers to several questions, and tokens can't be turned back into text."""
    prompt = fields.get("prompt")
    prompts = [prompt] if isinstance(prompt, str) else prompt or []
    if len(prompts) != 1:
        raise InvalidRequest(f"prompt: expected one text, got {len(prompts)}.", param="prompt")
    return str(prompts[0])
