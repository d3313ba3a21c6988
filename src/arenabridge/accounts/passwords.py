"""
Passwords: Argon2id (RFC 9106's second choice of parameters, the library's default), in threads, a few at a time.

Each check takes 64 MB and some 50 ms on purpose, so the number that runs is bounded, and so is that which waits. One
for a name that nobody has costs the same as any other.
"""

import asyncio
from collections.abc import Callable
from functools import cached_property
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from arenabridge.errors import InvalidRequest, RateLimited

P = ParamSpec("P")
T = TypeVar("T")

MIN_CHARACTERS = 10
MAX_CHARACTERS = 1024
"""Nobody types more; without a bound a password could be megabytes."""

AT_ONCE = 2
MAX_WAITING = 16
RETRY_SECONDS = 2.0


class Passwords:
    """Makes and checks hashes in Argon2's own notation, which holds salt and parameters."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Raises `InvalidRequest` for a password that is too short, or `RateLimited`."""
        check(password)
        return await self._in_turn(self._hash, password)

    async def matches(self, hashed: str | None, password: str) -> bool:
        """None stands for somebody who is not there; raises `RateLimited`."""
        return await self._in_turn(self._matches, hashed, password[: MAX_CHARACTERS + 1])

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was made with other parameters than are used now."""
        return self._hasher.check_needs_rehash(hashed)

    async def _in_turn(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        if self._waiting >= MAX_WAITING:
            raise RateLimited("Too many passwords are being checked.", retry_after_seconds=RETRY_SECONDS)
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work, *arguments, **named)
        finally:
            self._waiting -= 1

    def hash_now(self, password: str) -> str:
        """For commands, which have nobody else to serve."""
        check(password)
        return self._hash(password)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(password.encode("utf-8", "surrogatepass"))

    def _matches(self, hashed: str | None, password: str) -> bool:
        try:
            matches = self._hasher.verify(hashed or self._nobodys, password.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
        return matches and bool(hashed)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody")


def check(password: str) -> None:
    """Length alone: rules about kinds of characters make passwords worse (NIST SP 800-63B, 3.1.1.2)."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise InvalidRequest(
            f"A password has at least {MIN_CHARACTERS} characters, and at most {MAX_CHARACTERS}.", param="password"
        )
