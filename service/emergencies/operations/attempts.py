"""References that opened nothing, counted a seat: nobody tries numbers one after the other."""

from datetime import timedelta
from math import ceil

from sqlalchemy import delete, insert, select

from service.database import new_id
from service.emergencies.models import EmergencyAttempt
from service.emergencies.rules import ATTEMPTS_COUNTED, MOST_ATTEMPTS
from service.errors import TooMany
from service.unit import Unit


async def check(unit: Unit) -> None:
    """Raise TooMany after five references in an hour that opened nothing. The seat is held."""
    rows = (
        (
            await unit.transaction.execute(
                select(EmergencyAttempt.at)
                .where(
                    EmergencyAttempt.clsm_id == unit.clsm_id,
                    EmergencyAttempt.employment_id == unit.actor.employment_id,
                    EmergencyAttempt.at > unit.now() - ATTEMPTS_COUNTED,
                )
                .order_by(EmergencyAttempt.at)
            )
        )
        .scalars()
        .all()
    )
    if len(rows) >= MOST_ATTEMPTS:
        free = rows[-MOST_ATTEMPTS] + ATTEMPTS_COUNTED - unit.now()
        raise TooMany(max(1, ceil(free / timedelta(seconds=1))))


async def note(unit: Unit) -> None:
    """Count one more, and forget those of more than an hour."""
    await unit.transaction.execute(
        delete(EmergencyAttempt).where(
            EmergencyAttempt.clsm_id == unit.clsm_id,
            EmergencyAttempt.employment_id == unit.actor.employment_id,
            EmergencyAttempt.at <= unit.now() - ATTEMPTS_COUNTED,
        )
    )
    await unit.transaction.execute(
        insert(EmergencyAttempt).values(
            clsm_id=unit.clsm_id,
            attempt_id=new_id(),
            employment_id=unit.actor.employment_id,
            at=unit.now(),
        )
    )
