"""References of situations: one series a CLSM and a year, without a gap and without a race."""

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite

from audit.event import Act
from service.errors import Conflict
from service.partners.models import ReferenceCounter
from service.partners.operations.authority import permit_directory
from service.partners.rules import reference_of
from service.unit import Unit


async def next_reference(unit: Unit, year: int) -> str:
    """Return the next reference of the year: SIT-2026-0014.

    One statement, which takes the counter's row until the act commits: two acts never share
    a number, and a number whose act is rolled back is given again.
    """
    last = await _write(unit, year, 1, ReferenceCounter.last + 1)
    return reference_of(year, last)


async def start_numbering(unit: Unit, year: int, last: int) -> None:
    """Go on with a series that was begun on paper: the next number is `last` + 1.

    Raises Refused to others than administrators, Conflict when that number was given already.
    """
    await permit_directory(
        unit, Act.ORGANISATION_CHANGED, {"k": "numbering", "year": year, "last": last}
    )
    await _write(unit, year, last, None)


async def _write(unit: Unit, year: int, first: int, more: ColumnElement[int] | None) -> int:
    """Insert the counter at `first`, or move it: to `more`, or up to `first` when None."""
    values = {"clsm_id": unit.clsm_id, "year": year, "last": first}
    keys = ["clsm_id", "year"]
    where = None if more is not None else ReferenceCounter.last < first
    moved = {"last": first if more is None else more}
    if unit.transaction.dialect.name == "postgresql":
        statement = (
            postgresql.insert(ReferenceCounter)
            .values(values)
            .on_conflict_do_update(index_elements=keys, set_=moved, where=where)
            .returning(ReferenceCounter.last)
        )
        found = (await unit.transaction.execute(statement)).scalar()
    else:
        lite = (
            sqlite.insert(ReferenceCounter)
            .values(values)
            .on_conflict_do_update(index_elements=keys, set_=moved, where=where)
            .returning(ReferenceCounter.last)
        )
        found = (await unit.transaction.execute(lite)).scalar()
    if found is None:
        raise Conflict("Ce numéro a déjà été donné.")
    return int(found)
