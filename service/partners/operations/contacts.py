"""Whom a person may write to or call: who answers for the cell, and its data protection officer."""

from dataclasses import dataclass

from sqlalchemy import select

from policies.vocabulary import Office as OfficeKind
from policies.vocabulary import OrganisationKind
from service.database import FOREVER
from service.partners.models import Clsm, Employment, Office, Organisation, Participation
from service.unit import Unit


@dataclass(frozen=True, slots=True)
class Contact:
    """One organisation, and the person there when a person is to be named; "" is not known."""

    organisation: str
    phone: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Contacts:
    """What a notice must name (RGPD art. 13): the territory, who answers, the DPO."""

    clsm: str
    coordination: tuple[Contact, ...]
    dpo: tuple[Contact, ...]


async def contacts_of(unit: Unit) -> Contacts:
    """Return the contacts that this CLSM's notices name. Professionals' names are not secret."""
    name = await unit.transaction.execute(select(Clsm.name).where(Clsm.clsm_id == unit.clsm_id))
    organisations = await unit.transaction.execute(
        select(Organisation.name, Organisation.phone)
        .join(Participation, Participation.organisation_id == Organisation.organisation_id)
        .where(
            Participation.clsm_id == unit.clsm_id,
            Organisation.kind == OrganisationKind.COORDINATION,
            Organisation.closed_at.is_(None),
        )
        .order_by(Organisation.name)
    )
    now = unit.now()
    officers = await unit.transaction.execute(
        select(Organisation.name.label("organisation"), Organisation.phone, Employment.name)
        .join(Employment, Employment.organisation_id == Organisation.organisation_id)
        .join(Office, Office.employment_id == Employment.employment_id)
        .where(
            Office.clsm_id == unit.clsm_id,
            Office.kind == OfficeKind.DPO,
            Office.superseded_at == FOREVER,
            Office.valid_from <= now,
            Office.valid_to > now,
        )
        .order_by(Employment.name)
    )
    return Contacts(
        clsm=str(name.scalar_one()),
        coordination=tuple(Contact(row.name, row.phone) for row in organisations),
        dpo=tuple(Contact(row.organisation, row.phone, row.name) for row in officers),
    )
