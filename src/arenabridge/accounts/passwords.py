"""
Passwords: Argon2id (RFC 9106's second choice of parameters, the library's default), in threads, a few at a time.

Each check takes 64 MB and some 50 ms on purpose, so both the number that run and the number that wait are bounded. A
check for a name that nobody has costs the same as any other.

The earlier bridges kept one round of SHA-256 over password and salt. Such a hash that was brought along is good for one
sign-in, which has ours put in its place; its person is asked for a new password until there is one.
"""

import asyncio
import hashlib
import hmac
import re
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


_EARLIER = "earlier$"
"""Stands before the salt and digest of an earlier bridge."""

_TO_BE_CHANGED = "to-be-changed$"
"""Stands before a hash of ours whose password came from an earlier bridge, which asked for no length."""

_EARLIER_HASH = re.compile(r"[0-9a-f]{32}\$[0-9a-f]{64}")


def brought_along(earlier_hash: str) -> str:
    """A hash of the earlier bridges as we keep it: `<salt>$<hexadecimal digest>`; raises `ValueError` for others."""
    if not _EARLIER_HASH.fullmatch(earlier_hash):
        raise ValueError("this is no hash of an earlier bridge")
    return _EARLIER + earlier_hash


def is_to_be_changed(hashed: str) -> bool:
    """Whether the password was an earlier bridge's, and its person should choose another."""
    return hashed.startswith((_EARLIER, _TO_BE_CHANGED))


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
        return hashed.startswith(_EARLIER) or self._hasher.check_needs_rehash(hashed.removeprefix(_TO_BE_CHANGED))

    async def hash_again(self, hashed: str, password: str) -> str:
        """The same password as it is kept now, whatever its length; raises `RateLimited`."""
        return self._as_before(hashed) + await self._in_turn(self._hash, password)

    def hash_brought_along(self, password: str) -> str:
        """Hash a password that an earlier bridge kept in the clear, for commands."""
        return _TO_BE_CHANGED + self._hash(password)

    def _as_before(self, hashed: str) -> str:
        return _TO_BE_CHANGED if is_to_be_changed(hashed) else ""

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
        """Hash in this thread, for commands, which have nobody else to serve."""
        check(password)
        return self._hash(password)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(password.encode("utf-8", "surrogatepass"))

    def _matches(self, hashed: str | None, password: str) -> bool:
        if hashed and hashed.startswith(_EARLIER):
            self._matches(None, password)  # so that the time it takes reveals nothing
            return _matches_earlier(hashed.removeprefix(_EARLIER), password)
        known = (hashed or self._nobodys).removeprefix(_TO_BE_CHANGED)
        try:
            matches = self._hasher.verify(known, password.encode("utf-8", "surrogatepass"))
        except (VerificationError, InvalidHashError):
            return False
        return matches and bool(hashed)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash("nobody")


def _matches_earlier(hashed: str, password: str) -> bool:
    salt, _, digest = hashed.partition("$")
    found = hashlib.sha256((password + salt).encode("utf-8", "surrogatepass")).hexdigest()
    return hmac.compare_digest(found, digest)


def check(password: str) -> None:
    """Length alone: rules about kinds of characters make passwords worse (NIST SP 800-63B, 3.1.1.2)."""
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise InvalidRequest(
            f"A password has at least {MIN_CHARACTERS} characters, and at most {MAX_CHARACTERS}.", param="password"
        )
