"""What of people ends when they leave: sessions, invitations that wait, an account without seat."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from audit.event import Act
from service.access import record
from service.partners import operations as partners
from service.people.models import Account, Invitation, Session
from service.unit import Unit


@dataclass(frozen=True, slots=True)
class EndedPeople:
    """What leaving ends beside the seats themselves."""

    sessions: int
    invitations: int
    accounts: int


async def close_people(
    unit: Unit,
    employment_ids: Collection[UUID],
    account_ids: Collection[UUID],
    organisation_id: UUID | None = None,
) -> EndedPeople:
    """End what these people still hold, once their seats are closed; the caller has decided.

    Their sessions in these seats; the invitations that they sent, or that wait for them, and with
    an organisation all of its own; their account, in every territory, when no seat is left to it.
    """
    now = unit.now()
    waiting = await unit.transaction.execute(
        update(Invitation)
        .where(*await _waiting(unit, employment_ids, account_ids, organisation_id))
        .values(revoked_at=now)
    )
    for _ in range(waiting.rowcount):
        await record.note(unit, Act.INVITATION_REVOKED, obj={"k": "invitation", "to": "departure"})
    ended = await unit.transaction.execute(
        delete(Session).where(Session.employment_id.in_(sorted(employment_ids)))
    )
    sessions, closed = ended.rowcount, await _without_seat(unit, account_ids)
    if closed:
        await unit.transaction.execute(
            update(Account)
            .where(Account.account_id.in_(closed))
            .values(disabled_at=now, version=Account.version + 1)
        )
        last = await unit.transaction.execute(delete(Session).where(Session.account_id.in_(closed)))
        sessions += last.rowcount
        for _ in closed:
            await record.note(unit, Act.ACCOUNT_CLOSED, obj={"k": "account", "to": "departure"})
    return EndedPeople(sessions, waiting.rowcount, len(closed))


async def standing_of_people(
    unit: Unit,
    employment_ids: Collection[UUID],
    account_ids: Collection[UUID],
    organisation_id: UUID | None = None,
) -> EndedPeople:
    """Return what `close_people` would end; for the page that asks."""
    now = unit.now()
    sessions = await unit.transaction.execute(
        select(func.count()).where(
            Session.employment_id.in_(sorted(employment_ids)), Session.ends_at > now
        )
    )
    waiting = await unit.transaction.execute(
        select(func.count())
        .select_from(Invitation)
        .where(*await _waiting(unit, employment_ids, account_ids, organisation_id))
    )
    closed = await _without_seat(unit, account_ids, apart_from=employment_ids)
    return EndedPeople(int(sessions.scalar_one()), int(waiting.scalar_one()), len(closed))


async def _waiting(
    unit: Unit,
    employment_ids: Collection[UUID],
    account_ids: Collection[UUID],
    organisation_id: UUID | None,
) -> list[ColumnElement[bool]]:
    """Return which invitations of this CLSM wait for these people, or were sent by them.

    Whoever invites hands the link over: a link that one kept must not outlive one's seat.
    """
    now = unit.now()
    addresses = select(Account.email).where(Account.account_id.in_(sorted(account_ids)))
    concerned = or_(
        Invitation.invited_by.in_(sorted(employment_ids)), Invitation.email.in_(addresses)
    )
    if organisation_id is not None:
        concerned = or_(concerned, Invitation.organisation_id == organisation_id)
    return [
        Invitation.clsm_id == unit.clsm_id,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
        concerned,
    ]


async def _without_seat(
    unit: Unit, account_ids: Collection[UUID], apart_from: Collection[UUID] = ()
) -> list[UUID]:
    """Return the live accounts that have no live seat left, in any territory."""
    seats = partners.seats().subquery()
    rows = await unit.transaction.execute(
        select(seats.c.account_id).where(
            seats.c.account_id.in_(sorted(account_ids)),
            or_(seats.c.ended_at.is_(None), seats.c.ended_at > unit.now()),
            seats.c.employment_id.not_in(sorted(apart_from)),
        )
    )
    seated = set(rows.scalars())
    live = await unit.transaction.execute(
        select(Account.account_id).where(
            Account.account_id.in_(sorted(account_ids)), Account.disabled_at.is_(None)
        )
    )
    return sorted(set(live.scalars()) - seated)
