"""Versions of the policy of one CLSM, their approvals, and the terms for which each holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


class PolicyVersion(Table):
    """One immutable version: the texts of its tables, and their digest (SHA-256, hex).

    `author_id` is None for what the operator brought: the version of an installation, or one
    proposed on the command line. `texts` is JSON, file name → text: rules name no person, so they
    stay in clear. `content` is the motive, sealed; None for an installation. `base_number` is the
    version that was in force when this one was proposed (0: the rules that the service ships),
    and `widens`, `widens_health` what it then opened against it: for lists. What an adoption
    needs is always compared anew.
    """

    __tablename__ = "policy_version"
    __table_args__ = (ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),)

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str]
    texts: Mapped[str] = mapped_column(Text)
    content: Mapped[Sealed | None] = mapped_column(SealedColumn)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("employment.employment_id"))
    base_number: Mapped[int]
    widens: Mapped[bool]
    widens_health: Mapped[bool]
    proposed_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PolicyApproval(Table):
    """One seat approved one version, under the office that it held then.

    It counts as long as `base_number` is in force: whoever approved compared the version with
    that one (ADR 0019).
    """

    __tablename__ = "policy_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "number"], ["policy_version.clsm_id", "policy_version.number"]
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
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
