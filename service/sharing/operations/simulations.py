"""Simulations that are asked on a page: written down, run by the worker, read by who asked.

Counting a large territory takes a minute: nobody's request waits for it, and no transaction holds
while it lasts.
"""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlalchemy import and_, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act, Outcome
from policies.vocabulary import Office
from service import database
from service.access import gate, record
from service.database import new_id
from service.errors import Conflict, NotFound
from service.partners import operations as partners
from service.rulebook import operations as rulebook
from service.rulebook.rules import SIMULATING, number_for_record
from service.sharing.models import PolicySimulation
from service.sharing.operations.crowd import Place
from service.sharing.operations.simulation import simulate
from service.sharing.schemas import Simulation, SimulationJob
from service.unit import Unit, Workplace, act

ABANDONED_AFTER: Final = timedelta(minutes=5)
"""A run that said nothing for so long was interrupted: another worker begins it again."""

KEPT_FOR: Final = timedelta(days=30)
SAYS_EVERY: Final = timedelta(seconds=1)
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"
SAME = "Cette version est en vigueur : elle n'ouvre ni ne ferme rien de plus."


async def ask_simulation(unit: Unit, number: int) -> UUID:
    """Ask what a version would open and close: on all situations, or on those of one's cells.

    Raises Refused to others than the coordinator and the DPO, Conflict for the version in force,
    NotFound.
    """
    offices = await _permit(unit, Act.POLICY_SIMULATED, number=number)
    await rulebook.policy_proposed(unit, unit.clsm_id, number)
    if (await rulebook.terms_of(unit, unit.clsm_id)).number == number:
        raise Conflict(SAME)
    simulation_id, now = new_id(), unit.now()
    await unit.transaction.execute(
        insert(PolicySimulation).values(
            clsm_id=unit.clsm_id,
            simulation_id=simulation_id,
            number=number,
            employment_id=unit.actor.employment_id,
            cells=",".join(sorted(map(str, _cells_of(offices) or ()))),
            state=WAITING,
            done=0,
            whole=0,
            asked_at=now,
            seen_at=now,
            result=None,
        )
    )
    return simulation_id


async def read_simulation(unit: Unit, simulation_id: UUID) -> SimulationJob:
    """Return a simulation to who asked it, as long as they answer for what it counts.

    Raises Refused to others than the coordinator and the DPO, NotFound for another's.
    """
    rows = await _jobs(unit, PolicySimulation.simulation_id == simulation_id)
    offices = await _permit(unit, Act.POLICY_READ, number=rows[0].number if rows else 0)
    counted = frozenset(UUID(cell) for cell in rows[0].cells.split(",") if cell) if rows else None
    allowed = _cells_of(offices)
    if not rows or (allowed is not None and not (counted and counted <= allowed)):
        await record.note(unit, Act.POLICY_READ, out=Outcome.DENY, obj={"k": "simulation"})
        raise NotFound
    return _job(rows[0])


async def list_simulations(unit: Unit, number: int) -> tuple[SimulationJob, ...]:
    """Return one's own simulations of a version, the newest first. Raises as `ask_simulation`."""
    await _permit(unit, Act.POLICY_READ, number=number)
    await rulebook.policy_proposed(unit, unit.clsm_id, number)
    return tuple(map(_job, await _jobs(unit, PolicySimulation.number == number)))


async def run_simulations(workplace: Workplace) -> int:
    """Run every simulation that waits, in every CLSM; return how many. For the worker."""
    async with act(workplace, write=False) as unit:
        tenants = await partners.clsm_ids(unit)
    count = 0
    for clsm_id in tenants:
        while (simulation_id := await _claim(workplace, clsm_id)) is not None:
            await _run(workplace, clsm_id, simulation_id)
            count += 1
    return count


async def forget_simulations(workplace: Workplace) -> int:
    """Delete simulations asked more than thirty days ago; return how many."""
    async with act(workplace, write=False) as unit:
        tenants = await partners.clsm_ids(unit)
    count = 0
    for clsm_id in tenants:
        async with act(workplace, write=True, clsm_id=clsm_id) as unit:
            gone = await unit.transaction.execute(
                delete(PolicySimulation).where(
                    PolicySimulation.clsm_id == clsm_id,
                    PolicySimulation.asked_at <= unit.now() - KEPT_FOR,
                )
            )
            count += gone.rowcount
    return count


async def _permit(unit: Unit, said: Act, *, number: int) -> dict[str, set[UUID | None]]:
    obj = {"k": "policy", "n": number_for_record(number), "a": "simulate"}
    if await partners.pledge_until(unit) is None:
        await gate.permit_pledged(unit, pledged=False, act=said, obj=obj)
    offices = await partners.offices_of(unit)
    await gate.permit_office(unit, offices, SIMULATING, act=said, obj=obj)
    return offices


