"""Few guesses an account and an address, counted in the database for every process.

A guess is written before the password is looked at, in a transaction of its own, and then
counted: of guesses made at the same instant, no more than the limit find themselves under
it. One that finds itself over takes its row back, so that only passwords really tried count
and the window slides: nobody is locked out for longer than ten minutes by their own
mistakes. A browser that has signed in before has a count of its own, so that a stranger's
guesses never lock the owner out. Addresses of machines and people are kept as digests under
a key of the deployment.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from math import ceil
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import new_id, transaction
from service.encryption.blind_index import IndexName
from service.encryption.context import DEPLOYMENT
from service.errors import TooMany
from service.people.models import SignInAttempt
from service.people.rules import (
    ATTEMPTS_KEPT,
    GUESS_WINDOW,
    GUESSES_AN_ACCOUNT,
    GUESSES_AN_ADDRESS,
    network_of,
)
from service.unit import Workplace

DIGEST_BYTES: Final = 16


async def take_guess(workplace: Workplace, email: str, *, address: str, known: str = "") -> UUID:
    """Count one guess of an account's password; return it, to be given back if it was right.

    `known` is the known-device cookie. Raises TooMany with the wait.
    """
    own = await _is_known(workplace, known, email)
    account = await keyed_digest(workplace, f"device {known}" if own else "account", email)
    place = await keyed_digest(workplace, "address", network_of(address))
    attempt_id = new_id()
    now = workplace.clock.now()
    async with transaction(workplace.engine, write=True) as connection:
        await connection.execute(
            delete(SignInAttempt).where(
                or_(SignInAttempt.account_digest == account, SignInAttempt.address_digest == place),
                SignInAttempt.at < now - ATTEMPTS_KEPT,
            )
        )
        await connection.execute(
            insert(SignInAttempt).values(
                attempt_id=attempt_id, account_digest=account, address_digest=place, at=now
            )
        )
    async with transaction(workplace.engine, write=False) as connection:
        wait = max(
            await _wait(
                connection, SignInAttempt.account_digest == account, now, GUESSES_AN_ACCOUNT
            ),
            await _wait(connection, SignInAttempt.address_digest == place, now, GUESSES_AN_ADDRESS),
        )
    if wait:
        async with transaction(workplace.engine, write=True) as connection:
            await give_back(connection, attempt_id)
        raise TooMany(wait)
    return attempt_id


async def give_back(connection: AsyncConnection, attempt_id: UUID) -> None:
    """Forget a guess: it was right, or was never tried."""
    await connection.execute(delete(SignInAttempt).where(SignInAttempt.attempt_id == attempt_id))


async def _wait(connection: AsyncConnection, which: object, now: datetime, most: int) -> int:
    """Return the seconds before a guess leaves the window, 0 when under the limit."""
    rows = (
        (
            await connection.execute(
                select(SignInAttempt.at)
                .where(which, SignInAttempt.at > now - GUESS_WINDOW)  # type: ignore[arg-type]
                .order_by(SignInAttempt.at.desc())
                .limit(most + 1)
            )
        )
        .scalars()
        .all()
    )
    if len(rows) <= most:
        return 0
    free = rows[most] + GUESS_WINDOW - now
    return max(1, ceil(free / timedelta(seconds=1)))


async def keyed_digest(workplace: Workplace, kind: str, text: str) -> bytes:
    """Return 16 bytes that stand for a text, under a key of the deployment.

    Made with the deployment's own index key: of no CLSM, it indexes no person.
    """
    index = await workplace.keyring.blind_index(DEPLOYMENT)
    named = sha256(f"sign-in/v1\0{kind}\0{text}".encode()).hexdigest()
    return index.tags(IndexName.LAST_ADDR, "sign in", named)[-1].tag[:DIGEST_BYTES]


async def know_device(workplace: Workplace, email: str) -> str:
    """Return a cookie that lets this browser, for this account, have a count of its own."""
    nonce = secrets.token_hex(DIGEST_BYTES)
    return f"{nonce}.{(await keyed_digest(workplace, f'known {nonce}', email)).hex()}"


async def _is_known(workplace: Workplace, known: str, email: str) -> bool:
    nonce, _, proof = known.partition(".")
    if len(nonce) != 2 * DIGEST_BYTES or not proof.isascii():
        return False
    right = await keyed_digest(workplace, f"known {nonce}", email)
    return compare_digest(proof, right.hex())
