"""The files of a request to a model, as they are sent to it."""

import msgspec

from arenabridge.accounts.keys import ApiKey
from arenabridge.conversations.attaching import Takes
from arenabridge.http.answers.answering import check_says_something
from arenabridge.http.gateway import Gateway
from arenabridge.wire.openai.request import ChatCompletionRequest


async def with_files(gateway: Gateway, key: ApiKey, wanted: ChatCompletionRequest) -> ChatCompletionRequest:
    """Raises what keeps a file from being sent, or the model from being asked."""
    check_says_something(wanted.chat)
    asked = gateway.models.asked(wanted.chat.model, workers=len(gateway.hub.workers))
    takes = Takes.of(wanted.chat.model, *asked.models)
    chat = await gateway.attacher.attach(wanted.chat, takes, key.profile, key.id)
    return msgspec.structs.replace(wanted, chat=chat)
