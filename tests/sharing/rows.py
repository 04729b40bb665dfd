"""The facts as the tables hold them: read whole, filtered by hand, apart from the service."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from service.database import FOREVER, transaction
from service.partners.models import Office, OnCallDuty, Pledge
from service.rulebook.models import PolicyTerm
from service.sharing.models import Dated
from tests.house import House

Row = Any


def _tables() -> dict[str, Any]:
    facts: list[Any] = list(Dated.__subclasses__())
    for model in facts:
        facts.extend(one for one in model.__subclasses__() if one not in facts)
    found = [model for model in facts if hasattr(model, "__table__")]
    return {
        model.__tablename__: model for model in (*found, Pledge, Office, OnCallDuty, PolicyTerm)
    }


@dataclass(frozen=True)
class Rows:
    """Every row, of every table of facts of one CLSM, that was not superseded."""

    tables: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    @classmethod
    async def read(cls, house: House, clsm_id: UUID, situation_ids: list[UUID]) -> "Rows":
        """Read those of these situations, and those of the directory."""
        async with transaction(house.workplace.engine, write=False, clsm_id=clsm_id) as connection:
            found = {}
            for name, model in sorted(_tables().items()):
                columns = model.__table__.c
                statement = (
                    select(model.__table__)
                    .where(columns.clsm_id == clsm_id, columns.superseded_at == FOREVER)
                    .order_by(*model.__table__.primary_key)
                )
                if "situation_id" in columns:
                    statement = statement.where(columns.situation_id.in_(situation_ids))
                found[name] = tuple((await connection.execute(statement)).all())
            return cls(found)

    def live(self, table: str, at: datetime) -> Iterator[Row]:
        """Return what a table says of an instant, as known now."""
        return (row for row in self.tables.get(table, ()) if row.valid_from <= at < row.valid_to)

    def at(self, at: datetime) -> "Live":
        """Return what they all say of one instant, by situation."""
        found: dict[tuple[str, UUID | None], list[Row]] = {}
        for table in self.tables:
            for row in self.live(table, at):
                found.setdefault((table, getattr(row, "situation_id", None)), []).append(row)
        return Live(found)


@dataclass(frozen=True)
class Live:
    """What the tables say of one instant; rows of the directory are of no situation."""

    found: Mapping[tuple[str, UUID | None], list[Row]]

    def of(
        self, table: str, situation_id: UUID | None = None, seat: UUID | None = None
    ) -> list[Row]:
        """Return the rows of a table about a situation, or about one seat there."""
        rows = self.found.get((table, situation_id), [])
        return rows if seat is None else [row for row in rows if row.employment_id == seat]
