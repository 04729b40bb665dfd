"""From a seat to its column: the table of settled specification 2, and its traps."""

import pytest

from policies.column import Seat, column_of, seat_facts
from policies.vocabulary import Column, Fact, Office, OrganisationKind, ProfessionalCategory

Kind = OrganisationKind
Category = ProfessionalCategory


def an_office(office: Office) -> frozenset[Office]:
    return frozenset({office})


@pytest.mark.parametrize(
    ("seat", "column"),
    [
        (Seat(Kind.COORDINATION, offices=an_office(Office.COORDINATOR)), Column.COORD),
        (Seat(Kind.HEALTH, Category.HEALTH, an_office(Office.COORDINATOR)), Column.COORD),
        (Seat(Kind.ETHICS, offices=an_office(Office.AUDITOR)), Column.AUD),
        (Seat(Kind.DATA_PROTECTION, offices=an_office(Office.DPO)), Column.DPO),
        (Seat(Kind.MUNICIPALITY, offices=an_office(Office.COPIL_READER)), Column.STAT),
        (Seat(Kind.HOSTING, offices=an_office(Office.ADMINISTRATOR)), Column.ADM),
        (
            Seat(Kind.CCAS, Category.SOCIAL_WORKER, an_office(Office.ORGANISATION_ADMINISTRATOR)),
            Column.ORGADM,
        ),
        (
            Seat(Kind.PSYCHIATRY, Category.HEALTH, an_office(Office.HEALTH_COFACILITATOR)),
            Column.PSY,
        ),
        (Seat(Kind.DAC, Category.COORDINATION_STRUCTURE), Column.DAC),
        (Seat(Kind.DAC, Category.HEALTH, function="nurse"), Column.DAC),
        (Seat(Kind.DAC), Column.DAC),
        (Seat(Kind.GUARDIANSHIP, Category.GUARDIAN), Column.MJPM),
        (Seat(Kind.DEPARTMENT, Category.GUARDIAN), Column.MJPM),
        (Seat(Kind.PSYCHIATRY, Category.HEALTH, function="nurse"), Column.PSY),
        (
            Seat(Kind.PSYCHIATRY, Category.PSYCHOLOGIST_AND_CARE_AIDES, function="psychologist"),
            Column.PSY,
        ),
        (Seat(Kind.PSYCHIATRY, Category.PSYCHOLOGIST_AND_CARE_AIDES), Column.MSOC),
        (Seat(Kind.PSYCHIATRY, Category.SOCIAL_WORKER), Column.SOC),
        (
            Seat(Kind.MEDICO_SOCIAL, Category.PSYCHOLOGIST_AND_CARE_AIDES, function="psychologist"),
            Column.MSOC,
        ),
        (Seat(Kind.HEALTH, Category.HEALTH, function="physician"), Column.MED),
        # A nurse is 1° whoever employs.
        (Seat(Kind.LANDLORD, Category.HEALTH, function="nurse"), Column.MED),
        (Seat(Kind.MEDICO_SOCIAL, Category.HEALTH, function="nurse"), Column.MED),
        (Seat(Kind.DEPARTMENT, Category.SOCIAL_WORKER), Column.SOC),
        (Seat(Kind.CCAS, secrecy_basis="CASF133_5"), Column.SOC),
        # L.133-5 binds the CCAS alone: a communal service that replaced it is not under it.
        (Seat(Kind.CCAS), None),
        (Seat(Kind.MUNICIPALITY, secrecy_basis="CASF133_5"), None),
        (Seat(Kind.MEDICO_SOCIAL, Category.ESTABLISHMENT_EMPLOYEE), Column.MSOC),
        (Seat(Kind.MEDICO_SOCIAL, Category.EDUCATOR), Column.MSOC),
        # A social-work diploma paid by a landlord stays outside R.1110-2.
        (Seat(Kind.LANDLORD, function="social_worker"), Column.BAIL),
        (Seat(Kind.HYGIENE), Column.SCHS),
        (Seat(Kind.HOUSING_AUTHORITY), Column.LHI),
        (Seat(Kind.FIRE_SERVICE), Column.SDIS),
        (Seat(Kind.CLEANING), Column.NETT),
        (Seat(Kind.ANIMAL_CARE), Column.NETT),
        (Seat(Kind.PROVIDER), Column.NETT),
        (Seat(Kind.PEER, function="peer_worker"), Column.PAIR),
        # A peer worker paid by a hospital follows it.
        (Seat(Kind.PSYCHIATRY, function="peer_worker"), Column.PSY),
        (Seat(Kind.HEALTH, function="peer_worker"), Column.MED),
        (Seat(Kind.PSYCHIATRY, function="secretary"), None),
        (Seat(Kind.RELATIVE, designated_relative=True), Column.AID),
        (Seat(Kind.RELATIVE), None),
        (Seat(Kind.MUNICIPALITY), None),
        (Seat(Kind.POLICE), None),
        (Seat(Kind.JUSTICE), None),
        (Seat(Kind.PREFECTURE), None),
        (Seat(Kind.COORDINATION), None),
    ],
)
def test_a_seat_has_the_first_column_that_matches(seat: Seat, column: Column | None):
    assert column_of(seat) == column


SECRECY = Fact.PROFESSIONAL_SECRECY


SECRECY = Fact.PROFESSIONAL_SECRECY


@pytest.mark.parametrize(
    ("seat", "facts"),
    [
        (Seat(Kind.LANDLORD, Category.HEALTH), SECRECY | Fact.HEALTH_PROFESSIONAL),
        (Seat(Kind.DAC, Category.HEALTH), SECRECY | Fact.HEALTH_PROFESSIONAL),
        (Seat(Kind.DAC, Category.COORDINATION_STRUCTURE), SECRECY),
        (Seat(Kind.DAC), Fact(0)),
        (
            Seat(Kind.PSYCHIATRY, Category.PSYCHOLOGIST_AND_CARE_AIDES, function="psychologist"),
            SECRECY,
        ),
        (Seat(Kind.CCAS, Category.SOCIAL_WORKER), SECRECY | Fact.SOCIAL_WORKER),
        (Seat(Kind.CCAS, secrecy_basis="CASF133_5"), SECRECY),
        (Seat(Kind.MUNICIPALITY, secrecy_basis="CASF133_5"), Fact(0)),
        (
            Seat(Kind.PSYCHIATRY, Category.HEALTH, an_office(Office.HEALTH_COFACILITATOR)),
            SECRECY | Fact.HEALTH_PROFESSIONAL | Fact.COFACILITATOR,
        ),
        (Seat(Kind.PSYCHIATRY, function="peer_worker"), Fact.PEER_WORKER),
        (Seat(Kind.PEER, function="peer_worker"), Fact(0)),
        (Seat(Kind.LANDLORD, function="social_worker"), Fact(0)),
    ],
)
def test_a_seat_carries_what_its_category_says(seat: Seat, facts: Fact):
    assert seat_facts(seat) == facts
