"""Statutory reports, notes to the mayor, requests that got the neutral answer.

Rows are written once: what follows a report (handed over, reviewed) is a row of its own. In
clear are only codes, dates and identifiers.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from service.database import Table
from service.encryption.sealed import Sealed, SealedColumn


def _of_situation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["clsm_id", "situation_id"], ["situation.clsm_id", "situation.situation_id"]
    )


class StatutoryReport(Table):
    """What a professional told an authority, by which legal path; or a path that was not used.

    `content` holds the extract, the reason and how the person was informed, for the author
    alone. A path that was considered and not used (`used` false) has no recipient. `victim` and
    `informed` are codes of the rules, "" where the path does not ask.
    """

    __tablename__ = "statutory_report"
    __table_args__ = (
        _of_situation(),
        Index("ix_statutory_report_clsm_id_situation_id", "clsm_id", "situation_id"),
        Index("ix_statutory_report_clsm_id_made_at", "clsm_id", "made_at"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    path: Mapped[str]
    used: Mapped[bool]
    recipient: Mapped[str] = mapped_column(default="")
    victim: Mapped[str] = mapped_column(default="")
    informed: Mapped[str] = mapped_column(default="")
    informed_on: Mapped[date | None]
    made_at: Mapped[datetime]
    content: Mapped[Sealed] = mapped_column(SealedColumn)


class ReportHandover(Table):
    """The author handed the sheet over, by their own channel: once a report."""

    __tablename__ = "report_handover"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "report_id"], ["statutory_report.clsm_id", "statutory_report.report_id"]
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    handed_on: Mapped[date]
    means: Mapped[str]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    recorded_at: Mapped[datetime]


class ReportReview(Table):
    """Someone else than the author looked at a report afterwards: once a report."""

    __tablename__ = "report_review"
    __table_args__ = (
        ForeignKeyConstraint(
            ["clsm_id", "report_id"], ["statutory_report.clsm_id", "statutory_report.report_id"]
        ),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    reviewed_at: Mapped[datetime]


class MayorNote(Table):
    """A note of CASF L.121-6-2 was made: its five fields are read anew each time it is printed.

    `coordinator_id` is the professional proposed or designated, None when it is the mayor's to
    choose.
    """

    __tablename__ = "mayor_note"
    __table_args__ = (
        _of_situation(),
        Index("ix_mayor_note_clsm_id_situation_id", "clsm_id", "situation_id"),
        Index("ix_mayor_note_clsm_id_made_at", "clsm_id", "made_at"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    note_id: Mapped[UUID] = mapped_column(primary_key=True)
    situation_id: Mapped[UUID]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    recipient: Mapped[str]
    coordinator_id: Mapped[UUID | None] = mapped_column(ForeignKey("employment.employment_id"))
    made_at: Mapped[datetime]


class Inquiry(Table):
    """Someone asked about a person and got the neutral answer.

    Nothing here can say about whom: not a name, not a situation, not whether one exists.
    """

    __tablename__ = "inquiry"
    __table_args__ = (
        ForeignKeyConstraint(["clsm_id"], ["clsm.clsm_id"]),
        Index("ix_inquiry_clsm_id_received_on", "clsm_id", "received_on"),
    )

    clsm_id: Mapped[UUID] = mapped_column(primary_key=True)
    inquiry_id: Mapped[UUID] = mapped_column(primary_key=True)
    received_on: Mapped[date]
    requester: Mapped[str]
    means: Mapped[str]
    employment_id: Mapped[UUID] = mapped_column(ForeignKey("employment.employment_id"))
    answered_at: Mapped[datetime]
