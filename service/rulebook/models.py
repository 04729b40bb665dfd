"""Versions of the policy of one CLSM, their approvals, and the terms for which each holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table


class PolicyVersion(Table):
    """One immutable version: the texts of its tables, and their digest (SHA-256, hex).

    `author_id` is None for the version that the installation brought. `texts` is JSON, file
    name → text: rules name no person, so they stay in clear.
    """

    __tablename__ = "policy_version"
    __table_args__ = (ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str]
    texts: Mapped[str] = mapped_column(Text)
    motive: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("employment.employment_id"))
    widens_health: Mapped[bool]
    proposed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PolicyApproval(Table):
    """One seat approved one version, under the office that it held then."""

    __tablename__ = "policy_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "number"], ["policy_version.clsm_id", "policy_version.number"]
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    employment_id: Mapped[UUID] = mapped_column(
        ForeignKey("employment.employment_id"), primary_key=True
    )
    office: Mapped[str]
    approved_at: Mapped[datetime]


class PolicyTerm(Table):
    """A version is in force from an instant to another, as known between two others.

    Rows are closed and written again, never edited: what was decided on 3 March is asked again
    under the policy that was in force then.
    """

    __tablename__ = "policy_term"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "number"], ["policy_version.clsm_id", "policy_version.number"]
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    term_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    digest: Mapped[str]
    valid_from: Mapped[datetime]
    valid_to: Mapped[datetime]
    recorded_at: Mapped[datetime]
    superseded_at: Mapped[datetime]
