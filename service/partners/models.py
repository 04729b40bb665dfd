"""Tables of the directory.

Global: organisations and employments (a person may work in several territories). Everything
else belongs to one CLSM, first column of its key.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table


class Clsm(Table):
    """A local mental-health council: the tenant."""

    __tablename__ = "clsm"

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    territory_code: Mapped[str]
    created_at: Mapped[datetime]


class Cell(Table):
    """A coordination cell of a CLSM; `kind` is INCURIE or SITUATIONS_COMPLEXES."""

    __tablename__ = "cell"
    __table_args__ = (ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    cell_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Text)


class Organisation(Table):
    """An organisation, whatever the territories where it works; `kind` is a policy word."""

    __tablename__ = "organisation"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Participation(Table):
    """An organisation takes part in a CLSM."""

    __tablename__ = "participation"
    __table_args__ = (ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(
        ForeignKey("organisation.organisation_id"), primary_key=True
    )
    since: Mapped[datetime]


class Employment(Table):
    """A seat: a person in an organisation with a legal category (R.1110-2 CSP), in one CLSM.

    `category` is that of the employment, never of the diploma: a social worker paid by a
    landlord stays NONE, a nurse is 1 whoever employs. `name` is the professional's, as known
    at work.
    """

    __tablename__ = "employment"
    __table_args__ = (
        Index("ix_employment_account_id", "account_id"),
        Index("ix_employment_clsm_id_organisation_id", "clsm_id", "organisation_id"),
    )

    employment_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.account_id"))
    name: Mapped[str] = mapped_column(Text)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.organisation_id"))
    clsm_id: Mapped[UUID] = mapped_column(ForeignKey("clsm.clsm_id"))
    category: Mapped[str]
    function: Mapped[str]
    title: Mapped[str] = mapped_column(Text)
    secrecy_basis: Mapped[str] = mapped_column(default="")
    designated_relative: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    """When the employer last confirmed the category (yearly); None since the seat began."""
    version: Mapped[int] = mapped_column(default=1)


class Office(Table):
    """An office held by a seat: coordinator, auditor, DPO… `cell_id` is None for every cell.

    Validity [valid_from, valid_to) and recording [recorded_at, superseded_at): rows are
    closed, never edited.
    """

    __tablename__ = "office"
    __table_args__ = (
        ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),
        Index("ix_office_clsm_id_employment_id", "clsm_id", "employment_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    office_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    kind: Mapped[str]
    cell_id: Mapped[UUID | None]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime]


class Charter(Table):
    """A version of the charter that every member pledges to keep."""

    __tablename__ = "charter"
    __table_args__ = (ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    charter_version: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    effective_from: Mapped[datetime]
    recorded_at: Mapped[datetime]


class Pledge(Table):
    """A person's pledge of confidentiality in one seat: one charter version, one year."""

    __tablename__ = "pledge"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "charter_version"], ["charter.clsm_id", "charter.charter_version"]
        ),
        Index("ix_pledge_clsm_id_employment_id", "clsm_id", "employment_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    pledge_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    charter_version: Mapped[int]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime]


class OnCallDuty(Table):
    """A seat is on call (astreinte): what an emergency access outside the circle rests on.

    Rows are closed, never edited, as for offices.
    """

    __tablename__ = "on_call_duty"
    __table_args__ = (
        ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),
        Index("ix_on_call_duty_clsm_id_employment_id", "clsm_id", "employment_id"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    duty_id: Mapped[UUID] = mapped_column(primary_key=True)
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime]


class ReferenceCounter(Table):
    """The last number given to a situation of a CLSM in a year."""

    __tablename__ = "reference_counter"
    __table_args__ = (ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
