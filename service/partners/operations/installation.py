"""The first CLSM, its first organisation and its first administrator: the operator's act.

Nobody holds an office before, so nobody can be asked for a permit: whoever holds the keyring
and the database installs, from the command line, and the record says so.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from audit.event import Act
from policies.vocabulary import Office as OfficeKind
from service.access import record
from service.partners.models import Clsm, Office
from service.partners.operations.dated import write_row
from service.partners.operations.employments import NewSeat, open_seat
from service.partners.operations.organisations import add_organisation
from service.partners.operations.pledges import write_charter
from service.partners.rules import first_charter
from service.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What an installation makes; the organisation is that of the administrator."""

    clsm_name: str
    territory_code: str
    organisation_key: str
    organisation_name: str
    organisation_kind: str
    title: str = "Administrateur·rice du CLSM"
    charter_from: datetime | None = None
    """When the first charter takes effect: at once by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What was made."""

    clsm_id: UUID
    organisation_id: UUID
    employment_id: UUID


async def create_clsm(unit: Unit, clsm_id: UUID, *, name: str, territory_code: str) -> None:
    """Write the CLSM itself; only an installation does, in a unit of that tenant."""
    await unit.transaction.execute(
        insert(Clsm).values(
            clsm_id=clsm_id, name=name, territory_code=territory_code, created_at=unit.now()
        )
    )
    await record.note(
        unit, Act.ORGANISATION_CREATED, obj={"k": "clsm", "id": str(clsm_id)}, tenant=clsm_id
    )


async def found_clsm(
    unit: Unit, clsm_id: UUID, foundation: Foundation, *, account_id: UUID, name: str
) -> Founded:
    """Make a CLSM, the first charter, the administrator's organisation, seat and office.

    `unit` has no actor and is of this tenant, whose keys exist. Called by
    `service.people.operations.install` only.
    """
    await create_clsm(
        unit, clsm_id, name=foundation.clsm_name, territory_code=foundation.territory_code
    )
    organisation_id = await add_organisation(
        unit,
        clsm_id,
        key=foundation.organisation_key,
        name=foundation.organisation_name,
        kind=foundation.organisation_kind,
    )
    employment_id = await open_seat(
        unit,
        clsm_id,
        NewSeat(
            account_id=account_id,
            name=name,
            organisation_id=organisation_id,
            category="NONE",
            function="administrator",
            title=foundation.title,
        ),
        foundation.organisation_kind,
    )
    await write_row(
        unit,
        Office,
        clsm_id,
        employment_id=employment_id,
        kind=OfficeKind.ADMINISTRATOR,
        cell_id=None,
    )
    await record.note(
        unit,
        Act.OFFICE_GRANTED,
        obj={"k": "office", "kind": "administrator", "by": "installation"},
        subject=employment_id,
        tenant=clsm_id,
    )
    await write_charter(unit, clsm_id, first_charter(), foundation.charter_from or unit.now())
    await record.note(
        unit, Act.CHARTER_ADOPTED, obj={"k": "charter", "by": "installation"}, tenant=clsm_id
    )
    return Founded(clsm_id=clsm_id, organisation_id=organisation_id, employment_id=employment_id)
