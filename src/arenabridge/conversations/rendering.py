"""
Put a conversation into the one message that is sent to the site.

The site keeps its own history and takes no foreign one, so what it has not seen travels as text. A single user turn is
sent as it is; anything longer is labelled turn by turn, in order, so that the model can tell who said what, and names
the files of each turn where they stood, since all of them are attached to the one message. The role modes change who is
said to have said it, for models and prompts that want it differently; what was said stays whole:

* `labelled`: as the client sent it.
* `merge_system`: all system turns become one, at the beginning (Tavern mode of the earlier bridges).
* `semi_strict`: system turns stand at the beginning only, later ones are the user's; neighbours of one role are joined.
* `strict`: the same, and the user speaks first.
* `single_user`: one text without labels.
"""

from collections.abc import Sequence
from itertools import groupby

from arenabridge.conversations.placeholders import placeholder
from arenabridge.wire.chat import Message, Role
from arenabridge.wire.profile import ClientProfile, RoleMode

_LABELS: dict[Role, str] = {"system": "System", "user": "User", "assistant": "Assistant", "tool": "Tool"}

_GO_ON = Message("user", "Continue.")
"""The least that a user can say: what an answer to go on from, or a mode that wants the user last, is followed by."""

_BEGIN = Message("user", "Begin.")
_DEFAULTS = ClientProfile()


def render(messages: Sequence[Message], client: ClientProfile = _DEFAULTS) -> str:
    """The text of one message to the site. Nothing that was said is cut; empty turns are left out."""
    spoken = [turn for turn in messages if turn.text or turn.files]
    turns = _with_user_last(_in_mode([_with_files_named(turn) for turn in spoken], client.role_mode), client)
    if len(turns) == len(spoken) == 1 and turns[0].role == "user":
        return spoken[0].text
    if client.role_mode == "single_user" or (len(turns) == 1 and turns[0].role == "user"):
        return "\n\n".join(turn.text for turn in turns)
    return "\n\n".join(_labelled(turn) for turn in turns)


def arranged(messages: Sequence[Message], client: ClientProfile = _DEFAULTS) -> list[Message]:
    """
    The same as turns, none of them a tool's or named: for versions of the site that take a history from the request.

    What the site has no place for, a name or a tool, stands in the text.
    """
    spoken = [_with_files_named(turn) for turn in messages if turn.text or turn.files]
    turns = _with_user_last(_in_mode(spoken, client.role_mode), client)
    if client.role_mode == "single_user":
        return [Message("user", "\n\n".join(turn.text for turn in turns))]
    return [_without_name(turn) for turn in turns]


def _without_name(turn: Message) -> Message:
    role: Role = "user" if turn.role == "tool" else turn.role
    return Message(role, _labelled(turn) if turn.name or turn.role == "tool" else turn.text)


def _with_files_named(turn: Message) -> Message:
    """The files themselves go along with the whole message: only their names tell whose they were."""
    said = [turn.text] if turn.text else []
    return Message(turn.role, "\n\n".join([*said, *map(placeholder, turn.files)]), turn.name)


def _labelled(turn: Message) -> str:
    name = f" ({turn.name})" if turn.name else ""
    return f"[{_LABELS[turn.role]}{name}]\n{turn.text}"


def _in_mode(turns: Sequence[Message], mode: RoleMode) -> list[Message]:
    match mode:
        case "merge_system":
            return _system_first(turns)
        case "semi_strict":
            return _joined(_later_system_as_user(turns))
        case "strict":
            return _user_first(_joined(_later_system_as_user(turns)))
        case "labelled" | "single_user":
            return list(turns)


def _system_first(turns: Sequence[Message]) -> list[Message]:
    system = [turn.text for turn in turns if turn.role == "system"]
    others = [turn for turn in turns if turn.role != "system"]
    return [Message("system", "\n\n".join(system)), *others] if system else others


def _later_system_as_user(turns: Sequence[Message]) -> list[Message]:
    first = next((index for index, turn in enumerate(turns) if turn.role != "system"), len(turns))
    return [
        Message("user", turn.text) if turn.role == "system" and index > first else turn
        for index, turn in enumerate(turns)
    ]


def _joined(turns: Sequence[Message]) -> list[Message]:
    """Neighbours of one role and name; each is copied once, however many there are."""
    joined: list[Message] = []
    for (role, name), neighbours in groupby(turns, key=lambda turn: (turn.role, turn.name)):
        own = list(neighbours)
        joined.append(own[0] if len(own) == 1 else Message(role, "\n\n".join(turn.text for turn in own), name))
    return joined


def _user_first(turns: list[Message]) -> list[Message]:
    first = next((index for index, turn in enumerate(turns) if turn.role != "system"), len(turns))
    if first < len(turns) and turns[first].role == "user":
        return turns
    return [*turns[:first], _BEGIN, *turns[first:]]


def _with_user_last(turns: list[Message], client: ClientProfile) -> list[Message]:
    """Whatever is last, an answer, a rule or a tool's result, needs somebody who asks to go on from it."""
    wanted = client.trailing_user_message
    has_user_last = not turns or turns[-1].role == "user"
    return [*turns, _GO_ON] if wanted == "always" or (wanted == "when_needed" and not has_user_last) else turns
