"""Events, clocks and commits that the stories about the record share."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from audit.event import Act, Event
from audit.leaf import Entry
from audit.log import append, audit_entry, audit_index, audit_opening, audit_pending
from audit.sequencer import sequence_once

FIRST_US = 1_795_000_000_000_000


def an_event(number: int = 0) -> Event:
    """A reading by somebody of one of five situations."""
    return Event(
        act=Act.SECTION_READ, tenant="t07", org="o12", actor=b"a" * 16,
        subjects=(bytes([number % 5]) * 16,), obj={"k": "section", "s": "housing"},
    )  # fmt: skip


class Ticking:
    """A clock that advances 1.7 ms each time it is read."""

    def __init__(self) -> None:
        """Start at a fixed instant."""
        self.now = FIRST_US

    def __call__(self) -> int:
        """Advance, then tell."""
        self.now += 1_700
        return self.now


async def commit(
    engine: AsyncEngine, entries: Sequence[Entry], openings: Mapping[UUID, bytes] | None = None
) -> None:
    """Append in one transaction, as a write of the service does."""
    async with engine.connect() as opened:
        connection = await opened.execution_options(cellule_write=True)
        async with connection.begin():
            await append(connection, entries, openings or {})


async def write(engine: AsyncEngine, entries: Sequence[Entry]) -> None:
    """Commit these entries and, on PostgreSQL, sequence them."""
    await commit(engine, entries)
    if engine.dialect.name == "postgresql":
        await sequence_once(engine)


async def counts(engine: AsyncEngine) -> dict[str, int]:
    """How many rows each table of the record holds."""
    tables = (audit_entry, audit_pending, audit_index, audit_opening)
    async with engine.connect() as connection:
        return {
            table.name: (
                await connection.execute(select(func.count()).select_from(table))
            ).scalar_one()
            for table in tables
        }
