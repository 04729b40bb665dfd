"""Rows that hold from one instant to another: closed and written again, never edited.

A row's dates of validity are never changed: it is superseded, and another says what holds.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update

from service.database import FOREVER, new_id
from service.partners.models import Office, OnCallDuty, Pledge
from service.unit import Unit

Row = type[Office] | type[OnCallDuty] | type[Pledge]

_KEY: dict[Row, str] = {Office: "office_id", OnCallDuty: "duty_id", Pledge: "pledge_id"}


async def write_row(
    unit: Unit,
    model: Row,
    clsm_id: UUID,
    *,
    valid_from: datetime | None = None,
    valid_to: datetime = FOREVER,
    **values: object,
) -> UUID:
    """Write what holds from an instant (now by default), known from now on."""
    identifier = new_id()
    now = unit.now()
    await unit.transaction.execute(
        insert(model).values(
            clsm_id=clsm_id,
            **{_KEY[model]: identifier},
            valid_from=valid_from or now,
            valid_to=valid_to,
            recorded_at=now,
            superseded_at=FOREVER,
            **values,
        )
    )
    return identifier


async def close_rows(
    unit: Unit,
    model: Row,
    which: ColumnElement[bool],
    *,
    at: datetime | None = None,
) -> list[Any]:
    """End, at `at` (now by default), the rows of this CLSM that hold beyond; return them.

    What held until then is written again with that end, so that the past stays answered.
    """
    now = unit.now()
    end = at or now
    key = _KEY[model]
    columns = model.__table__.columns
    rows = list(
        (
            await unit.transaction.execute(
                select(*columns).where(
                    model.clsm_id == unit.clsm_id,
                    model.superseded_at == FOREVER,
                    model.valid_to > end,
                    which,
                )
            )
        ).all()
    )
    if not rows:
        return []
    await unit.transaction.execute(
        update(model)
        .where(
            model.clsm_id == unit.clsm_id,
            columns[key].in_([getattr(row, key) for row in rows]),
            model.superseded_at == FOREVER,
        )
        .values(superseded_at=now)
    )
    kept = [row for row in rows if row.valid_from < end]
    if kept:
        await unit.transaction.execute(
            insert(model),
            [
                {
                    **row._mapping,  # noqa: SLF001 — SQLAlchemy's public name for a row as a dict
                    key: new_id(),
                    "valid_to": end,
                    "recorded_at": now,
                }
                for row in kept
            ],
        )
    return rows
