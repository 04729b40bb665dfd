"""What the worker does for accounts: ends what is over."""

from sqlalchemy import delete, or_

from service.database import transaction
from service.people.models import Session, SignInAttempt
from service.people.rules import ATTEMPTS_KEPT, IDLE
from service.unit import Workplace


async def forget(workplace: Workplace) -> int:
    """Delete sessions that are over and sign-in attempts of more than an hour; return how many.

    Neither opens anything any more: this only keeps the tables short.
    """
    now = workplace.clock.now()
    async with transaction(workplace.engine, write=True) as connection:
        sessions = await connection.execute(
            delete(Session).where(or_(Session.ends_at <= now, Session.seen_at <= now - IDLE))
        )
        attempts = await connection.execute(
            delete(SignInAttempt).where(SignInAttempt.at <= now - ATTEMPTS_KEPT)
        )
    return int(sessions.rowcount + attempts.rowcount)
