"""Where the page about an error is, and the header that says so: the error object itself has no room for it."""

HELP_HEADER = "x-arenabridge-help"
"""Holds a path until the answer leaves (`http.door.request_log`), which knows under which address we are reached."""


def help_path(code: str) -> str:
    return f"/help/{code}"
