"""Where to write to whoever holds a seat: for the outbox alone, never for a page."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.partners import operations as partners
from service.people.models import Account


async def mail_addresses(
    connection: AsyncConnection, clsm_id: UUID, employment_ids: Sequence[UUID]
) -> dict[UUID, str]:
    """Return the address of each seat of this CLSM that someone holds, their account open."""
    seats = partners.seats().subquery("seats")
    rows = await connection.execute(
        select(seats.c.employment_id, Account.email)
        .join(Account, Account.account_id == seats.c.account_id)
        .where(
            seats.c.clsm_id == clsm_id,
            seats.c.employment_id.in_(employment_ids),
            seats.c.ended_at.is_(None),
            Account.disabled_at.is_(None),
        )
    )
    return {row.employment_id: row.email for row in rows}
