"""Which first page a seat has: by the offices it holds now, then by what it may read."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from policies.column import Seat, column_of
from policies.vocabulary import Column, Office, OrganisationKind, ProfessionalCategory

NEWEST: Final = 5
"""How many lines of a list a first page shows."""

PLEDGE_ENDS_SOON_DAYS: Final = 30
"""How long before its end a pledge is spoken of."""


class Home(StrEnum):
    """The first pages (screens, "Homes, by seat")."""

    COORDINATOR = "coordinator"
    COFACILITATOR = "cofacilitator"
    AUDITOR = "auditor"
    DPO = "dpo"
    COPIL_READER = "copil_reader"
    ADMINISTRATOR = "administrator"
    PROFESSIONAL = "professional"
    PARTNER = "partner"


_BY_OFFICE: Final = (
    (Office.COORDINATOR, Home.COORDINATOR),
    (Office.AUDITOR, Home.AUDITOR),
    (Office.DPO, Home.DPO),
    (Office.COPIL_READER, Home.COPIL_READER),
    (Office.ADMINISTRATOR, Home.ADMINISTRATOR),
    (Office.ORGANISATION_ADMINISTRATOR, Home.ADMINISTRATOR),
    (Office.HEALTH_COFACILITATOR, Home.COFACILITATOR),
)
_FOLLOWS: Final = frozenset(
    {Column.PSY, Column.MED, Column.SOC, Column.MSOC, Column.MJPM, Column.DAC}
)


def home_of(
    offices: Collection[str],
    organisation_kind: str,
    category: str,
    secrecy_basis: str,
    function: str,
) -> Home:
    """Return the first page of a seat: its office first, then its column of the matrix."""
    for office, home in _BY_OFFICE:
        if office in offices:
            return home
    column = column_of(
        Seat(
            organisation_kind=OrganisationKind(organisation_kind),
            category=ProfessionalCategory(category),
            secrecy_basis=secrecy_basis,
            function=function,
        )
    )
    return Home.PROFESSIONAL if column in _FOLLOWS else Home.PARTNER
