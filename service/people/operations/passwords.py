"""Argon2id, two at a time: 64 MiB each, off the event loop.

Whoever asks while too many wait is told to come back, so that a flood of sign-ins costs a
queue and not the memory of the machine.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from service.errors import TooMany
from service.people.rules import normal_password

AT_ONCE: Final = 2
MOST_WAITING: Final = 64
COME_BACK_SECONDS: Final = 5

_hasher = PasswordHasher()
"""argon2-cffi's own choice: Argon2id, t=3, 64 MiB, 4 lanes (RFC 9106, second profile)."""

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
_waiting: list[None] = []


async def hash_password(password: str) -> str:
    """Return the Argon2id string to keep. Raises TooMany when the queue is full."""
    return await _off_the_loop(password, None)


async def verify_password(kept: str, password: str) -> bool:
    """Return whether a password is the one kept; "" costs the same time and is never it.

    Raises TooMany when the queue is full.
    """
    return bool(await _off_the_loop(password, kept or _nobody()))


def needs_rehash(kept: str) -> bool:
    """Return whether a hash was made with weaker parameters than today's."""
    return bool(_hasher.check_needs_rehash(kept))


async def _off_the_loop(password: str, kept: str | None) -> str:
    if len(_waiting) >= MOST_WAITING:
        raise TooMany(COME_BACK_SECONDS)
    _waiting.append(None)
    try:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(_threads, _work, normal_password(password), kept)
    finally:
        _waiting.pop()


def _work(password: str, kept: str | None) -> str:
    """Hash, or return the hash that was verified, or ""."""
    if kept is None:
        return str(_hasher.hash(password))
    try:
        _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return ""
    return "" if kept == _nobody() else kept


@cache
def _nobody() -> str:
    """Return the hash of a password that nobody has, for accounts that do not exist."""
    return str(_hasher.hash(__name__))
