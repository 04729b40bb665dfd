"""The charter and each person's pledge to keep it: one version, one year."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from audit.event import Act
from service.access import record
from service.database import FOREVER
from service.errors import Invalid, NotFound
from service.partners.models import Charter, Pledge
from service.partners.operations.authority import INVITING, permit_directory
from service.partners.operations.dated import close_rows, write_row
from service.partners.rules import RENEWABLE, clauses, pledge_end
from service.partners.schemas import CharterView, PledgeView
from service.unit import Unit


async def adopt_charter(unit: Unit, text: str, effective_from: datetime) -> int:
    """Adopt the next version of the charter; return its number.

    From that instant pledges to the former versions no longer hold; the new one can be signed
    before. Raises Refused to others than administrators and coordinators, Invalid for a past
    instant (but for the very first version) or a text without clauses.
    """
    await permit_directory(unit, Act.CHARTER_ADOPTED, {"k": "charter"}, allowed=INVITING)
    return await write_charter(unit, unit.clsm_id, text, effective_from)


async def write_charter(unit: Unit, clsm_id: UUID, text: str, effective_from: datetime) -> int:
    """Write a version; the caller has decided and recorded. Raises Invalid as `adopt_charter`."""
    last = (
        await unit.transaction.execute(
            select(func.max(Charter.charter_version), func.max(Charter.effective_from)).where(
                Charter.clsm_id == clsm_id
            )
        )
    ).one()
    if not clauses(text):
        raise Invalid({"text": "Écrivez au moins une clause."})
    if last[0] is not None and effective_from < max(unit.now(), last[1]):
        raise Invalid({"effective_from": "La date d'effet doit être à venir."})
    version = (last[0] or 0) + 1
    await unit.transaction.execute(
        insert(Charter).values(
            clsm_id=clsm_id,
            charter_version=version,
            text=text,
            effective_from=effective_from,
            recorded_at=unit.now(),
        )
    )
    if version > 1:
        await close_rows(unit, Pledge, Pledge.charter_version < version, at=effective_from)
    return version


async def charters(unit: Unit) -> list[Any]:
    """Return the version in force, then the one to come if any: at most two rows."""
    rows = list(
        (
            await unit.transaction.execute(
                select(*Charter.__table__.columns)
                .where(Charter.clsm_id == unit.clsm_id)
                .order_by(Charter.charter_version.desc())
                .limit(20)
            )
        ).all()
    )
    now = unit.now()
    in_force = next((row for row in rows if row.effective_from <= now), None)
    coming = next((row for row in reversed(rows) if row.effective_from > now), None)
    return [row for row in (in_force, coming) if row is not None]


async def read_charter(unit: Unit, version: int | None = None) -> CharterView:
    """Return a version of the charter, the one in force by default. Raises NotFound."""
    if version is None:
        found = await charters(unit)
        row = found[0] if found else None
    else:
        row = (
            await unit.transaction.execute(
                select(*Charter.__table__.columns).where(
                    Charter.clsm_id == unit.clsm_id, Charter.charter_version == version
                )
            )
        ).first()
    if row is None:
        raise NotFound
    return _view(row, unit.now())


def _view(row: Any, now: datetime) -> CharterView:
    return CharterView(
        version=row.charter_version,
        clauses=clauses(row.text),
        effective_from=row.effective_from,
        in_force=row.effective_from <= now,
    )


async def pledge_until(unit: Unit, employment_id: UUID | None = None) -> datetime | None:
    """Return until when a seat's pledge holds (the actor's by default), None when it has none."""
    live = await _pledges(unit, employment_id or unit.actor.employment_id)
    now = unit.now()
    ends: list[datetime] = [row.valid_to for row in live if row.valid_from <= now]
    return max(ends, default=None)


async def pledges_until(unit: Unit, employment_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return until when each of these seats' pledges holds; a seat without one is left out."""
    now = unit.now()
    rows = await unit.transaction.execute(
        select(Pledge.employment_id, func.max(Pledge.valid_to).label("until"))
        .where(
            Pledge.clsm_id == unit.clsm_id,
            Pledge.employment_id.in_(list(employment_ids)),
            Pledge.superseded_at == FOREVER,
            Pledge.valid_from <= now,
            Pledge.valid_to > now,
        )
        .group_by(Pledge.employment_id)
    )
    return {row.employment_id: row.until for row in rows}


async def _pledges(unit: Unit, employment_id: UUID) -> list[Any]:
    """Return the pledges of a seat that hold now or will."""
    return list(
        (
            await unit.transaction.execute(
                select(*Pledge.__table__.columns).where(
                    Pledge.clsm_id == unit.clsm_id,
                    Pledge.employment_id == employment_id,
                    Pledge.superseded_at == FOREVER,
                    Pledge.valid_to > unit.now(),
                )
            )
        ).all()
    )


async def read_pledge(unit: Unit) -> PledgeView:
    """Return where the actor's seat stands: signed until when, and what is to be signed now."""
    now = unit.now()
    rows = await _pledges(unit, unit.actor.employment_id)
    held = max(
        (row for row in rows if row.valid_from <= now), key=lambda row: row.valid_to, default=None
    )
    known = await charters(unit)
    to_sign = None
    for charter in known:
        same = [row for row in rows if row.charter_version == charter.charter_version]
        if all(_renewable(row, known, now) for row in same):
            to_sign = _view(charter, now)
            break
    return PledgeView(
        version=held.charter_version if held else None,
        until=held.valid_to if held else None,
        valid=held is not None,
        to_sign=to_sign,
    )


def _renewable(row: Any, known: Sequence[Any], now: datetime) -> bool:
    """Return whether a year is about to end; a pledge cut short by the next charter is not."""
    cut_short = any(row.valid_to == charter.effective_from for charter in known)
    return not cut_short and bool(row.valid_to - RENEWABLE <= now)


async def sign_pledge(unit: Unit, charter_version: int) -> datetime:
    """Sign the charter in the actor's own seat, for a year from now; return the pledge's end.

    A version still to come holds from the instant it takes effect. Signing twice changes
    nothing until thirty days before the end. Raises Invalid for a version that is neither in
    force nor the next.
    """
    now = unit.now()
    known = await charters(unit)
    chosen = next((row for row in known if row.charter_version == charter_version), None)
    if chosen is None:
        raise Invalid(
            {"charter_version": "Cette version n'est pas en vigueur : relisez la charte actuelle."}
        )
    employment_id = unit.actor.employment_id
    same = [
        row for row in await _pledges(unit, employment_id) if row.charter_version == charter_version
    ]
    lasting: list[datetime] = [row.valid_to for row in same if not _renewable(row, known, now)]
    if lasting:
        return max(lasting)
    await record.note(unit, Act.PLEDGE_SIGNED, obj={"k": "pledge", "ver": charter_version})
    if same:
        await close_rows(
            unit,
            Pledge,
            (Pledge.employment_id == employment_id) & (Pledge.charter_version == charter_version),
        )
    following = [row.effective_from for row in known if row.charter_version > charter_version]
    ends: datetime = min([pledge_end(now), *following])
    await write_row(
        unit,
        Pledge,
        unit.clsm_id,
        valid_from=max(now, chosen.effective_from),
        valid_to=ends,
        employment_id=employment_id,
        charter_version=charter_version,
    )
    return ends