def _cells_of(offices: dict[str, set[UUID | None]]) -> frozenset[UUID] | None:
    """Return the cells that these offices count, None for all."""
    if Office.DPO in offices:
        return None
    cells = offices.get(Office.COORDINATOR, set())
    return None if None in cells else frozenset(cell for cell in cells if cell is not None)


async def _jobs(unit: Unit, which: Any) -> list[Any]:
    statement = (
        select(*PolicySimulation.__table__.columns)
        .where(
            PolicySimulation.clsm_id == unit.clsm_id,
            PolicySimulation.employment_id == unit.actor.employment_id,
            which,
        )
        .order_by(PolicySimulation.asked_at.desc(), PolicySimulation.simulation_id.desc())
    )
    return list((await unit.transaction.execute(statement)).all())


def _job(row: Any) -> SimulationJob:
    return SimulationJob(
        simulation_id=row.simulation_id,
        number=row.number,
        state=row.state,
        done=row.done,
        whole=row.whole,
        asked_at=row.asked_at,
        result=msgspec.json.decode(row.result, type=Simulation) if row.result else None,
    )


async def _claim(workplace: Workplace, clsm_id: UUID) -> UUID | None:
    """Take the oldest simulation that waits, or that was abandoned; None when there is none."""
    async with act(workplace, write=False, clsm_id=clsm_id) as unit:
        free = or_(
            PolicySimulation.state == WAITING,
            and_(
                PolicySimulation.state == RUNNING,
                PolicySimulation.seen_at <= unit.now() - ABANDONED_AFTER,
            ),
        )
        found: UUID | None = (
            await unit.transaction.execute(
                select(PolicySimulation.simulation_id)
                .where(PolicySimulation.clsm_id == clsm_id, free)
                .order_by(PolicySimulation.asked_at)
                .limit(1)
            )
        ).scalar()
    if found is None:
        return None
    async with act(workplace, write=True, clsm_id=clsm_id) as unit:
        taken = await unit.transaction.execute(
            update(PolicySimulation)
            .where(
                PolicySimulation.clsm_id == clsm_id,
                PolicySimulation.simulation_id == found,
                free,
            )
            .values(state=RUNNING, seen_at=unit.now())
        )
    return found if taken.rowcount else None


async def _run(workplace: Workplace, clsm_id: UUID, simulation_id: UUID) -> None:
    """Run one simulation, and write how far it is; a failure is written, then raised."""
    said = workplace.clock.now()

    async def progress(done: int, whole: int) -> None:
        nonlocal said
        if workplace.clock.now() - said >= SAYS_EVERY:
            said = workplace.clock.now()
            await _say(workplace, clsm_id, simulation_id, done=done, whole=whole)

    try:
        async with act(workplace, write=False, clsm_id=clsm_id) as unit:
            row = (
                await unit.transaction.execute(
                    select(PolicySimulation.number, PolicySimulation.cells).where(
                        PolicySimulation.clsm_id == clsm_id,
                        PolicySimulation.simulation_id == simulation_id,
                    )
                )
            ).one()
            old = await rulebook.policy_in_force(unit, clsm_id)
            new = await rulebook.policy_proposed(unit, clsm_id, row.number)
            cells = frozenset(UUID(cell) for cell in row.cells.split(",") if cell)
            place = Place(clsm_id, cells or None, unit.now())
        found = await simulate(reading(workplace, clsm_id), place, old, new, progress=progress)
    except Exception:
        await _say(workplace, clsm_id, simulation_id, state=FAILED)
        raise
    await _say(
        workplace,
        clsm_id,
        simulation_id,
        state=DONE,
        done=found.situations,
        whole=found.situations,
        result=msgspec.json.encode(found).decode(),
    )


def reading(workplace: Workplace, clsm_id: UUID) -> Any:
    """Return what opens a short reading transaction of a CLSM."""

    def opened() -> AbstractAsyncContextManager[AsyncConnection]:
        return database.transaction(workplace.engine, write=False, clsm_id=clsm_id)

    return opened


async def _say(workplace: Workplace, clsm_id: UUID, simulation_id: UUID, **values: object) -> None:
    now: datetime = workplace.clock.now()
    async with database.transaction(workplace.engine, write=True, clsm_id=clsm_id) as connection:
        await connection.execute(
            update(PolicySimulation)
            .where(
                PolicySimulation.clsm_id == clsm_id,
                PolicySimulation.simulation_id == simulation_id,
            )
            .values(seen_at=now, **values)
        )
