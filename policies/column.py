"""From a seat to its column of the matrix, and to the facts that the seat alone carries.

A seat is one employment or one office of one person. Two seats of the same person never
unite: a coordinator who is also a nurse asks with one or with the other.
"""

from dataclasses import dataclass, field

from policies.vocabulary import (
    NO_FACTS,
    Column,
    Fact,
    Office,
    OrganisationKind,
    ProfessionalCategory,
)

CASF_133_5 = "CASF133_5"
"""Secrecy of CCAS staff about aid requests. Source: CASF L.133-5."""

PSYCHOLOGIST = "psychologist"
PEER_WORKER = "peer_worker"


@dataclass(frozen=True, slots=True)
class Seat:
    """What the rules know of a seat. `offices` are those held in the situation's own cell.

    `function` is a code of the trade; only `psychologist` and `peer_worker` change a column.
    The category is that of the employment, verified by the employer: a diploma changes nothing.
    """

    organisation_kind: OrganisationKind
    category: ProfessionalCategory = ProfessionalCategory.NONE
    offices: frozenset[Office] = field(default_factory=frozenset)
    secrecy_basis: str = ""
    function: str = ""
    designated_relative: bool = False


_OFFICES: tuple[tuple[Office, Column], ...] = (
    (Office.COORDINATOR, Column.COORD),
    (Office.AUDITOR, Column.AUD),
    (Office.DPO, Column.DPO),
    (Office.COPIL_READER, Column.STAT),
    (Office.ADMINISTRATOR, Column.ADM),
    (Office.ORGANISATION_ADMINISTRATOR, Column.ORGADM),
)

_OUTSIDE_R1110_2: dict[OrganisationKind, Column] = {
    OrganisationKind.LANDLORD: Column.BAIL,
    OrganisationKind.HYGIENE: Column.SCHS,
    OrganisationKind.HOUSING_AUTHORITY: Column.LHI,
    OrganisationKind.FIRE_SERVICE: Column.SDIS,
    OrganisationKind.CLEANING: Column.NETT,
    OrganisationKind.ANIMAL_CARE: Column.NETT,
    OrganisationKind.PROVIDER: Column.NETT,
    OrganisationKind.PEER: Column.PAIR,
}

_HOSPITALS: dict[OrganisationKind, Column] = {
    OrganisationKind.PSYCHIATRY: Column.PSY,
    OrganisationKind.HEALTH: Column.MED,
}


def column_of(seat: Seat) -> Column | None:
    """Return the first column that matches; None for who has no seat on situations.

    Source: settled specification 2. A nurse is 1° whoever employs; a social-work diploma paid
    by a landlord stays outside R.1110-2; élus, police, justice and préfecture have no column.
    """
    for office, column in _OFFICES:
        if office in seat.offices:
            return column
    if seat.organisation_kind is OrganisationKind.DAC:
        return Column.DAC
    if seat.category is not ProfessionalCategory.NONE:
        return _column_of_category(seat)
    return _column_outside_r1110_2(seat)


def seat_facts(seat: Seat) -> Fact:
    """Return the facts that hold for this seat in every situation of its cell."""
    facts = NO_FACTS
    if seat.category is ProfessionalCategory.HEALTH:
        facts |= Fact.HEALTH_PROFESSIONAL
    if seat.category is ProfessionalCategory.SOCIAL_WORKER:
        facts |= Fact.SOCIAL_WORKER
    if _shares_secrecy(seat):
        facts |= Fact.PROFESSIONAL_SECRECY
    if Office.HEALTH_COFACILITATOR in seat.offices:
        facts |= Fact.COFACILITATOR
    if _is_hospital_peer(seat):
        facts |= Fact.PEER_WORKER
    return facts


def _shares_secrecy(seat: Seat) -> bool:
    return seat.category is not ProfessionalCategory.NONE or _is_bound_ccas_agent(seat)


def _is_bound_ccas_agent(seat: Seat) -> bool:
    return seat.organisation_kind is OrganisationKind.CCAS and seat.secrecy_basis == CASF_133_5


def _column_outside_r1110_2(seat: Seat) -> Column | None:
    if _is_bound_ccas_agent(seat):
        return Column.SOC
    if _is_hospital_peer(seat):
        return _HOSPITALS[seat.organisation_kind]
    if seat.organisation_kind in _OUTSIDE_R1110_2:
        return _OUTSIDE_R1110_2[seat.organisation_kind]
    return Column.AID if seat.designated_relative else None


def _column_of_category(seat: Seat) -> Column:
    if seat.category is ProfessionalCategory.GUARDIAN:
        return Column.MJPM
    is_psychologist = (
        seat.category is ProfessionalCategory.PSYCHOLOGIST_AND_CARE_AIDES
        and seat.function == PSYCHOLOGIST
    )
    if seat.category is ProfessionalCategory.HEALTH or is_psychologist:
        if seat.organisation_kind is OrganisationKind.PSYCHIATRY:
            return Column.PSY
        return Column.MSOC if is_psychologist else Column.MED
    if seat.category is ProfessionalCategory.SOCIAL_WORKER:
        return Column.SOC
    return Column.MSOC


def _is_hospital_peer(seat: Seat) -> bool:
    # A peer worker paid by a hospital follows it, not the users' association.
    # Source: domain specification 3.3, cell 13.
    return (
        seat.category is ProfessionalCategory.NONE
        and seat.function == PEER_WORKER
        and seat.organisation_kind in _HOSPITALS
    )
