"""What is put into the pages of a managed browser: the userscript, and where its driver finds it."""

import json
import secrets
from dataclasses import dataclass

import arenabridge
from arenabridge.userscript.assemble import ScriptSettings, assemble

_NO_ADDRESS = "ws://127.0.0.1/"
"""A script that has a driver opens no socket and is not updated."""


@dataclass(frozen=True, slots=True)
class Injection:
    """
    The script for the top pages of `origins`, as every new document runs it first.

    `name` is where its hook is left for the driver, and `binding` how the driver's function is called until the script
    has it. Both can't be guessed, and both are gone before the page's own scripts have done anything with them.
    """

    origins: frozenset[str]
    name: str
    binding: str
    source: str

    @classmethod
    def make(cls, origins: tuple[str, ...], secret: str) -> "Injection":
        """`secret` is shown in the `hello` to the server of the link."""
        name, binding = (f"arenabridge-{secrets.token_hex(16)}" for _ in range(2))
        script = assemble(
            ScriptSettings(_NO_ADDRESS, secret, origins, arenabridge.__version__, "http://127.0.0.1/", name)
        )
        where = f"{json.dumps(origins)}.includes(location.origin) && window.top === window.self"
        return cls(frozenset(origins), name, binding, f"if ({where}) {{\n{script}}}\n")

    @property
    def attach(self) -> str:
        """An expression: take the hook and the binding away from the page, introduce them, and give the hook."""
        return f"""(() => {{
            const hook = globalThis[{self.name!r}], binding = globalThis[{self.binding!r}];
            delete globalThis[{self.name!r}];
            delete globalThis[{self.binding!r}];
            hook?.attach(binding);
            return hook;
        }})()"""
