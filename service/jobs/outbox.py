"""What is written for the worker in the caller's own transaction, and how the worker takes it.

A mail exists if and only if the act that it announces was committed. It is sent at least once:
a worker that dies after the server accepted it leaves a lease that ends, and another sends it
again under the same Message-ID.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.database import FOREVER, new_id
from service.jobs.models import OutgoingMail
from service.jobs.rules import BATCH, KEPT, LEASE, STALE, Kind, next_try
from service.unit import Unit


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that this worker alone may send, until its lease ends."""

    mail_id: UUID
    employment_id: UUID
    written_at: datetime
    tries: int


async def notify(
    unit: Unit,
    employment_ids: Iterable[UUID],
    kind: Kind,
    *,
    not_before: datetime | None = None,
    clsm_id: UUID | None = None,
) -> None:
    """Tell these seats by mail, once this act is committed, that something waits for them.

    The mail says « une activité vous attend » and gives the address of the service, nothing
    else. `clsm_id` is for acts that have no actor. Two mails to one seat are two rows: what a
    worker has begun to send cannot stand for what is not committed yet.
    """
    now = unit.now()
    rows = [
        {
            "clsm_id": clsm_id or unit.clsm_id,
            "mail_id": new_id(),
            "employment_id": employment_id,
            "kind": str(kind),
            "written_at": now,
            "due_at": not_before or now,
            "taken_until": now,
            "stale_at": (not_before or now) + STALE,
            "ended_at": FOREVER,
        }
        for employment_id in dict.fromkeys(employment_ids)
    ]
    if rows:
        await unit.transaction.execute(insert(OutgoingMail), rows)


async def any_due(connection: AsyncConnection, clsm_id: UUID, now: datetime) -> bool:
    """Return whether a mail of this CLSM may be sent now; takes no lock."""
    found = await connection.execute(
        select(OutgoingMail.mail_id).where(_due(clsm_id, now)).limit(1)
    )
    return found.first() is not None


async def take(connection: AsyncConnection, clsm_id: UUID, now: datetime) -> Sequence[Taken]:
    """Take a batch for this worker alone. Committed before anything is sent.

    On PostgreSQL rows that another worker is taking are skipped; SQLite has one writer at a time.
    """
    rows = (
        await connection.execute(
            select(
                OutgoingMail.mail_id,
                OutgoingMail.employment_id,
                OutgoingMail.written_at,
                OutgoingMail.tries,
            )
            .where(_due(clsm_id, now))
            .order_by(OutgoingMail.due_at)
            .limit(BATCH)
            .with_for_update(skip_locked=True)
        )
    ).all()
    taken = [Taken(row.mail_id, row.employment_id, row.written_at, row.tries + 1) for row in rows]
    if taken:
        await connection.execute(
            update(OutgoingMail)
            .where(OutgoingMail.clsm_id == clsm_id, _among(one.mail_id for one in taken))
            .values(taken_until=now + LEASE, tries=OutgoingMail.tries + 1)
        )
    return taken


async def end(
    connection: AsyncConnection,
    clsm_id: UUID,
    mail_ids: Collection[UUID],
    now: datetime,
    *,
    sent: bool,
) -> None:
    """Say that these mails were sent, or that they never will be."""
    if mail_ids:
        await connection.execute(
            update(OutgoingMail)
            .where(OutgoingMail.clsm_id == clsm_id, _among(mail_ids))
            .values(ended_at=now, sent=sent)
        )


async def put_back(
    connection: AsyncConnection, clsm_id: UUID, taken: Iterable[Taken], now: datetime
) -> None:
    """Let mails that did not leave be tried again, later each time."""
    for one in taken:
        await connection.execute(
            update(OutgoingMail)
            .where(OutgoingMail.clsm_id == clsm_id, OutgoingMail.mail_id == one.mail_id)
            .values(taken_until=now, due_at=next_try(one.tries, now))
        )


async def purge(connection: AsyncConnection, clsm_id: UUID, now: datetime) -> int:
    """Give up what is stale and delete rows kept long enough; return how many were deleted."""
    await connection.execute(
        update(OutgoingMail)
        .where(
            OutgoingMail.clsm_id == clsm_id,
            OutgoingMail.ended_at == FOREVER,
            OutgoingMail.stale_at <= now,
        )
        .values(ended_at=now)
    )
    done = await connection.execute(
        delete(OutgoingMail).where(
            OutgoingMail.clsm_id == clsm_id, OutgoingMail.ended_at <= now - KEPT
        )
    )
    return int(done.rowcount)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an operator is told of the outbox of one CLSM: counts and an instant."""

    waiting: int
    oldest: datetime | None
    given_up: int


async def standing(connection: AsyncConnection, clsm_id: UUID) -> Standing:
    """Return how many mails wait, since when, and how many were given up within thirty days."""
    waiting, oldest = (
        await connection.execute(
            select(func.count(), func.min(OutgoingMail.written_at)).where(
                OutgoingMail.clsm_id == clsm_id, OutgoingMail.ended_at == FOREVER
            )
        )
    ).one()
    given_up = (
        await connection.execute(
            select(func.count()).where(
                OutgoingMail.clsm_id == clsm_id,
                OutgoingMail.ended_at < FOREVER,
                OutgoingMail.sent.is_(False),
            )
        )
    ).scalar_one()
    return Standing(int(waiting), oldest, int(given_up))


def _due(clsm_id: UUID, now: datetime) -> ColumnElement[bool]:
    return and_(
        OutgoingMail.clsm_id == clsm_id,
        OutgoingMail.ended_at == FOREVER,
        OutgoingMail.due_at <= now,
        OutgoingMail.stale_at > now,
        OutgoingMail.taken_until <= now,
    )


def _among(mail_ids: Iterable[UUID]) -> ColumnElement[bool]:
    return OutgoingMail.mail_id.in_(list(mail_ids))
