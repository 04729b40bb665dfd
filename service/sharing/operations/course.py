"""The standing of a situation: its cell, state and review mode, as the rules know them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from service.database import FOREVER
from service.errors import NotFound
from service.sharing.models import Referrer, Standing
from service.sharing.operations.dated import end_facts, lock, write_fact
from service.sharing.rules import EXCEPTION_LASTS, Mode
from service.unit import Unit


async def begin(unit: Unit, situation_id: UUID, cell_id: UUID, state: str) -> None:
    """Let a situation exist for the rules: anonymised, known to its referrer."""
    await write_fact(
        unit, Standing, situation_id, cell_id=cell_id, state=state, mode=Mode.ANONYMISED
    )
    await write_fact(unit, Referrer, situation_id, employment_id=unit.actor.employment_id)


async def exception_of(unit: Unit, situation_id: UUID) -> tuple[str, datetime] | None:
    """Return the basis and the end of the exception that makes a situation named, or None.

    The caller has decided who may know it.
    """
    now = unit.now()
    row = (
        await unit.transaction.execute(
            select(Standing.basis, Standing.valid_to).where(
                Standing.clsm_id == unit.clsm_id,
                Standing.situation_id == situation_id,
                Standing.superseded_at == FOREVER,
                Standing.valid_from <= now,
                Standing.valid_to > now,
                Standing.mode == Mode.NAMED_BY_EXCEPTION,
            )
        )
    ).first()
    return (row.basis, row.valid_to) if row else None


async def move(
    unit: Unit,
    situation_id: UUID,
    *,
    state: str | None = None,
    mode: Mode | None = None,
    basis: str = "",
) -> tuple[str, str]:
    """Change the state or the mode; return what they were.

    An exception holds thirty days and then falls back to anonymised by itself. Raises
    NotFound when the situation has no standing.
    """
    await lock(unit, situation_id)
    now = unit.now()
    row = (
        await unit.transaction.execute(
            select(Standing.cell_id, Standing.state, Standing.mode, Standing.basis).where(
                Standing.clsm_id == unit.clsm_id,
                Standing.situation_id == situation_id,
                Standing.superseded_at == FOREVER,
                Standing.valid_from <= now,
                Standing.valid_to > now,
            )
        )
    ).first()
    if row is None:
        raise NotFound
    new_mode = Mode(mode or row.mode)
    values = {
        "cell_id": row.cell_id,
        "state": state or row.state,
        "mode": new_mode,
        "basis": basis if mode else row.basis,
    }
    ended = await end_facts(unit, Standing, situation_id)
    if new_mode is not Mode.NAMED_BY_EXCEPTION:
        await write_fact(unit, Standing, situation_id, **values)
        return row.state, row.mode
    ends = now + EXCEPTION_LASTS
    if mode is None:  # the state alone moves: the exception's own end stays
        ends = next(was.valid_to for was in ended if was.mode == Mode.NAMED_BY_EXCEPTION)
    await write_fact(unit, Standing, situation_id, valid_to=ends, **values)
    await write_fact(
        unit,
        Standing,
        situation_id,
        valid_from=ends,
        **(values | {"mode": Mode.ANONYMISED, "basis": ""}),
    )
    return row.state, row.mode
