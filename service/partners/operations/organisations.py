"""Organisations and cells of a CLSM."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from audit.event import Act
from policies.vocabulary import OrganisationKind
from service.database import new_id
from service.errors import Conflict, Invalid, NotFound
from service.partners.models import Cell, Clsm, Organisation, Participation
from service.partners.operations.authority import INVITING, permit_directory
from service.partners.rules import CellKind, is_key
from service.unit import Unit


async def create_organisation(
    unit: Unit, *, key: str, name: str, kind: str, phone: str = ""
) -> UUID:
    """Let an organisation take part in this CLSM; one known by its key elsewhere just joins.

    Raises Refused to others than administrators and coordinators, Invalid, Conflict when it
    takes part already or is of another kind.
    """
    if kind not in set(OrganisationKind):
        raise Invalid({"kind": "Choisissez un des types proposés."})
    if not is_key(key):
        raise Invalid({"key": "Deux à quarante minuscules sans accent, chiffres ou « _ »."})
    await permit_directory(
        unit,
        Act.ORGANISATION_CREATED,
        {"k": "organisation", "key": key, "kind": kind},
        allowed=INVITING,
    )
    known = (
        await unit.transaction.execute(
            select(Organisation.organisation_id, Organisation.kind).where(Organisation.key == key)
        )
    ).first()
    if known is None:
        return await add_organisation(
            unit, unit.clsm_id, key=key, name=name, kind=kind, phone=phone
        )
    if known.kind != kind or await takes_part(
        unit.transaction, unit.clsm_id, known.organisation_id
    ):
        raise Conflict("Une organisation a déjà ce code.")
    await _participate(unit, unit.clsm_id, known.organisation_id)
    found: UUID = known.organisation_id
    return found


async def add_organisation(  # noqa: PLR0913 — its columns
    unit: Unit, clsm_id: UUID, *, key: str, name: str, kind: str, phone: str = ""
) -> UUID:
    """Write an organisation and its place in a CLSM; the caller has decided and recorded."""
    organisation_id = new_id()
    await unit.transaction.execute(
        insert(Organisation).values(
            organisation_id=organisation_id,
            key=key,
            name=name,
            kind=kind,
            phone=phone,
            created_at=unit.now(),
        )
    )
    await _participate(unit, clsm_id, organisation_id)
    return organisation_id


async def _participate(unit: Unit, clsm_id: UUID, organisation_id: UUID) -> None:
    await unit.transaction.execute(
        insert(Participation).values(
            clsm_id=clsm_id, organisation_id=organisation_id, since=unit.now()
        )
    )


async def takes_part(connection: AsyncConnection, clsm_id: UUID, organisation_id: UUID) -> bool:
    """Return whether an organisation takes part in a CLSM."""
    found = await connection.execute(
        select(Participation.organisation_id).where(
            Participation.clsm_id == clsm_id, Participation.organisation_id == organisation_id
        )
    )
    return found.first() is not None


async def kind_of(unit: Unit, organisation_id: UUID, clsm_id: UUID | None = None) -> str:
    """Return the kind of an organisation of a CLSM (the actor's). Raises NotFound for others."""
    kind = (
        await unit.transaction.execute(
            select(Organisation.kind)
            .join(Participation, Participation.organisation_id == Organisation.organisation_id)
            .where(
                Participation.clsm_id == (clsm_id or unit.clsm_id),
                Organisation.organisation_id == organisation_id,
            )
        )
    ).scalar()
    if kind is None:
        raise NotFound
    return str(kind)


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """The names of an organisation and of the CLSM where it takes part."""

    organisation: str
    clsm: str


async def place_names(
    connection: AsyncConnection, clsm_id: UUID, organisation_id: UUID
) -> PlaceNames:
    """Return the names of an organisation and of a CLSM. Raises NotFound."""
    clsm = select(Clsm.name).where(Clsm.clsm_id == clsm_id).scalar_subquery()
    row = (
        await connection.execute(
            select(Organisation.name.label("organisation"), clsm.label("clsm")).where(
                Organisation.organisation_id == organisation_id
            )
        )
    ).first()
    if row is None:
        raise NotFound
    return PlaceNames(row.organisation, row.clsm)


async def organisation_names(unit: Unit) -> dict[UUID, str]:
    """Return the names of the organisations that take part in this CLSM."""
    rows = await unit.transaction.execute(
        select(Organisation.organisation_id, Organisation.name)
        .join(Participation, Participation.organisation_id == Organisation.organisation_id)
        .where(Participation.clsm_id == unit.clsm_id, Organisation.closed_at.is_(None))
        .order_by(Organisation.name)
    )
    return {row.organisation_id: row.name for row in rows}


async def create_cell(unit: Unit, *, kind: str, name: str) -> UUID:
    """Open a coordination cell in this CLSM. Raises Refused to others than administrators."""
    if kind not in set(CellKind):
        raise Invalid({"kind": "Choisissez un des types proposés."})
    cell_id = new_id()
    await permit_directory(
        unit,
        Act.ORGANISATION_CREATED,
        {"k": "cell", "kind": kind, "id": str(cell_id)},
    )
    await unit.transaction.execute(
        insert(Cell).values(clsm_id=unit.clsm_id, cell_id=cell_id, kind=kind, name=name)
    )
    return cell_id


async def cells_of(unit: Unit) -> tuple[tuple[UUID, str, str], ...]:
    """Return the cells of this CLSM: identifier, kind, name."""
    rows = await unit.transaction.execute(
        select(Cell.cell_id, Cell.kind, Cell.name)
        .where(Cell.clsm_id == unit.clsm_id)
        .order_by(Cell.name)
    )
    return tuple((row.cell_id, row.kind, row.name) for row in rows)


async def clsm_ids(unit: Unit) -> tuple[UUID, ...]:
    """Return every CLSM of the deployment, for what time decides in each; no actor is needed."""
    rows = await unit.transaction.execute(select(Clsm.clsm_id).order_by(Clsm.clsm_id))
    return tuple(rows.scalars())
