"""What has changed between two states, as a JSON merge patch (RFC 7386): `null` takes away. Pure."""

from typing import Any

Facts = dict[str, Any]
"""A JSON object that holds no null: what is not known is not there."""


def patch(before: Facts, after: Facts) -> Facts:
    """The patch that makes `after` of `before`; empty if nothing has changed. Lists change as a whole."""
    changed: Facts = {name: None for name in before if name not in after}
    for name, value in after.items():
        if name not in before:
            changed[name] = value
        elif isinstance(value, dict) and isinstance(before[name], dict):
            if inner := patch(before[name], value):
                changed[name] = inner
        elif value != before[name]:
            changed[name] = value
    return changed


def without_unknown(value: Any) -> Any:
    """The same without nulls, at any depth of objects."""
    if isinstance(value, dict):
        return {name: without_unknown(each) for name, each in value.items() if each is not None}
    return value
